import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { InstanceTries, isIdempotent, pauseBeforeNext } from './instance-tries.ts'

const early = { elapsedMs: 0, timeoutMs: 300_000 }

describe('the pause before another instance is asked', () => {
  it.each([
    [1, 0],
    [2, 10],
    [3, 20],
    [4, 40],
    [8, 640],
    [9, 1_000],
    [31, 1_000],
  ])('after %d that died is %d ms', (asked, pause) => expect(pauseBeforeNext(asked, early)).toBe(pause))

  it('is never more than half a minute in all: a request that kills every instance comes to an end', () => {
    let all = 0
    let asked = 1
    for (let pause = pauseBeforeNext(asked, early); pause !== undefined; pause = pauseBeforeNext(++asked, early)) {
      all += pause
    }
    expect(asked).toBe(32)
    expect(all).toBeLessThan(30_000)
  })

  it.each([
    ['is over', 5_000, undefined],
    ['would be over by then', 4_995, undefined],
    ['lasts', 4_989, 10],
  ])('keeps to the request’s time, when that %s', (_when, elapsedMs, pause) => {
    expect(pauseBeforeNext(2, { elapsedMs, timeoutMs: 5_000 })).toBe(pause)
  })

  it('knows requests without a limit of time', () => {
    expect(pauseBeforeNext(2, { elapsedMs: 10_000_000, timeoutMs: 0 })).toBe(10)
  })
})

describe('a request that may be repeated', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])('%s', method => expect(isIdempotent(method)).toBe(true))
  it.each(['POST', 'PATCH', 'CONNECT', 'FOO'])('not %s', method => expect(isIdempotent(method)).toBe(false))
})

describe('the time of a request that instances took with them', () => {
  const begun = async (asked: number, elapsedMs: number) => {
    const clock = new FakeClock(1_000)
    const tries = new InstanceTries(clock)
    tries.begin()
    tries.count = asked
    await clock.advance(elapsedMs)
    return tries
  }

  it.each([
    ['the first instance has all of it, however long it waited for a place', 1, 4_000, 5_000, 5_000],
    ['the second has what is left', 2, 4_000, 5_000, 1_000],
    ['who comes too late still has a moment, so that it is answered as late', 2, 9_000, 5_000, 1],
    ['a request without end has no end for any of them', 3, 9_000, 0, 0],
  ])('%s', async (_, asked, elapsedMs, timeoutMs, left) => {
    expect((await begun(asked, elapsedMs)).left(timeoutMs)).toBe(left)
  })

  it('counts from where it began when the next one is looked for', async () => {
    expect((await begun(2, 4_980)).pause(5_000)).toBe(10)
    expect((await begun(2, 4_995)).pause(5_000)).toBeUndefined()
  })
})

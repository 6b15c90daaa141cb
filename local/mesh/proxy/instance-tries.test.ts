import { describe, expect, it } from 'vitest'
import { isIdempotent, pauseBeforeNext } from './instance-tries.ts'

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

import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { type Probing, untilDead, untilStarted, untilSuccess, watchReadiness } from './probing.ts'

/** A probe whose attempts go as `outcomes` says, the last one for ever; notes when each happened. */
function scripted(outcomes: boolean[]) {
  const clock = new FakeClock()
  const start = clock.now()
  const at: number[] = []
  const over = new AbortController()
  const probing: Probing = {
    clock,
    signal: over.signal,
    attempt: async () => {
      at.push(clock.now() - start)
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0]
      if (!outcome) throw new Error('refused')
    },
  }
  return { clock, at, over, probing }
}

describe('readiness', () => {
  it('is tried eagerly when it has no period: each 10 ms, after a while each 25 ms', async () => {
    const { clock, at, over, probing } = scripted([false])
    const done = untilSuccess({ tcpSocket: { port: 0 } }, probing)
    done.catch(() => {})
    await clock.advance(250)
    expect(at.slice(0, 3)).toEqual([0, 10, 20])
    expect(at.slice(-2)).toEqual([215, 240])
    over.abort(new Error('stopped'))
    await expect(done).rejects.toThrow('stopped')
  })

  it('keeps to its period and initial delay when it names them', async () => {
    const { clock, at, probing } = scripted([false, false, true])
    const done = untilSuccess({ periodSeconds: 2, initialDelaySeconds: 1 }, probing)
    await clock.advance(10_000)
    await done
    expect(at).toEqual([1_000, 3_000, 5_000])
  })

  it('needs successThreshold successes in a row', async () => {
    const { clock, at, probing } = scripted([true, false, true, true])
    const done = untilSuccess({ periodSeconds: 1, successThreshold: 2 }, probing)
    await clock.advance(10_000)
    await done
    expect(at).toHaveLength(4)
  })
})

describe('readiness of an instance that was ready', () => {
  it('is lost after three failures in a row, one each 10 s, and back at the first success', async () => {
    const { clock, over, probing } = scripted([true, false, false, true, false, false, false, true])
    const told: [boolean, number][] = []
    const start = clock.now()
    watchReadiness({ httpGet: {} }, probing, ready => told.push([ready, clock.now() - start])).catch(() => {})
    await clock.advance(100_000)
    expect(told).toEqual([
      [false, 70_000],
      [true, 80_000],
    ])
    over.abort()
  })

  it('keeps to the thresholds and the period that the probe names', async () => {
    const { clock, over, probing } = scripted([false, true, true, false])
    const told: [boolean, number][] = []
    const start = clock.now()
    const probe = { periodSeconds: 2, failureThreshold: 1, successThreshold: 2 }
    watchReadiness(probe, probing, ready => told.push([ready, clock.now() - start])).catch(() => {})
    await clock.advance(8_000)
    expect(told).toEqual([
      [false, 2_000],
      [true, 6_000],
      [false, 8_000],
    ])
    over.abort()
  })
})

describe('startup', () => {
  it('gives the flaw of the last attempt once failureThreshold attempts failed', async () => {
    const { clock, at, probing } = scripted([false])
    const done = untilStarted({ periodSeconds: 5, failureThreshold: 2 }, probing)
    await clock.advance(60_000)
    expect(await done).toBe('refused')
    expect(at).toEqual([0, 5_000])
  })

  it('is over with the first success', async () => {
    const { clock, probing } = scripted([false, true])
    const done = untilStarted({}, probing)
    await clock.advance(10_000)
    expect(await done).toBeUndefined()
  })
})

describe('liveness', () => {
  it('counts failures in a row only: three unless told otherwise, each 10 s', async () => {
    const { clock, at, probing } = scripted([true, false, false, true, false])
    const done = untilDead({}, probing)
    await clock.advance(120_000)
    expect(await done).toBe('refused')
    expect(at).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  })
})

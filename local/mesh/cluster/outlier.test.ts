import { describe, expect, it } from 'vitest'
import type { OutlierDetection } from '../table/cluster.ts'
import type { Outcome } from './balancer.ts'
import { envoyDefaults } from './fixture.ts'
import { createHealth, type Health, isEjected, report } from './outlier.ts'

const defaults: OutlierDetection = { ...envoyDefaults, maxEjectionPercent: 100 }

const status = (code: number): Outcome => ({ kind: 'status', status: code })

/** One endpoint among `of`, told of one outcome after the other at the same moment. */
function endpoint(settings: Partial<OutlierDetection> = {}, of = 1) {
  const health = createHealth()
  const healths: Health[] = [health, ...Array.from({ length: of - 1 }, createHealth)]
  return {
    health,
    healths,
    tell(outcomes: readonly Outcome[], now = 0) {
      const scene = { settings: { ...defaults, ...settings }, now, startedAt: 0, healths }
      for (const outcome of outcomes) report(health, outcome, scene)
      return isEjected(health, now)
    },
  }
}

const times = (count: number, outcome: Outcome) => Array.from({ length: count }, () => outcome)

describe('an endpoint is ejected', () => {
  it.each([
    ['by the fifth 5xx in a row', {}, times(5, status(500)), true],
    ['not by the fourth', {}, times(4, status(500)), false],
    ['not when a good answer came between', {}, [...times(4, status(500)), status(404), status(500)], false],
    ['by resets, counted as 503', {}, times(5, { kind: 'reset' }), true],
    ['by connections that failed', {}, times(5, { kind: 'connect-failure' }), true],
    ['by timeouts, counted as 504', {}, times(5, { kind: 'timeout' }), true],
    ['never by requests the client gave up', {}, times(50, { kind: 'cancelled' }), false],
    ['never by 5xx when that is switched off', { consecutive5xx: 0 }, times(50, status(500)), false],
    ['by gateway errors where they count', { consecutiveGatewayErrors: 2 }, times(2, status(503)), true],
    ['not by a 500 as a gateway error', { consecutiveGatewayErrors: 2 }, times(3, status(500)), false],
    [
      'by gateway errors alone',
      { consecutive5xx: 0, consecutiveGatewayErrors: 2 },
      [status(502), { kind: 'timeout' }] satisfies Outcome[],
      true,
    ],
  ])('%s', (_title, settings, outcomes, expected) => {
    expect(endpoint(settings).tell(outcomes)).toBe(expected)
  })
})

describe('with local failures told apart', () => {
  const settings = { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 }

  it('they have a count of their own', () => {
    const { tell } = endpoint({ ...settings, consecutive5xx: 2 })
    expect(tell([status(500), { kind: 'reset' }, { kind: 'timeout' }])).toBe(false)
    expect(tell([{ kind: 'connect-failure' }])).toBe(true)
  })

  it('any answer at all ends their row', () => {
    const { tell } = endpoint(settings)
    expect(tell([...times(2, { kind: 'reset' }), status(500), ...times(2, { kind: 'reset' })])).toBe(false)
  })

  it('they do not end a row of 5xx', () => {
    const { tell } = endpoint({ ...settings, consecutive5xx: 2 })
    expect(tell([status(500), { kind: 'reset' }, status(500)])).toBe(true)
  })
})

describe('how many may be out', () => {
  it('is none with ten per cent of fewer than ten', () => {
    expect(endpoint({ maxEjectionPercent: 10 }, 9).tell(times(20, status(500)))).toBe(false)
  })

  it('is one with ten per cent of ten', () => {
    const { tell, healths } = endpoint({ maxEjectionPercent: 10 }, 10)
    expect(tell(times(5, status(500)))).toBe(true)
    const [, second = createHealth()] = healths
    const scene = { settings: { ...defaults, maxEjectionPercent: 10 }, now: 0, startedAt: 0, healths }
    for (let n = 0; n < 20; n++) report(second, status(500), scene)
    expect(isEjected(second, 0)).toBe(false)
  })
})

describe('how long it is out', () => {
  it('is the base time, to the end of the interval it falls into', () => {
    const { tell, health } = endpoint()
    tell(times(5, status(500)), 1_000)
    expect(isEjected(health, 39_999)).toBe(true)
    expect(isEjected(health, 40_000)).toBe(false)
  })

  it('is twice as long the second time in a row', () => {
    const { tell, health } = endpoint()
    tell(times(5, status(500)), 0)
    tell(times(5, status(500)), 30_000)
    expect(health.readmittedAt).toBe(90_000)
  })

  it('is shorter again after quiet intervals', () => {
    const { tell, health } = endpoint()
    tell(times(5, status(500)), 0)
    tell(times(5, status(500)), 30_000)
    tell(times(5, status(500)), 120_000)
    expect(health.readmittedAt).toBe(150_000)
  })

  it('is never longer than five minutes, unless the base time is', () => {
    const { tell, health } = endpoint({ baseEjectionMs: 200_000 })
    tell(times(5, status(500)), 0)
    tell(times(5, status(500)), 200_000)
    expect(health.readmittedAt).toBe(500_000)
    const long = endpoint({ baseEjectionMs: 400_000 })
    long.tell(times(5, status(500)), 0)
    expect(long.health.readmittedAt).toBe(400_000)
  })

  it('takes no notice of failures meanwhile, and starts afresh', () => {
    const { tell, health } = endpoint()
    tell(times(5, status(500)), 0)
    tell(times(50, status(500)), 100)
    expect(health.ejections).toBe(1)
    expect(tell(times(4, status(500)), 30_000)).toBe(false)
    expect(tell([status(500)], 30_000)).toBe(true)
  })
})

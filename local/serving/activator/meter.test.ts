import { describe, expect, it } from 'vitest'
import { Meter, type MeterOptions } from './meter.ts'

const options: MeterOptions = {
  metric: 'concurrency',
  stable: { seconds: 10, weighting: 'linear' },
  panic: { seconds: 2, weighting: 'linear' },
}
const start = 1_000_000

describe('a meter of concurrency', () => {
  it('knows nothing before the first request', () => {
    expect(new Meter(options, start).read(start)).toEqual({ stable: 0, panic: 0, known: false })
  })

  it('counts the first request as one at once', () => {
    const meter = new Meter(options, start)
    meter.arrive(start + 10)
    expect(meter.read(start + 10)).toEqual({ stable: 1, panic: 1, known: true })
  })

  it('averages requests over the time they lasted', () => {
    const meter = new Meter(options, start)
    for (let second = 0; second < 4; second++) {
      meter.arrive(start + second * 1_000)
      meter.arrive(start + second * 1_000)
      meter.leave(start + second * 1_000 + 500)
      meter.leave(start + second * 1_000 + 750)
    }
    // 1.25 a second: the first in two parts (1 at once, 0.25 at its end), over the five seconds seen.
    expect(meter.read(start + 4_000).stable).toBeCloseTo((4 * 1.25) / 5, 6)
  })

  it('counts a request that goes on in each second', () => {
    const meter = new Meter(options, start)
    meter.arrive(start)
    expect(meter.read(start + 5_000).panic).toBe(1)
    expect(meter.inFlight).toBe(1)
  })

  it('still sees activity in requests shorter than the clock can tell', () => {
    const meter = new Meter(options, start)
    for (let second = 0; second < 30; second++) {
      meter.arrive(start + second * 1_000)
      meter.leave(start + second * 1_000)
    }
    expect(meter.read(start + 30_000).stable).toBeGreaterThan(0)
  })

  it('falls to zero one window after the last request', () => {
    const meter = new Meter(options, start)
    meter.arrive(start)
    meter.leave(start + 100)
    expect(meter.read(start + 9_900).stable).toBeGreaterThan(0)
    expect(meter.read(start + 12_000)).toEqual({ stable: 0, panic: 0, known: true })
  })

  it('does not record the time it rested', () => {
    const meter = new Meter(options, start)
    meter.arrive(start)
    meter.leave(start + 1_000)
    meter.rest()
    meter.arrive(start + 500_000)
    expect(meter.read(start + 500_000)).toEqual({ stable: 1, panic: 1, known: true })
  })

  it('survives a clock that jumps by a day, or steps back', () => {
    const meter = new Meter(options, start)
    meter.arrive(start)
    expect(meter.read(start + 86_400_000).stable).toBe(1)
    expect(meter.read(start + 86_399_000).panic).toBeGreaterThan(0)
  })

  it('keeps what it recorded when the windows stay the same, and begins anew when they change', () => {
    const meter = new Meter(options, start)
    meter.arrive(start)
    meter.configure({ ...options })
    expect(meter.read(start).known).toBe(true)
    meter.configure({ ...options, metric: 'rps' })
    expect(meter.read(start).known).toBe(false)
  })
})

describe('a meter of requests a second', () => {
  it('counts arrivals', () => {
    const meter = new Meter({ ...options, metric: 'rps' }, start)
    for (let request = 0; request < 20; request++) {
      meter.arrive(start + request * 50)
      meter.leave(start + request * 50 + 1)
    }
    expect(meter.read(start + 1_000).stable).toBe(10)
  })
})

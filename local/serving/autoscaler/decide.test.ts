import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DecisionState, decide, initialDecision, type Sample } from './decide.ts'
import { specWith } from './fixture.ts'

const calm: DecisionState = { panicSince: undefined, panicMaximum: 0, delayed: [] }
const sample = (stable: number, ready: number, panic = stable): Sample => ({ stable, panic, ready })

describe('the desired scale', () => {
  const rows: [string, Record<string, string>, Sample, number][] = [
    ['is 0 without demand', {}, sample(0, 1), 0],
    ['is 1 for the slightest demand', {}, sample(0.001, 0), 1],
    ['is 1 up to the target of 70', {}, sample(70, 1), 1],
    ['is 2 above it', {}, sample(71, 1), 2],
    ['follows the target annotation: 10 requests at 10 × 70 % need 2', { target: '10' }, sample(10, 2), 2],
    ['follows target utilization', { target: '10', 'target-utilization-percentage': '100' }, sample(10, 2), 1],
    ['goes down by no more than the rate: from 10 to 5', {}, sample(0, 10), 5],
    ['starts with the activation scale', { 'activation-scale': '3' }, sample(1, 0), 3],
    ['ignores the activation scale without demand', { 'activation-scale': '3' }, sample(0, 1), 0],
  ]
  for (const [sentence, annotations, measured, desired] of rows) {
    it(sentence, () => {
      expect(decide(specWith(annotations), calm, measured, 0).decision.desired).toBe(desired)
    })
  }

  it('grows by at most the scale-up rate, rounded up', () => {
    const spec = specWith({ target: '1', 'target-utilization-percentage': '100' }, { 'max-scale-up-rate': '1.1' })
    expect(decide(spec, calm, sample(3, 2), 0).decision.desired).toBe(3)
    expect(decide(spec, calm, sample(300, 10), 0).decision.desired).toBe(11)
  })

  it('falls at once when the revision is unreachable', () => {
    const spec = specWith({}, {}, { reachability: 'Unreachable' })
    expect(decide(spec, calm, sample(0, 10), 0).decision.desired).toBe(0)
  })
})

describe('panic', () => {
  const spec = specWith({ target: '10', 'target-utilization-percentage': '100' })

  it('begins when the panic window asks for twice the ready instances', () => {
    expect(decide(spec, calm, sample(5, 1, 20), 1_000).state.panicSince).toBe(1_000)
    expect(decide(spec, calm, sample(5, 2, 20), 1_000).state.panicSince).toBeUndefined()
  })

  it('follows the panic window and never scales down', () => {
    const surge = decide(spec, calm, sample(5, 1, 50), 0)
    expect(surge.decision.desired).toBe(5)
    expect(decide(spec, surge.state, sample(5, 5, 10), 2_000).decision.desired).toBe(5)
    expect(decide(spec, surge.state, sample(70, 5, 10), 2_000).decision.desired).toBe(7)
  })

  it('ends one stable window after the last surge', () => {
    const { state } = decide(spec, calm, sample(5, 1, 50), 0)
    expect(decide(spec, state, sample(10, 5), 60_000).decision.desired).toBe(5)
    const after = decide(spec, state, sample(10, 5), 60_001)
    expect(after.state).toMatchObject({ panicSince: undefined, panicMaximum: 0 })
    expect(after.decision.desired).toBe(2)
  })

  it('is where a revision with several instances starts, so that it keeps them', () => {
    expect(decide(spec, initialDecision(4, 0), sample(0, 4), 2_000).decision.desired).toBe(4)
    expect(initialDecision(1, 0).panicSince).toBeUndefined()
  })
})

describe('scale-down delay', () => {
  it('keeps the largest scale of the delay', () => {
    const spec = specWith({ target: '1', 'target-utilization-percentage': '100', 'scale-down-delay': '10s' })
    let state = decide(spec, calm, sample(4, 4), 0).state
    const at = (now: number) => {
      const next = decide(spec, state, sample(2, 4), now)
      state = next.state
      return next.decision.desired
    }
    expect([at(2_000), at(8_000), at(10_000)]).toEqual([4, 4, 2])
  })
})

describe('excess burst capacity', () => {
  const rows: [string, string, Sample, number][] = [
    ['of two instances lacks 11 of the shipped 211', '211', sample(0, 2), -11],
    ['of three is 89', '211', sample(0, 3), 89],
    ['counts requests of the panic window', '211', { stable: 0, panic: 90, ready: 3 }, -1],
    ['is always negative with -1', '-1', sample(0, 30), -1],
    ['is always zero with 0', '0', sample(500, 1), 0],
  ]
  for (const [sentence, capacity, measured, excess] of rows) {
    it(sentence, () => {
      const { decision } = decide(specWith({ 'target-burst-capacity': capacity }), calm, measured, 0)
      expect(decision.excessBurstCapacity).toBe(excess)
    })
  }
})

describe('any demand', () => {
  const measured = fc.record({
    stable: fc.nat(1e7).map(micro => micro / 1e3),
    panic: fc.nat(1e7).map(micro => micro / 1e3),
    ready: fc.nat(50),
  })

  it('asks for no fewer than half of what is ready, and at least one when there is demand', () => {
    fc.assert(
      fc.property(measured, one => {
        const { desired } = decide(specWith(), calm, one, 0).decision
        expect(desired).toBeGreaterThanOrEqual(Math.floor(Math.max(1, one.ready) / 2))
        if (one.stable > 0) expect(desired).toBeGreaterThan(0)
      }),
    )
  })

  it('never asks for fewer while it panics', () => {
    fc.assert(
      fc.property(fc.array(measured, { maxLength: 20 }), samples => {
        let state: DecisionState = { ...calm, panicSince: 0 }
        let before = 0
        for (const one of samples) {
          const next = decide(specWith(), state, one, 1_000)
          expect(next.decision.desired).toBeGreaterThanOrEqual(before)
          before = next.decision.desired
          state = next.state
        }
      }),
    )
  })
})

// The autoscaler over time: demand goes in second by second, scales worked out by hand come out.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activatorsFor, type DecisionState, decide, initialDecision } from './decide.ts'
import { specWith } from './fixture.ts'
import type { ScalingSpec } from './spec.ts'

/** Feeds [stable, panic] demands, one tick of two seconds each; instances follow at once. Returns the scales. */
function run(spec: ScalingSpec, demands: [stable: number, panic: number][], start = 1): number[] {
  let state: DecisionState = initialDecision(start, 0)
  let ready = start
  return demands.map(([stable, panic], index) => {
    const next = decide(spec, state, { stable, panic, ready }, index * 2_000)
    state = next.state
    ready = next.decision.desired
    return ready
  })
}

const exact = { 'target-utilization-percentage': '100' }

describe('demand and scale, by hand', () => {
  const rows: [sentence: string, spec: ScalingSpec, demands: [number, number][], scales: number[], start?: number][] = [
    [
      'slow growth follows the stable average: 5, 12, 18 at 10 each need 1, 2, 2',
      specWith({ target: '10', ...exact }),
      [
        [5, 5],
        [12, 12],
        [18, 18],
      ],
      [1, 2, 2],
    ],
    [
      'a surge is followed at once: 100 in the panic window need 10, though 20 on average',
      specWith({ target: '10', ...exact }),
      [
        [10, 10],
        [20, 100],
        [30, 60],
      ],
      [1, 10, 10],
    ],
    [
      'who starts with eight instances starts in panic and keeps them',
      specWith({ target: '1', ...exact }),
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [8, 8, 8, 8],
      8,
    ],
    [
      'a rate of 2 doubles at most: 1, 2, 4, 8',
      specWith({ target: '1', ...exact }, { 'max-scale-up-rate': '2' }),
      [
        [100, 100],
        [100, 100],
        [100, 100],
      ],
      [2, 4, 8],
    ],
    [
      'requests a second count against their own target: 350 at 140 need 3',
      specWith({ metric: 'rps' }),
      [[350, 350]],
      [3],
    ],
    ['a hard limit of 1 at 70 %: 2 requests need 3', specWith({}, {}, { containerConcurrency: 1 }), [[2, 2]], [3]],
  ]
  it.for(rows)('%s', ([, spec, demands, scales, start]) => {
    expect(run(spec, demands, start)).toEqual(scales)
  })

  it('out of panic, nine fall to four, two, one and zero, no faster than by half', () => {
    const spec = specWith({ target: '1', ...exact })
    let ready = 9
    const state: DecisionState = { panicSince: undefined, panicMaximum: 0, delayed: [] }
    const seen = Array.from({ length: 5 }, () => {
      ready = decide(spec, state, { stable: 0, panic: 0, ready }, 0).decision.desired
      return ready
    })
    expect(seen).toEqual([4, 2, 1, 0, 0])
  })
})

describe('activators', () => {
  const rows: [sentence: string, config: Record<string, string>, ready: number, count: number][] = [
    ['at zero cover the burst alone: 211 at 100 each are 3', {}, 0, 3],
    ['with one instance of 100 are 4', {}, 1, 4],
    ['are never fewer than 2', { 'activator-capacity': '1000' }, 1, 2],
    ['without a burst are 2', { 'target-burst-capacity': '0' }, 50, 2],
    ['without a bound cover the instances: 5 × 100 are 5', { 'target-burst-capacity': '-1' }, 5, 5],
    ['of a small capacity are many', { 'activator-capacity': '10' }, 1, 32],
  ]
  it.for(rows)('%s', ([, config, ready, count]) => {
    expect(activatorsFor(specWith({}, config), ready)).toBe(count)
  })
})

describe('any story', () => {
  const demand = fc.tuple(fc.nat(500), fc.nat(500))
  const story = fc.array(demand, { minLength: 1, maxLength: 40 })

  it('never asks for more than demand needs, nor than the panic before needed', () => {
    fc.assert(
      fc.property(story, demands => {
        const spec = specWith({ target: '10', ...exact })
        const scales = run(spec, demands as [number, number][])
        const needed = demands.map(([stable, panic]) => Math.ceil(Math.max(stable, panic) / 10))
        const most = Math.max(1, ...needed)
        expect(Math.max(...scales)).toBeLessThanOrEqual(most)
      }),
    )
  })

  it('with a delay never asks for fewer than without, at any tick', () => {
    fc.assert(
      fc.property(story, demands => {
        const scales = (spec: ScalingSpec) => {
          let state = initialDecision(1, 0)
          return demands.map(([stable, panic], index) => {
            const next = decide(spec, state, { stable, panic, ready: 3 }, index * 2_000)
            state = next.state
            return next.decision.desired
          })
        }
        const plain = scales(specWith({ target: '10', ...exact }))
        const delayed = scales(specWith({ target: '10', 'scale-down-delay': '20s', ...exact }))
        for (const [index, scale] of plain.entries()) expect(delayed[index]).toBeGreaterThanOrEqual(scale)
      }),
    )
  })

  it('is the same whenever it is told: time counts from its own start', () => {
    fc.assert(
      fc.property(story, fc.nat(1e9), (demands, origin) => {
        const spec = specWith({ target: '10', ...exact })
        const at = (offset: number) => {
          let state = initialDecision(1, offset)
          return demands.map(([stable, panic], index) => {
            const next = decide(spec, state, { stable, panic, ready: 3 }, offset + index * 2_000)
            state = next.state
            return next.decision.desired
          })
        }
        expect(at(origin)).toEqual(at(0))
      }),
    )
  })
})

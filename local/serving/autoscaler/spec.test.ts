import { describe, expect, it } from 'vitest'
import { specWith } from './fixture.ts'

describe('the spec of a revision', () => {
  const rows: [string, Parameters<typeof specWith>, object][] = [
    ['aims for 70 of 100 requests', [], { metric: 'concurrency', target: 70, total: 100 }],
    ['aims for 70 % of a hard limit', [{}, {}, { containerConcurrency: 10 }], { target: 7, total: 10 }],
    ['never aims above a hard limit', [{ target: '50' }, {}, { containerConcurrency: 10 }], { target: 7, total: 10 }],
    ['aims for 140 of 200 requests a second', [{ metric: 'rps' }], { metric: 'rps', target: 140, total: 200 }],
    [
      'rounds the panic window to seconds, one at least',
      [{ window: '6s' }],
      { stableWindowMs: 6_000, panicWindowMs: 1_000 },
    ],
    ['reads the old spelling', [{ minScale: '2' }], { min: 2 }],
    ['takes no zero that is not allowed', [{ 'initial-scale': '0' }], { initial: 1 }],
    ['ignores what it cannot read', [{ 'min-scale': 'x', window: 'y' }], { min: 0, stableWindowMs: 60_000 }],
    [
      'weighs exponentially when asked',
      [{ 'metric-aggregation-algorithm': 'weighted-exponential' }],
      { weighting: 'exponential' },
    ],
  ]
  for (const [sentence, input, fields] of rows) {
    it(sentence, () => {
      const spec = specWith(...input)
      for (const [field, value] of Object.entries(fields)) expect(spec[field as keyof typeof spec]).toBe(value)
    })
  }
})

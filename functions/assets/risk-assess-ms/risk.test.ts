import { describe, expect, it } from 'vitest'
import { riskOf } from './risk.ts'

const asset = (fields: object) => ({ id: 'a', recordVersion: 1, ...fields })

describe('the risk of an asset', () => {
  it.each([
    ['of which nothing is known', {}, 0],
    [
      'that is normal in everything',
      { temperature: 60, pressure: 100, rotation: 3_000, current: 20, flowRate: 500 },
      0,
    ],
    ['that is half as hot as can be', { temperature: 90 }, 18],
    [
      'at its worst in everything',
      { temperature: 120, pressure: 200, rotation: 6_000, current: 60, flowRate: 1_500 },
      100,
    ],
    ['beyond the worst', { temperature: 1_000, pressure: 1_000 }, 65],
    ['below what is normal', { temperature: -40 }, 0],
    ['with what is no number', { temperature: 'hot', pressure: null }, 0],
  ])('%s', (_what, fields, risk) => {
    expect(riskOf(asset(fields))).toBe(risk)
  })
})

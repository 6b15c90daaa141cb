import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../local/kernel/random.ts'
import { percentile } from '../bench/stats.ts'
import { histogram } from './histogram.ts'

const of = (values: readonly number[]) => {
  const counted = histogram()
  for (const value of values) counted.record(value)
  return counted
}

describe('a histogram', () => {
  it('of nothing knows no latency', () => {
    const { count, max, mean, percentile } = histogram()
    expect([count, max, mean, percentile(0.5)]).toEqual([0, Number.NaN, Number.NaN, Number.NaN])
  })

  it.each([
    ['one value is every percentile', [7.3], 0.01, 7.3, 7.3],
    ['the median of four is the second', [1, 2, 3, 4], 0.5, 2, 2.016],
    ['all of them lie at the largest or below', [1, 2, 3, 4.2], 1, 4.2, 4.2],
    ['a share of nothing is the smallest', [5, 6], 0, 5, 5.04],
    ['values below a microsecond are none', [0.0001], 0.5, 0, 0],
    ['a clock that went backwards counts as none', [-3, 1], 0.5, 0, 0],
  ])('%s', (_, values, share, least, most) => {
    const found = of(values).percentile(share)
    expect(found).toBeGreaterThanOrEqual(least)
    expect(found).toBeLessThanOrEqual(most)
  })

  it('tells percentiles within 0.8 % of the exact ones, and never below them', () => {
    const random = seededRandom(3)
    const values = Array.from({ length: 20_000 }, () => 0.05 * 10 ** (random.next() * 5))
    const counted = of(values)
    for (const share of [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = percentile(values, share)
      expect(counted.percentile(share)).toBeGreaterThanOrEqual(exact - 0.0005)
      expect(counted.percentile(share)).toBeLessThanOrEqual(exact * 1.008 + 0.0005)
    }
  })

  it('keeps the largest and the mean exactly', () => {
    const counted = of([0.1234567, 3, 1_000.25])
    expect(counted.max).toBe(1_000.25)
    expect(counted.mean).toBeCloseTo((0.1234567 + 3 + 1_000.25) / 3, 9)
  })

  it('counts what takes longer than it can tell apart as its longest', () => {
    expect(of([10 * 3_600_000]).percentile(0.5)).toBeCloseTo(2 ** 31 / 1_000, 0)
  })
})

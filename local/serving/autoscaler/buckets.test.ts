import { describe, expect, it } from 'vitest'
import { averageOf, type Buckets, emptyBuckets, isEmpty, record } from './buckets.ts'

const linear = (seconds: number) => emptyBuckets({ seconds, weighting: 'linear' })

function recordAll(buckets: Buckets, from: number, values: number[]): Buckets {
  values.forEach((value, index) => {
    record(buckets, from + index, value)
  })
  return buckets
}

describe('a linear window', () => {
  it('averages over the seconds seen while it is not full', () => {
    expect(averageOf(recordAll(linear(60), 100, [1, 2, 3]), 102)).toBe(2)
  })

  it('averages over the whole window when it is full', () => {
    expect(averageOf(recordAll(linear(4), 100, [100, 10, 10, 5, 5]), 104)).toBe(7.5)
  })

  it('counts seconds that were skipped as zero', () => {
    const buckets = recordAll(linear(10), 100, [6])
    record(buckets, 102, 3)
    expect(averageOf(buckets, 102)).toBe(3)
  })

  it('averages over what is left of it when nothing was recorded lately', () => {
    const buckets = recordAll(linear(5), 100, [1, 2, 3, 4, 5])
    expect(averageOf(buckets, 102 + 4)).toBe(4)
  })

  it('is 0 when nothing was recorded for the window', () => {
    expect(averageOf(recordAll(linear(5), 100, [9]), 105)).toBe(0)
  })

  it('begins anew after a silence as long as itself', () => {
    const buckets = recordAll(linear(5), 100, [9, 9, 9, 9, 9])
    record(buckets, 120, 2)
    expect(averageOf(buckets, 120)).toBe(2)
  })

  it('adds up what falls into the same second', () => {
    const buckets = recordAll(linear(5), 100, [1])
    record(buckets, 100, 2)
    expect(averageOf(buckets, 100)).toBe(3)
  })

  it('takes a late value into its second, and ignores one older than the window', () => {
    const buckets = recordAll(linear(3), 100, [1, 1, 1])
    record(buckets, 101, 3)
    expect(averageOf(buckets, 102)).toBe(2)
    record(buckets, 99, 300)
    expect(averageOf(buckets, 102)).toBe(2)
  })

  it('rounds to six digits', () => {
    expect(averageOf(recordAll(linear(3), 100, [1, 0, 0]), 102)).toBe(0.333333)
  })

  it('is empty before the first value and when the last one is older than the window', () => {
    expect(isEmpty(linear(5), 100)).toBe(true)
    expect(isEmpty(recordAll(linear(5), 100, [0]), 105)).toBe(false)
    expect(isEmpty(recordAll(linear(5), 100, [0]), 106)).toBe(true)
  })
})

describe('an exponential window', () => {
  it('weighs the newest second most', () => {
    const window = { seconds: 4, weighting: 'exponential' } as const
    // 1 - 0.0001^(1/4) = 0.9 is the weight of the newest second, a tenth of it that of the one before, and so on.
    expect(averageOf(recordAll(emptyBuckets(window), 100, [10, 10, 5, 5]), 103)).toBeCloseTo(
      4.5 + 0.45 + 0.09 + 0.009,
      9,
    )
    expect(averageOf(recordAll(emptyBuckets(window), 100, [5, 5, 10, 10]), 103)).toBeCloseTo(
      9 + 0.9 + 0.045 + 0.0045,
      9,
    )
  })

  it('decays by at least a fifth a second in long windows', () => {
    const buckets = recordAll(emptyBuckets({ seconds: 600, weighting: 'exponential' }), 100, [1])
    expect(averageOf(buckets, 100)).toBeCloseTo(0.2, 9)
    expect(averageOf(buckets, 101)).toBeCloseTo(0.16, 9)
  })
})

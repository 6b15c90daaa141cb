import { describe, expect, it } from 'vitest'
import { Histogram, istioBuckets, knativeBuckets } from './histogram.ts'

describe('a histogram', () => {
  it('counts what is at a bound in its bucket, cumulatively, and what is beyond the last in +Inf', () => {
    const histogram = new Histogram([1, 5])
    for (const value of [0.5, 1, 1.1, 5, 6]) histogram.observe(value)
    const points = histogram.points({ app: 'a' })
    expect(points.map(({ suffix, labels, value }) => [suffix, labels.le, value])).toEqual([
      ['_bucket', '1', 2],
      ['_bucket', '5', 4],
      ['_bucket', '+Inf', 5],
      ['_sum', undefined, 13.6],
      ['_count', undefined, 5],
    ])
    expect(points.every(({ labels }) => labels.app === 'a')).toBe(true)
    expect(histogram.count).toBe(5)
  })

  it('of nothing is all zeros', () => {
    expect(new Histogram([1]).points({}).map(({ value }) => value)).toEqual([0, 0, 0, 0])
  })

  it.each([
    ['Istio', istioBuckets],
    ['Knative', knativeBuckets],
  ])('has the buckets of %s in order', (_who, buckets) => {
    expect([...buckets].sort((a, b) => a - b)).toEqual(buckets)
  })
})

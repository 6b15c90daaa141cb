import { describe, expect, it } from 'vitest'
import { mebibytes, median, milliseconds, percentile } from './stats.ts'

describe('percentiles', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
    [[7], 0.99, 7],
    [[1, 2, 3], 1, 3],
  ])('of %j at %d is %d', (sample, share, value) => expect(percentile(sample, share)).toBe(value))

  it('of nothing is no number', () => expect(median([])).toBeNaN())

  it('leaves the sample as it was', () => {
    const sample = [3, 1, 2]
    percentile(sample, 0.5)
    expect(sample).toEqual([3, 1, 2])
  })
})

it.each([
  [4.237, '4.24 ms'],
  [1_312, '1.31 s'],
  [0.5, '0.5 ms'],
])('%d ms prints as %s', (ms, text) => expect(milliseconds(ms)).toBe(text))

it('bytes print in whole mebibytes', () => expect(mebibytes(209_715_200)).toBe('200 MiB'))

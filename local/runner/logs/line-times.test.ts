// When lines of a log were written, told by notes of its size.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noted, offsetSince, type SizeNote, timeAt } from './line-times.ts'

const notes: SizeNote[] = [
  { time: 1_000, size: 10 },
  { time: 2_000, size: 25 },
  { time: 5_000, size: 40 },
]

describe('notes of a log', () => {
  it.each([
    [0, 1_000],
    [9, 1_000],
    [10, 2_000],
    [39, 5_000],
    [40, 9_000],
  ])('the byte at %i was written at %i', (offset, time) => {
    expect(timeAt(notes, offset, 9_000)).toBe(time)
  })

  it.each([
    ['before everything', 0, 0],
    ['at the first note', 1_000, 0],
    ['between two', 1_500, 10],
    ['at the last', 5_000, 25],
    ['after all', 6_000, 40],
  ])('since a moment %s', (_, since, offset) => {
    expect(offsetSince(notes, since, 99)).toBe(offset)
  })

  it('a log that stands still is noted once', () => {
    expect(noted(notes, { time: 9_000, size: 40 })).toBe(notes)
  })

  it('a log that got shorter starts anew', () => {
    expect(noted(notes, { time: 9_000, size: 3 })).toEqual([{ time: 9_000, size: 3 }])
  })

  it('stay few however long a log grows, in order, and know the newest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 600, maxLength: 2_000 }), growths => {
        let kept: readonly SizeNote[] = []
        let size = 0
        growths.forEach((growth, index) => {
          size += growth
          kept = noted(kept, { time: index, size })
        })
        const sizes = kept.map(one => one.size)
        return kept.length <= 512 && kept.at(-1)?.size === size && sizes.every((one, at) => one > (sizes[at - 1] ?? -1))
      }),
      { numRuns: 10 },
    )
  })
})

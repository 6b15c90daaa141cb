import { describe, expect, it } from 'vitest'
import { groupMemory } from './memory.ts'

describe('the memory of a process group, as ps lists it', () => {
  const listing = '   12   1000\n  345     20\n   12      4\n 1234    500\n\n'

  it.each([
    ['all its processes together', 12, 1_004 * 1_024],
    ['that of one process', 345, 20 * 1_024],
    ['nothing when it is gone', 1, 0],
  ])('is %s', (_what, group, bytes) => {
    expect(groupMemory(listing, group)).toBe(bytes)
  })
})

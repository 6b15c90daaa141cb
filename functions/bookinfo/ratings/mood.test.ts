import { describe, expect, it } from 'vitest'
import { isHealthy, moodOf } from './mood.ts'

const minute = 60_000
const low = () => 0.49
const high = () => 0.5

describe('the mood of a variant (BKI-44)', () => {
  it.each([
    ['v1 is always well', 'v1', low, 0, 'well'],
    ['v-faulty fails in half of the draws', 'v-faulty', low, 0, 'unavailable'],
    ['and not in the other', 'v-faulty', high, 0, 'well'],
    ['v-delayed is slow in half of the draws', 'v-delayed', low, 0, 'slow'],
    ['and not in the other', 'v-delayed', high, 0, 'well'],
    ['v-unavailable is well for a minute', 'v-unavailable', low, minute - 1, 'well'],
    ['and gone for the next', 'v-unavailable', low, minute, 'unavailable'],
    ['and back after that', 'v-unavailable', low, 2 * minute, 'well'],
    ['v-unhealthy is well for a quarter of an hour', 'v-unhealthy', low, 15 * minute - 1, 'well'],
    ['and gone for the next', 'v-unhealthy', low, 15 * minute, 'unavailable'],
  ] as const)('%s', (_what, version, draw, now, mood) => expect(moodOf(version, draw, now)).toBe(mood))

  it('only v-unhealthy admits in its health that it is gone', () => {
    expect(isHealthy('v-unhealthy', 15 * minute)).toBe(false)
    expect(isHealthy('v-unhealthy', 30 * minute)).toBe(true)
    expect(isHealthy('v-unavailable', minute)).toBe(true)
  })
})

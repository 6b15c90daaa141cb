import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maximumOf, type SlidingMaximum, see } from './sliding-maximum.ts'

it('is the largest value younger than the window, whatever came', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(50))), steps => {
      let window: SlidingMaximum = []
      let now = 0
      const seen: { at: number; value: number }[] = []
      for (const [pause, value] of steps) {
        now += pause
        seen.push({ at: now, value })
        window = see(window, 10, now, value)
        expect(maximumOf(window)).toBe(Math.max(...seen.filter(one => now - one.at < 10).map(one => one.value)))
      }
    }),
  )
})

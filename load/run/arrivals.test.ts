import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../local/kernel/random.ts'
import { arrivals } from './arrivals.ts'

const take = (kind: 'even' | 'random', perSecond: number, count: number) => {
  const next = arrivals({ kind: 'open', perSecond, arrivals: kind }, seededRandom(1))
  return Array.from({ length: count }, next)
}

describe('arrivals', () => {
  it.each([
    [50, [0, 20, 40, 60]],
    [0.5, [0, 2_000, 4_000, 6_000]],
    [4_000, [0, 0.25, 0.5, 0.75]],
  ])('%d a second are evenly spaced', (perSecond, due) => expect(take('even', perSecond, 4)).toEqual(due))

  it('do not drift: the thirty-thousandth of fifty a second is due after ten minutes', () => {
    expect(take('even', 50, 30_001).at(-1)).toBe(600_000)
  })

  it('at random never go back, begin at once, and have the same mean', () => {
    const due = take('random', 100, 10_000)
    expect(due[0]).toBe(0)
    expect(due.every((at, index) => at >= (due[index - 1] ?? 0))).toBe(true)
    expect((due.at(-1) ?? 0) / 10_000).toBeCloseTo(10, 0)
    expect(new Set(due.slice(1, 100).map((at, index) => Math.round(at - (due[index] ?? 0)))).size).toBeGreaterThan(10)
  })
})

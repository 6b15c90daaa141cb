import { describe, expect, it } from 'vitest'
import { nameSuffix, seededRandom, systemRandom, uuid } from './random.ts'

describe('a seeded generator', () => {
  it('repeats itself by seed', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).next)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('spreads evenly: each tenth of 100,000 draws within 5 sigma', () => {
    const random = seededRandom(42)
    const buckets = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 100_000; draw++) {
      const bucket = Math.floor(random.next() * 10)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    const sigma = Math.sqrt(100_000 * 0.1 * 0.9)
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(5 * sigma)
  })
})

it('uuids are of version 4 and differ', () => {
  const random = seededRandom(1)
  const drawn = Array.from({ length: 1_000 }, () => uuid(random))
  for (const one of drawn) expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(drawn).size).toBe(1_000)
})

it('name suffixes have the length asked for and no vowel', () => {
  expect(nameSuffix(systemRandom, 10)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
})

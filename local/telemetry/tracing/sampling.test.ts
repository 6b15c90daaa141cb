import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { Sampler } from './sampling.ts'

describe('sampling', () => {
  const taken = (percent: number) => {
    const sampler = new Sampler(seededRandom(7))
    return Array.from({ length: 2_000 }, () => sampler.takes(percent)).filter(Boolean).length
  }

  it('takes all of 100 %, none of 0 %, and about the share in between', () => {
    expect(taken(100)).toBe(2_000)
    expect(taken(0)).toBe(0)
    expect(taken(10)).toBeGreaterThan(150)
    expect(taken(10)).toBeLessThan(250)
  })

  it('has room for a hundred new traces a second, those that callers decided on included', () => {
    const sampler = new Sampler(seededRandom(7))
    for (let count = 0; count < 49; count++) {
      sampler.takes(100)
      sampler.count()
    }
    expect(sampler.hasRoom(900)).toBe(true)
    for (let count = 0; count < 2; count++) sampler.count()
    expect(sampler.hasRoom(999)).toBe(false)
    expect(sampler.hasRoom(1_000)).toBe(true)
  })

  it('counts nothing that was not taken', () => {
    const sampler = new Sampler(seededRandom(7))
    for (let count = 0; count < 500; count++) sampler.takes(0)
    expect(sampler.hasRoom(0)).toBe(true)
  })
})

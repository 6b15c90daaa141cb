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

  it('has room for a hundred new traces at once, those that callers decided on included', () => {
    const sampler = new Sampler(seededRandom(7))
    expect(sampler.hasRoom(900)).toBe(true)
    for (let count = 0; count < 49; count++) {
      sampler.takes(100)
      sampler.count()
    }
    expect(sampler.hasRoom(900)).toBe(true)
    for (let count = 0; count < 2; count++) sampler.count()
    expect(sampler.hasRoom(900)).toBe(false)
  })

  it('has room for twenty a second in the long run, and for a hundred again after a rest', () => {
    const sampler = new Sampler(seededRandom(7))
    const begun = (now: number) => {
      let traces = 0
      for (; sampler.hasRoom(now); traces++) sampler.count()
      return traces
    }
    expect(begun(5_000)).toBe(100)
    expect(begun(6_000)).toBe(20)
    expect(begun(6_049)).toBe(0)
    expect(begun(6_050)).toBe(1)
    expect(begun(60_000)).toBe(100)
  })

  it('does not stop when the clock is set back', () => {
    const sampler = new Sampler(seededRandom(7))
    for (sampler.hasRoom(10_000); sampler.hasRoom(10_000); ) sampler.count()
    expect(sampler.hasRoom(1_000)).toBe(false)
    expect(sampler.hasRoom(1_050)).toBe(true)
  })

  it('counts nothing that was not taken', () => {
    const sampler = new Sampler(seededRandom(7))
    for (let count = 0; count < 500; count++) sampler.takes(0)
    expect(sampler.hasRoom(0)).toBe(true)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Forecast } from './forecast.ts'

describe('a forecast', () => {
  it('expects after one wake who was asked for within two seconds', () => {
    const forecast = new Forecast()
    expect(forecast.woken('a', 0)).toEqual([])
    forecast.asked('b', 100)
    forecast.asked('c', 2_000)
    forecast.asked('late', 2_001)
    expect(forecast.woken('a', 10_000)).toEqual(['b', 'c'])
  })

  it('forgets whom fewer than half of the wakes asked for', () => {
    const forecast = new Forecast()
    for (let wake = 0; wake < 3; wake++) {
      forecast.woken('a', wake * 10_000)
      if (wake === 0) forecast.asked('b', 1)
      forecast.asked('c', wake * 10_000 + 1)
    }
    expect(forecast.woken('a', 50_000)).toEqual(['c'])
  })

  it('counts a follower once a wake, and nobody as its own', () => {
    const forecast = new Forecast()
    forecast.woken('a', 0)
    for (let time = 1; time < 10; time++) forecast.asked('b', time)
    forecast.asked('a', 11)
    expect(forecast.toJSON().revisions.a).toEqual({ wakes: 1, followers: { b: 1 } })
  })

  it('learns chains: who is woken within another wake follows it', () => {
    const forecast = new Forecast()
    forecast.woken('a', 0)
    forecast.woken('b', 100)
    forecast.woken('c', 200)
    expect(forecast.woken('a', 60_000)).toEqual(['b', 'c'])
    expect(forecast.woken('b', 120_000)).toEqual(['c'])
  })

  it('unlearns: a follower that is no longer asked for is dropped in the end', () => {
    const forecast = new Forecast()
    for (let wake = 0; wake < 16; wake++) {
      forecast.woken('a', wake * 10_000)
      forecast.asked('b', wake * 10_000 + 1)
    }
    let expected: string[] = ['b']
    for (let wake = 16; wake < 48; wake++) expected = forecast.woken('a', wake * 10_000)
    expect(expected).toEqual([])
  })

  it('survives a restart as JSON', () => {
    const forecast = new Forecast()
    forecast.woken('a', 0)
    forecast.asked('b', 1)
    const again = Forecast.from(JSON.parse(JSON.stringify(forecast)))
    expect(again.woken('a', 10_000)).toEqual(['b'])
  })

  it('stays bounded whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(2_000)), { maxLength: 3_000 }), steps => {
        const forecast = new Forecast()
        for (const [time, [wakes, name]] of steps.entries())
          wakes ? forecast.woken(`r${name}`, time) : forecast.asked(`r${name}`, time)
        const { revisions } = forecast.toJSON()
        expect(Object.keys(revisions).length).toBeLessThanOrEqual(512)
        for (const { followers } of Object.values(revisions))
          expect(Object.keys(followers).length).toBeLessThanOrEqual(32)
      }),
      { numRuns: 20 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { Calm } from './calm.ts'

function calm() {
  const clock = { now: 0 }
  const calm = new Calm(() => clock.now)
  const times = (count: number, act: () => void) => {
    for (let index = 0; index < count; index++) act()
  }
  return { clock, calm, times }
}

describe('patience with a peer', () => {
  it('ends at a thousand frames for nothing', () => {
    const { calm: one, times } = calm()
    times(1_000, () => one.disturbed())
    expect(() => one.disturbed()).toThrow('too much for nothing')
  })

  it('begins anew when they came within more than ten seconds', () => {
    const { clock, calm: one, times } = calm()
    times(1_000, () => one.disturbed())
    clock.now = 10_000
    times(1_000, () => one.disturbed())
    clock.now = 19_999
    expect(() => one.disturbed()).toThrow('too much for nothing')
  })

  it('grows with what it asks for in earnest', () => {
    const { calm: one, times } = calm()
    times(1_000, () => one.disturbed())
    times(3, () => one.served())
    times(30, () => one.disturbed())
    expect(() => one.disturbed()).toThrow('too much for nothing')
  })

  it('has no end for pings whose answers are read', () => {
    const { calm: one, times } = calm()
    times(50, () => {
      times(1_000, () => one.acknowledged())
      one.written()
    })
    times(1_000, () => one.acknowledged())
    expect(() => one.acknowledged()).toThrow('too much for nothing')
  })
})

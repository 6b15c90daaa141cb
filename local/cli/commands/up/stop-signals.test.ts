import { describe, expect, it } from 'vitest'
import { pressCounter } from './stop-signals.ts'

describe('a press of Ctrl-C', () => {
  it('is the first one', () => {
    expect(pressCounter()(5)).toBe('first')
  })

  it('that npm and the launcher pass on counts once', () => {
    const press = pressCounter()
    press(1_000)
    expect([press(1_002), press(1_040)]).toEqual(['copy', 'copy'])
  })

  it('is a second one when it comes later', () => {
    const press = pressCounter()
    press(1_000)
    expect(press(1_900)).toBe('again')
  })
})

import { describe, expect, it } from 'vitest'
import { createGate } from './gate.ts'

describe('a gate for two', () => {
  it('lets two in at once and the others one by one, in the order they came', async () => {
    const gate = createGate(2)
    const inside: string[] = []
    for (const name of ['first', 'second', 'third', 'fourth']) void gate.enter().then(() => inside.push(name))
    await settled()
    expect(inside).toEqual(['first', 'second'])
    gate.leave()
    await settled()
    expect(inside).toEqual(['first', 'second', 'third'])
    gate.leave()
    await settled()
    expect(inside).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('has room for two again when all have left', async () => {
    const gate = createGate(2)
    await Promise.all([gate.enter(), gate.enter()])
    gate.leave()
    gate.leave()
    await Promise.all([gate.enter(), gate.enter()])
    let third = false
    void gate.enter().then(() => {
      third = true
    })
    await settled()
    expect(third).toBe(false)
  })
})

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

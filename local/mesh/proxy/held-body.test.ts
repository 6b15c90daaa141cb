import { describe, expect, it } from 'vitest'
import { HeldBody, mostHeldBytes } from './held-body.ts'

const bytes = (length: number) => Buffer.alloc(length, 97)
const kept = (held: HeldBody) => held.parts.reduce((sum, part) => sum + part.length, 0)

describe('a body that waits for its connection', () => {
  it('is kept whole, however long, and says when it is enough', () => {
    const held = new HeldBody()
    held.hold(bytes(mostHeldBytes))
    expect(held.full).toBe(false)
    held.hold(bytes(1))
    expect([held.full, held.whole, kept(held)]).toEqual([true, true, mostHeldBytes + 1])
  })
})

describe('a body that may have to be sent again', () => {
  it('is kept up to 64 KiB', () => {
    const held = new HeldBody()
    held.holdForReplay(bytes(mostHeldBytes))
    expect([held.whole, kept(held)]).toEqual([true, mostHeldBytes])
  })

  it('is thrown away as soon as it is longer, and what follows is not kept', () => {
    const held = new HeldBody()
    held.holdForReplay(bytes(mostHeldBytes))
    held.holdForReplay(bytes(1))
    held.holdForReplay(bytes(5))
    expect([held.whole, kept(held)]).toEqual([false, 0])
  })

  it('is not whole again once something is gone', () => {
    const held = new HeldBody()
    held.drop()
    held.holdForReplay(bytes(1))
    expect([held.whole, kept(held)]).toEqual([false, 0])
  })
})

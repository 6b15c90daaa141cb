import { describe, expect, it } from 'vitest'
import { perEnv } from './env.ts'

describe('what is bound to an environment', () => {
  it('is made once for each, whichever copy of the code asks', () => {
    let made = 0
    const one = perEnv('test.counter', () => ++made)
    const copy = perEnv('test.counter', () => ++made)
    const env = {}
    expect([one(env), copy(env), one({})]).toEqual([1, 1, 2])
  })

  it('can be provided, and is no part of the environment as others list it', () => {
    const bound = perEnv('test.provided', () => 'made')
    const env = { PORT: '1' }
    bound.provide(env, 'provided')
    expect(bound(env)).toBe('provided')
    expect(Object.keys(env)).toEqual(['PORT'])
  })

  it('works for a host that passes no environment', () => {
    expect(perEnv('test.none', () => 'made')(undefined)).toBe('made')
  })
})

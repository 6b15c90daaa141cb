import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isName, lifetime, seal, unseal } from './session.ts'
import { requireKey } from './session-key.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const env = { SESSION_KEY: 'a key of the test alone' }

describe('a session', () => {
  it.each(['jason', 'Mary Ann', "o'neil.x", 'a'.repeat(64)])('gives back who was signed in: %s', async name => {
    expect(await unseal(env, await seal(env, name, now), now)).toBe(name)
  })

  it('ends', async () => {
    const value = await seal(env, 'jason', now)
    expect(await unseal(env, value, now + lifetime * 1000 - 1)).toBe('jason')
    expect(await unseal(env, value, now + lifetime * 1000)).toBeUndefined()
  })

  it('cannot be made up: every single changed character is noticed', async () => {
    const value = await seal(env, 'jason', now)
    const swap = (each: string) => (each === 'A' ? 'B' : 'A')
    for (let at = 0; at < value.length - 1; at++) {
      const forged = value.slice(0, at) + swap(value.charAt(at)) + value.slice(at + 1)
      expect(await unseal(env, forged, now), forged).toBeUndefined()
    }
  })

  it('of one key means nothing under another', async () => {
    expect(await unseal({ SESSION_KEY: 'a key of somebody else' }, await seal(env, 'jason', now), now)).toBeUndefined()
  })

  it.each(['', 'jason', 'a.b', 'a.1.c', '..', 'é.9999999999.x', 'amFzb24.9999999999.'])(
    'is not read from "%s"',
    async value => expect(await unseal(env, value, now)).toBeUndefined(),
  )

  it.each(['', ' jason', 'jason ', 'jäson', 'a\nb', 'a'.repeat(65)])('has no name like %j', name =>
    expect(isName(name)).toBe(false),
  )
})

describe('the key of sessions', () => {
  it('without a Secret, is shared by all instances through the store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'session-'))
    const STORE_PATH = join(folder, 'store.db')
    const sealed = await Promise.all(['one', 'two', 'three'].map(name => seal({ STORE_PATH }, name, now)))
    expect(await Promise.all(sealed.map(value => unseal({ STORE_PATH }, value, now)))).toEqual(['one', 'two', 'three'])
    rmSync(folder, { recursive: true })
  })

  it('is another one in another place', async () => {
    expect(await unseal({}, await seal({}, 'jason', now), now)).toBeUndefined()
  })

  it('that could not last, or is too short, keeps the service from starting, and says what to set', () => {
    expect(() => requireKey({ KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toThrow(/STORE_PATH/)
    expect(() => requireKey({ SESSION_KEY: 'short' })).toThrow(/16 or more/)
    expect(() => requireKey({ KUBERNETES_SERVICE_HOST: '10.0.0.1', ...env })).not.toThrow()
    expect(() => requireKey({})).not.toThrow()
  })

  it('is asked for again after the store was out of order', async () => {
    const STORE_PATH = join(tmpdir(), `session-later-${process.pid}`, 'store.db')
    const own = { STORE_PATH }
    await expect(seal(own, 'jason', now)).rejects.toThrow()
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(STORE_PATH, '..'))
    expect(await unseal(own, await seal(own, 'jason', now), now)).toBe('jason')
    rmSync(join(STORE_PATH, '..'), { recursive: true })
  })
})

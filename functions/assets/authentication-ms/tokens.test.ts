import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/sqlite-store.ts'
import type { Store } from '../../lib/store.ts'
import { remember } from '../read-model.ts'
import { publicKeys, rotate, tokenMs } from './keys.ts'
import { issue, issuer, revoke, verify } from './tokens.ts'

const now = Date.parse('2026-05-04T12:00:00Z')
const hour = 60 * 60_000
let store: Store
beforeEach(async () => {
  store = await openSqliteStore(':memory:')
  await remember(store, 'users', { id: 'u1', recordVersion: 1, credentialId: 'first' }, false)
})
afterEach(() => store.close())

const u1 = { _id: 'u1', credentialId: 'first' }
const bearer = (token: string) => `Bearer ${token}`

describe('a token', () => {
  it('counts for an hour', async () => {
    const token = await issue(store, u1, now)
    expect(await verify(store, bearer(token), now)).toEqual({ userId: 'u1', expiresAt: '2026-05-04T13:00:00.000Z' })
    expect(await verify(store, bearer(token), now + tokenMs - 1_000)).toBeDefined()
    expect(await verify(store, bearer(token), now + tokenMs + 1_000)).toBeUndefined()
  })

  it('can be checked by whoever has the public keys, without asking', async () => {
    const token = await issue(store, u1, now)
    const keys = createLocalJWKSet({ keys: await publicKeys(store, now) })
    const { payload } = await jwtVerify(token, keys, { issuer, audience: 'assets', currentDate: new Date(now) })
    expect(payload.sub).toBe('u1')
  })

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic dTE6eA=='],
    ['nothing', 'Bearer '],
    ['what is no token', 'Bearer a.b.c'],
  ])('is not in %s', async (_what, authorization) => {
    expect(await verify(store, authorization, now)).toBeUndefined()
  })

  it('that was changed counts for nothing', async () => {
    const [head = '', , signature = ''] = (await issue(store, u1, now)).split('.')
    const claims = { ...decodeJwt(await issue(store, u1, now)), sub: 'admin' }
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    expect(await verify(store, bearer(forged), now)).toBeUndefined()
    const none = [Buffer.from('{"alg":"none"}').toString('base64url'), forged.split('.')[1], ''].join('.')
    expect(await verify(store, bearer(none), now)).toBeUndefined()
  })

  it('that was revoked counts for nothing; others of the same user do', async () => {
    const [one, two] = [await issue(store, u1, now), await issue(store, u1, now)]
    await revoke(store, bearer(one), now)
    expect([await verify(store, bearer(one), now), await verify(store, bearer(two), now)]).toMatchObject([
      undefined,
      { userId: 'u1' },
    ])
  })

  it('ends with its user, and with the password it was given for', async () => {
    const token = await issue(store, u1, now)
    const other = { _id: 'u1', credentialId: 'second' }
    await remember(store, 'users', { id: 'u1', recordVersion: 2, credentialId: 'second' }, false)
    expect(await verify(store, bearer(token), now + 2)).toBeUndefined()
    const later = await issue(store, other, now + 2)
    expect(await verify(store, bearer(later), now + 2)).toBeDefined()
    await remember(store, 'users', { id: 'u1', recordVersion: 3 }, true)
    expect(await verify(store, bearer(later), now + 2)).toBeUndefined()
  })

  it('given for the old password while the new one was on its way ends with it too', async () => {
    const atTheSameTime = await issue(store, u1, now + 60_000)
    await remember(store, 'users', { id: 'u1', recordVersion: 2, credentialId: 'second' }, false)
    expect(await verify(store, bearer(atTheSameTime), now + 60_000)).toBeUndefined()
  })

  it('revoked is forgotten when its time is over', async () => {
    await revoke(store, bearer(await issue(store, u1, now)), now)
    expect(await store.count('revoked')).toBe(1)
    await revoke(store, undefined, now + 2 * hour)
    expect(await store.count('revoked')).toBe(0)
  })
})

describe('keys', () => {
  it('are replaced after a day, or when asked; tokens of older ones still count', async () => {
    const first = await issue(store, u1, now)
    await rotate(store, now + 1_000)
    const second = await issue(store, u1, now + 2_000)
    const kid = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string
    expect(kid(second)).not.toBe(kid(first))
    expect(await verify(store, bearer(first), now + 2_000)).toBeDefined()
    expect((await publicKeys(store, now + 2_000)).map(key => key.kid)).toEqual([kid(second), kid(first)])
    expect(kid(await issue(store, u1, now + 25 * hour))).not.toBe(kid(second))
  })

  it('are gone when the last of their tokens is over', async () => {
    await issue(store, u1, now)
    await rotate(store, now + 30 * hour)
    expect(await publicKeys(store, now + 30 * hour)).toHaveLength(1)
  })

  it('show nothing private', async () => {
    const [key] = await publicKeys(store, now)
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })
})

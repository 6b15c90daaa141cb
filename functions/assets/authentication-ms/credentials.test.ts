import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/sqlite-store.ts'
import type { Store } from '../../lib/store.ts'
import { remember } from '../read-model.ts'
import { findUser, forgetUnused, isKept, keepPassword, unusedMs } from './credentials.ts'

const now = Date.parse('2026-05-04T12:00:00Z')
const day = 24 * 60 * 60_000
let store: Store
let version: number
beforeEach(async () => {
  store = await openSqliteStore(':memory:')
  version = 0
})
afterEach(() => store.close())

const tell = (id: string, credentialId: string, ended = false) =>
  remember(store, 'users', { id, recordVersion: ++version, email: `${id}@example.com`, credentialId }, ended)

describe('a credential', () => {
  it('is right for the password it was made of, under its own id alone', async () => {
    const [one, other] = [
      await keepPassword(store, 'u1', 'first horse'),
      await keepPassword(store, 'u1', 'other horse'),
    ]
    const tries = [
      isKept(store, one, 'first horse'),
      isKept(store, other, 'first horse'),
      isKept(store, '', 'first horse'),
    ]
    expect(await Promise.all(tries)).toEqual([true, false, false])
  })

  it('is kept without the password in it', async () => {
    const id = await keepPassword(store, 'u1', 'first horse')
    expect(await store.get('credentials', id)).toMatchObject({ userId: 'u1', kept: expect.stringMatching(/^scrypt\$/) })
    expect(JSON.stringify(await store.get('credentials', id))).not.toContain('horse')
  })
})

describe('a user', () => {
  it('is found by id and by address, in whatever letters, until it ends', async () => {
    await tell('u1', 'c1')
    const found = await Promise.all(['u1', 'u1@example.com', 'U1@Example.COM'].map(name => findUser(store, name)))
    expect(found.map(user => user?._id)).toEqual(['u1', 'u1', 'u1'])
    await tell('u1', 'c1', true)
    expect(await findUser(store, 'u1')).toBeUndefined()
    expect(await findUser(store, 'u1@example.com')).toBeUndefined()
  })

  it.each(['', 'U1', 'u1@example.com ', 'u', '__proto__', 'u1\u0000'])('is not found as %j', async name => {
    await tell('u1', 'c1')
    expect(await findUser(store, name)).toBeUndefined()
  })
})

describe('what is kept of passwords that count no more', () => {
  const credential = (id: string, userId = 'u1') =>
    store.insert('credentials', { _id: id, userId, kept: 'scrypt$…', unusedSince: null })
  const left = async () => (await store.list('credentials', 500)).map(({ _id }) => _id).sort()
  /** Looked at each night, as the suite's PingSource has it. */
  const nights = async (from: number, to: number) => {
    for (let night = from; night <= to; night++) await forgetUnused(store, now + night * day)
  }

  it('goes a week after another took its place; the one in use stays', async () => {
    await Promise.all([credential('c1'), credential('c2')])
    await tell('u1', 'c1')
    await nights(0, 30)
    expect(await left()).toEqual(['c1', 'c2'].slice(0, 1))
    await credential('c3')
    await tell('u1', 'c3')
    await nights(31, 38)
    expect(await left()).toEqual(['c1', 'c3'])
    await nights(39, 39)
    expect(await left()).toEqual(['c3'])
  })

  it('goes with its user, but not before that may come back', async () => {
    await credential('c1')
    await tell('u1', 'c1', true)
    await nights(0, 6)
    await tell('u1', 'c1')
    await nights(7, 30)
    expect(await left()).toEqual(['c1'])
    await tell('u1', 'c1', true)
    await nights(31, 60)
    expect(await left()).toEqual([])
  })

  it('waits as long for a user that nobody has told of yet', async () => {
    await credential('c1')
    await nights(0, 7)
    expect(await left()).toEqual(['c1'])
    await tell('u1', 'c1')
    await nights(8, 40)
    expect(await left()).toEqual(['c1'])
  })

  it('does not count for another user who is told with it', async () => {
    await credential('c1', 'u1')
    await tell('u2', 'c1')
    await nights(0, 8)
    expect(await left()).toEqual([])
  })

  it('is found however much is kept', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `c${String(index).padStart(3, '0')}`)
    for (const id of ids) await credential(id, `user-${id}`)
    for (const id of ids.filter((_, index) => index % 2 === 0)) await tell(`user-${id}`, id)
    expect(await forgetUnused(store, now)).toBe(0)
    expect(await forgetUnused(store, now + unusedMs + 1)).toBe(125)
    expect(await left()).toEqual(ids.filter((_, index) => index % 2 === 0))
  })
})

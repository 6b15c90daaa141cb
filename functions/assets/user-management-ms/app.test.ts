import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import type { App } from '../service.ts'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['user-management-ms', 'authentication-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const password = 'correct horse'
const send = (method: string, path: string, body?: unknown, headers = {}) =>
  system.send('user-management-ms', method, path, body, headers)
const ann = { id: 'ann', email: 'ann@example.com', password }
const toldTypes = () => system.told.map(({ type }) => type)

describe('a user', () => {
  it('is answered and told without the password; what is told names the credential', async () => {
    const { status, body } = await send('POST', '/users', { ...ann, email: ' Ann@Example.COM ', name: 'Änn 🐴' })
    const shown = { id: 'ann', recordVersion: 1, email: 'ann@example.com', profile: { name: 'Änn 🐴' } }
    expect([status, body]).toEqual([201, shown])
    expect(system.told).toMatchObject([{ type: 'user.created', subject: 'ann' }])
    expect(system.told[0]?.data).toEqual({ ...shown, credentialId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect((await send('GET', '/users')).body).toEqual([shown])
  })

  it('is told nothing of what an earlier release kept beside it', async () => {
    await send('POST', '/users', ann)
    const { keeperOf } = await import('../records.ts')
    await (await keeperOf(system.envs['user-management-ms'])).update('users', 'ann', { credential: 'scrypt$old' })
    await send('PUT', '/users/ann', { name: 'Ann' })
    expect(JSON.stringify([system.told, (await send('GET', '/users/ann')).body])).not.toContain('scrypt')
  })

  it('may say little of itself: what it does not say stays', async () => {
    await send('POST', '/users', { ...ann, profile: { city: 'Lisbon' } })
    const change = async (fields: object) => (await send('PUT', '/users/ann', fields)).body
    expect(await change({ email: 'new@example.com' })).toMatchObject({
      email: 'new@example.com',
      profile: { city: 'Lisbon' },
    })
    expect(await change({ profile: { city: 'Porto' } })).toMatchObject({
      email: 'new@example.com',
      profile: { city: 'Porto' },
    })
    expect(await change({})).toMatchObject({ email: 'new@example.com', profile: { city: 'Porto' }, recordVersion: 4 })
  })

  it('cannot take the address of another', async () => {
    await send('POST', '/users', ann)
    await send('POST', '/users', { id: 'bob', email: 'bob@example.com', password })
    const taken = await send('PUT', '/users/bob', { email: 'ANN@example.com' })
    expect([taken.status, taken.body]).toEqual([409, { error: 'a user with this e-mail address is there already' }])
    expect((await send('PUT', '/users/bob', { email: 'bob@example.com' })).status).toBe(200)
    expect((await send('GET', '/users/bob')).body.email).toBe('bob@example.com')
  })

  it('is made once of all who ask at once for the same address', async () => {
    const asked = ['a', 'b', 'c'].map(id => send('POST', '/users', { id, email: 'one@example.com', password }))
    expect((await Promise.all(asked)).map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
    expect(toldTypes()).toEqual(['user.created'])
  })

  it.each([
    ['no address', { email: undefined }, /email/],
    ['a list for an address', { email: ['a@b'] }, /email/],
    ['a profile that is a list', { profile: [] }, /profile/],
    ['a profile that is null', { profile: null }, /profile/],
    ['a password of seven letters', { password: '1234567' }, /password: 8 to 200/],
    ['a password of 201', { password: 'x'.repeat(201) }, /password: 8 to 200/],
    ['a password that is a number', { password: 12345678 }, /password/],
    ['an id that no header can carry', { id: 'änn' }, /id/],
  ])('is not made with %s; no password is handed on', async (_, fields, message) => {
    system.away.add('authentication-ms')
    const { status, body } = await send('POST', '/users', { ...ann, ...fields })
    expect([status, body.error]).toEqual([400, expect.stringMatching(message)])
    expect(system.logged.join()).not.toContain('1234567')
  })

  it('does not come to be without the authentication', async () => {
    system.away.add('authentication-ms')
    expect(await send('POST', '/users', ann)).toMatchObject({ status: 503, body: { error: 'not now' } })
    expect((await send('GET', '/users/ann')).status).toBe(404)
    expect([toldTypes(), system.logged.join().includes(password)]).toEqual([[], false])
    system.away.clear()
    expect((await send('POST', '/users', ann)).status).toBe(201)
  })

  it.each([
    ['that it failed', 500, { error: 'not now' }],
    ['that it is too much', 429, {}],
    ['that it was kept, but not under which id', 201, { id: 7 }],
  ])('does not come to be when the authentication says %s', async (_, status, answer) => {
    await system.close()
    const standIn: App = new Hono()
    standIn.post('/credentials', () => Response.json(answer, { status }))
    system = openAssets(['user-management-ms', 'authentication-ms'], { 'authentication-ms': standIn })
    expect((await send('POST', '/users', ann)).status).toBe(503)
    expect([toldTypes(), (await send('GET', '/users')).body]).toEqual([[], []])
    expect(system.logged).toHaveLength(1)
    expect(system.logged[0]).not.toContain(password)
  })

  it('that ended comes back when its end could not be carried through, once', async () => {
    await send('POST', '/users', ann)
    expect((await send('DELETE', '/users/ann')).status).toBe(204)
    expect((await send('DELETE', '/users/ann')).status).toBe(404)
    for (let times = 0; times < 2; times++) {
      const failed = { type: 'user.deleted', data: { id: 'ann', recordVersion: 2 } }
      expect((await system.deliver('user-management-ms', '/deletion-failed', failed)).status).toBe(200)
    }
    expect((await send('GET', '/users/ann')).body.recordVersion).toBe(3)
    expect(toldTypes()).toEqual(['user.created', 'user.deleted', 'user.updated'])
  })
})

describe('a profile', () => {
  it('is what it was set to, whatever is in it', async () => {
    await send('POST', '/users', ann)
    const profile = { name: 'Änn', tags: ['🐴', null], nested: { $set: 1, 'a.b': '' } }
    expect((await send('PUT', '/users/ann/profile', profile)).body).toEqual(profile)
    expect((await send('GET', '/users/ann/profile')).body).toEqual(profile)
    expect((await send('PUT', '/users/ann/profile', {})).body).toEqual({})
  })

  it.each(['[]', 'null', '"x"', '{', ''])('is never %j', async body => {
    await send('POST', '/users', ann)
    expect((await send('PUT', '/users/ann/profile', body)).status).toBe(400)
    expect((await send('PUT', '/users/nobody/profile', {})).status).toBe(404)
  })
})

describe('limits', () => {
  it('of registration count for one address; the back office has none', async () => {
    const register = (address: string) => send('POST', '/users/register', '{}', { 'x-envoy-external-address': address })
    const statuses: number[] = []
    for (let tries = 0; tries <= limits.registration.limit; tries++)
      statuses.push((await register('203.0.113.7')).status)
    expect(statuses).toEqual([...Array(limits.registration.limit).fill(400), 429])
    expect((await register('203.0.113.8')).status).toBe(400)
    expect((await send('POST', '/users', '{}', { 'x-envoy-external-address': '203.0.113.7' })).status).toBe(400)
  })

  it('of resets say when they end', async () => {
    let answer = await send('POST', '/users/nobody/password-reset', '{}')
    for (let tries = 0; tries < limits.reset.limit; tries++)
      answer = await send('POST', '/users/nobody/password-reset', '{}')
    expect(answer.status).toBe(429)
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(limits.reset.windowMs / 1_000)
  })
})

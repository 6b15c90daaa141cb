import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AssetSystem, openAssetSystem } from './assets-under-test.ts'

const password = 'correct horse'
let system: AssetSystem
beforeAll(async () => {
  system = await openAssetSystem()
})
afterAll(() => system?.close())

interface Asked {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}
async function ask(service: string, path: string, { method = 'GET', body, headers = {} }: Asked = {}) {
  const given = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`${system.urls[service]}${path}`, { method, headers, ...(body ? { body: given } : {}) })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
}
const post = (service: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  ask(service, path, { method: 'POST', body, ...(headers ? { headers } : {}) })

async function userWith(id: string): Promise<void> {
  expect((await post('user-management-ms', '/users', { id, email: `${id}@example.com`, password })).status).toBe(201)
  await system.settled()
}
const logIn = (userId: string, secret = password) => post('authentication-ms', '/login', { userId, password: secret })
const tokenOf = async (userId: string) => ({ authorization: `Bearer ${(await logIn(userId)).body.token}` })
const isValid = async (headers: Record<string, string>) =>
  (await ask('authentication-ms', '/verify', { headers })).status === 200

describe('a user', () => {
  it('never shows what the password was kept as', async () => {
    await userWith('ann')
    const shown = [await ask('user-management-ms', '/users/ann'), await ask('user-management-ms', '/users')]
    expect(JSON.stringify(shown)).toContain('ann@example.com')
    expect(JSON.stringify(shown)).not.toMatch(/scrypt|credential/)
  })

  it.each([
    ['of the same id', { id: 'ann', email: 'else@example.com', password }, 409],
    ['with the same address, written otherwise', { id: 'ann2', email: ' ANN@Example.com ', password }, 409],
    ['without an address', { id: 'x', password }, 400],
    ['with no address at all', { id: 'x', email: 'a b@c', password }, 400],
    ['with a short password', { id: 'x', email: 'x@example.com', password: 'short' }, 400],
    ['with an id that is a path', { id: '../x', email: 'x@example.com', password }, 400],
    ['that is a list', [1], 400],
    ['that is no JSON', '{', 400],
    ['that is too large', { id: 'x', email: 'x@example.com', password, profile: { text: 'x'.repeat(70_000) } }, 413],
  ])('%s is refused', async (_, body, status) => {
    const answer = await post('user-management-ms', '/users', body)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ error: expect.any(String) })
  })

  it('is known to the statistics', async () => {
    const month = new Date().toISOString().slice(0, 7)
    expect((await ask('stats', `/stats/users-added?month=${month}`)).body.count).toBeGreaterThan(0)
    expect((await ask('stats', '/stats/users-added?month=2026-13')).status).toBe(400)
  })
})

describe('a session', () => {
  it('ends with logging out, and only that one', async () => {
    await userWith('two')
    const [one, other] = [await tokenOf('two'), await tokenOf('two')]
    expect((await post('authentication-ms', '/logout', undefined, one)).status).toBe(204)
    expect([await isValid(one), await isValid(other)]).toEqual([false, true])
  })

  it('ends with its user', async () => {
    await userWith('short-lived')
    const token = await tokenOf('short-lived')
    await ask('user-management-ms', '/users/short-lived', { method: 'DELETE' })
    await system.settled()
    expect(await isValid(token)).toBe(false)
    expect((await logIn('short-lived')).status).toBe(401)
  })

  it('still counts after the keys were replaced', async () => {
    await userWith('keys')
    const token = await tokenOf('keys')
    await post('authentication-ms', '/rotate', {}, event('rotate'))
    expect(await isValid(token)).toBe(true)
    const { keys } = (await ask('authentication-ms', '/.well-known/jwks.json')).body
    expect(keys.length).toBeGreaterThanOrEqual(2)
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })

  it.each([
    ['no name', { password }],
    ['no password', { userId: 'ann' }],
    ['a password that is no text', { userId: 'ann', password: { $ne: '' } }],
    ['a name that is no text', { userId: { $ne: '' }, password }],
    ['a name longer than any', { userId: 'x'.repeat(400), password }],
    ['a name that is somewhere in the store', { userId: '__proto__', password }],
  ])('does not begin with %s', async (_, body) => {
    const { status, headers } = await post('authentication-ms', '/login', body)
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })
})

describe('a new password', () => {
  it('needs the present one, and ends every session', async () => {
    await userWith('careful')
    const token = await tokenOf('careful')
    const reset = (currentPassword: string) =>
      post('user-management-ms', '/users/careful/password-reset', { newPassword: 'battery staple', currentPassword })
    expect((await reset('a wrong one')).status).toBe(403)
    expect(await isValid(token)).toBe(true)
    expect((await reset(password)).status).toBe(202)
    await system.settled()
    expect(await isValid(token)).toBe(false)
    expect([(await logIn('careful')).status, (await logIn('careful', 'battery staple')).status]).toEqual([401, 200])
  })

  it('is not given for a token that was guessed, nor told apart for who is not there', async () => {
    const guess = { newPassword: 'battery staple', resetToken: crypto.randomUUID() }
    const known = await post('user-management-ms', '/users/ann/password-reset', guess)
    const unknown = await post('user-management-ms', '/users/nobody/password-reset', guess)
    expect([known.status, known.body]).toEqual([403, unknown.body])
    expect(unknown.status).toBe(403)
    const asks = ['ann', 'nobody'].map(id => post('user-management-ms', `/users/${id}/password-reset`))
    expect((await Promise.all(asks)).map(({ status }) => status)).toEqual([202, 202])
  })

  it('is asked for so often and no more', async () => {
    await userWith('pestered')
    const statuses: number[] = []
    for (let tries = 0; tries < 6; tries++) {
      statuses.push((await post('user-management-ms', '/users/pestered/password-reset')).status)
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
  })
})

describe('registration', () => {
  const register = (headers: Record<string, string>) =>
    post('asset-dashboard-bff', '/register', { email: 'no address', password }, headers)

  it('is limited by the address the gateway tells, whatever the stranger says of itself', async () => {
    const statuses: number[] = []
    for (let tries = 0; tries < 21; tries++) {
      const said = { 'x-forwarded-for': `10.0.0.${tries}`, 'x-envoy-external-address': '203.0.113.7' }
      statuses.push((await register(said)).status)
    }
    expect(statuses).toEqual([...Array(20).fill(400), 429])
    expect((await register({ 'x-envoy-external-address': '203.0.113.8' })).status).toBe(400)
  })
})

describe('the assets of a user', () => {
  const ownerOf = async (id: string) => (await ask('asset-mgr-ms', `/assets/${id}`)).body.owner

  it('are released with the user, and come back with them unless somebody else has them by now', async () => {
    await userWith('owner')
    for (const id of ['stays', 'taken']) await post('asset-mgr-ms', '/assets', { id, owner: 'owner' })
    await ask('user-management-ms', '/users/owner', { method: 'DELETE' })
    await system.settled()
    expect([await ownerOf('stays'), await ownerOf('taken')]).toEqual([null, null])
    await ask('asset-mgr-ms', '/assets/taken', { method: 'PUT', body: { owner: 'ann' } })
    const failed = { id: 'owner', recordVersion: 2 }
    await post('user-management-ms', '/deletion-failed', failed, event('user.deleted'))
    await system.settled()
    expect([await ownerOf('stays'), await ownerOf('taken')]).toEqual(['owner', 'ann'])
  })

  it.each([
    ['a field that is none', { colour: 'red' }, 'colour'],
    ['a number as text', { temperature: '40' }, 'temperature'],
    ['a fraction where a whole number is needed', { pressure: 1.5 }, 'pressure'],
    ['a rating of its own', { riskRating: 0 }, 'riskRating'],
  ])('are not made with %s', async (_, fields, named) => {
    const { status, body } = await post('asset-mgr-ms', '/assets', { id: 'wrong', ...fields })
    expect([status, body.error]).toEqual([400, expect.stringContaining(named)])
  })

  it('are hidden from whoever shows a token that was revoked', async () => {
    await userWith('gone')
    const headers = await tokenOf('gone')
    expect((await ask('asset-mgr-ms', '/assets', { headers })).status).toBe(200)
    await post('authentication-ms', '/logout', undefined, headers)
    for (const service of ['asset-mgr-ms', 'asset-dashboard-bff']) {
      expect((await ask(service, '/assets', { headers })).status).toBe(401)
    }
    expect((await ask('asset-dashboard-bff', '/assets/stream', { headers })).status).toBe(401)
  })
})

describe('what machines measure', () => {
  it('makes an asset that nobody has entered, and is taken once however often it comes', async () => {
    const metric = { assetId: 'new-one', temperature: 90, unheard: 'of' }
    for (let times = 0; times < 3; times++) {
      expect((await post('asset-consumer', '/', metric, event('asset.metric'))).status).toBe(200)
    }
    await system.settled()
    expect((await ask('asset-mgr-ms', '/assets/new-one')).body).toMatchObject({ temperature: 90, riskRating: 18 })
  })

  it.each([
    ['names no asset', { temperature: 1 }],
    ['cannot be', { assetId: 'new-one', temperature: 1.5 }],
  ])('is refused for good when it %s', async (_, metric) => {
    expect((await post('asset-consumer', '/', metric, event('asset.metric'))).status).toBe(400)
  })
})

describe('who may do what', () => {
  const allowed = async (user: string, app: string, action: string) =>
    (await ask('app-authorization-ms', `/authorize?user=${user}&app=${app}&action=${action}`)).body.allowed

  it('is what the configuration says, and nothing without one', async () => {
    const permissions = [
      { action: 'read', users: ['*'] },
      { action: '*', users: ['root'] },
    ]
    await post('config-management-ms', '/applications', { id: 'dash', permissions })
    await system.settled()
    expect(await Promise.all([allowed('eve', 'dash', 'read'), allowed('eve', 'dash', 'write')])).toEqual([true, false])
    expect(await Promise.all([allowed('root', 'dash', 'write'), allowed('root', 'none', 'read')])).toEqual([
      true,
      false,
    ])
    expect(await Promise.all([allowed('', 'dash', 'read'), allowed('root', 'dash', '')])).toEqual([false, false])
  })

  it.each([[{ permissions: {} }], [{ permissions: [{ action: 'read' }] }], [{ name: 1 }]])(
    'is not said by %j',
    async config => {
      expect((await post('config-management-ms', '/applications', { id: 'bad', ...config })).status).toBe(400)
    },
  )
})

function event(type: string): Record<string, string> {
  const id = `test-${type}`
  const attributes = { 'ce-id': id, 'ce-type': type, 'ce-source': 'test', 'ce-specversion': '1.0' }
  return { ...attributes, 'content-type': 'application/json' }
}

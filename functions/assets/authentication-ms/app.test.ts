import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['authentication-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const password = 'correct horse'
const post = (path: string, body?: unknown, headers = {}) =>
  system.send('authentication-ms', 'POST', path, body, headers)
const kept = async (userId = 'ann', secret = password) =>
  String((await post('/credentials', { userId, password: secret })).body.id)
const tell = (credentialId: string, { id = 'ann', recordVersion = 1, type = 'user.created' } = {}) =>
  system.deliver('authentication-ms', '/events', {
    type,
    data: { id, recordVersion, email: `${id}@example.com`, credentialId },
  })
const logIn = async (name: object, secret: unknown = password) =>
  (await post('/login', { ...name, password: secret })).status
const isValid = async (token: unknown) =>
  (await system.send('authentication-ms', 'GET', '/verify', undefined, { authorization: `Bearer ${token}` })).status ===
  200

describe('a login', () => {
  it('is by id, by address in whatever letters, or by either as username', async () => {
    await tell(await kept())
    const names = [
      { userId: 'ann' },
      { email: 'ANN@Example.com' },
      { username: 'ann' },
      { username: 'ann@example.com' },
    ]
    expect(await Promise.all(names.map(name => logIn(name)))).toEqual([200, 200, 200, 200])
  })

  it.each([
    ['a blank more', 'correct horse '],
    ['other letters', 'Correct horse'],
    ['nothing', ''],
    ['a number', 7],
    ['an object', { $gt: '' }],
    ['null', null],
  ])('is refused with %s', async (_, secret) => {
    await tell(await kept())
    expect(await logIn({ userId: 'ann' }, secret)).toBe(401)
  })

  it('needs both the credential and the user that is told with it', async () => {
    const id = await kept()
    expect(await logIn({ userId: 'ann' })).toBe(401)
    await tell('another credential')
    expect(await logIn({ userId: 'ann' })).toBe(401)
    await tell(id, { recordVersion: 2, type: 'user.updated' })
    expect(await logIn({ userId: 'ann' })).toBe(200)
    await tell(id, { recordVersion: 3, type: 'user.deleted' })
    expect(await logIn({ userId: 'ann' })).toBe(401)
  })

  it('is tried so often for one account, under all of its names together', async () => {
    await tell(await kept())
    const names = [{ userId: 'ann' }, { email: 'ann@example.com' }, { username: 'ANN@example.com' }]
    const statuses: number[] = []
    for (let tries = 0; tries <= limits.login.limit; tries++)
      statuses.push(await logIn(names[tries % 3] ?? {}, 'a wrong one'))
    expect(statuses).toEqual([...Array(limits.login.limit).fill(401), 429])
    expect(await logIn({ userId: 'ann' })).toBe(429)
    expect(await logIn({ userId: 'bob' })).toBe(401)
  })

  it('tells nobody whether it was the name or the password', async () => {
    await tell(await kept())
    const [wrongPassword, nobody] = [
      await post('/login', { userId: 'ann', password: 'a wrong one' }),
      await post('/login', { userId: 'bob', password: 'a wrong one' }),
    ]
    expect([wrongPassword.status, wrongPassword.body]).toEqual([nobody.status, nobody.body])
  })
})

describe('a credential', () => {
  it('is given no more than an id for, and the answer to a check', async () => {
    const { status, body } = await post('/credentials', { userId: 'ann', password })
    expect([status, Object.keys(body)]).toEqual([201, ['id']])
    expect((await post(`/credentials/${body.id}/check`, { password })).body).toEqual({ right: true })
    expect((await post(`/credentials/${body.id}/check`, { password: 'a wrong one' })).body).toEqual({ right: false })
    for (const path of [`/credentials/${body.id}`, '/credentials']) {
      expect((await system.send('authentication-ms', 'GET', path)).status).toBe(404)
    }
  })

  it('is another one each time: nobody puts one in the place of another', async () => {
    const [one, other] = [await kept(), await kept('ann', 'battery staple')]
    expect(one).not.toBe(other)
    await tell(one)
    expect([await logIn({ userId: 'ann' }), await logIn({ userId: 'ann' }, 'battery staple')]).toEqual([200, 401])
  })

  it.each([
    ['no user', { password }],
    ['a user that is a path', { userId: '../x', password }],
    ['a user that is null', { userId: null, password }],
    ['no password', { userId: 'ann' }],
    ['a short password', { userId: 'ann', password: 'short' }],
    ['a list', []],
    ['no JSON', `{"password":"${password}`],
  ])('is not made of %s, and the refusal repeats nothing', async (_, body) => {
    const answer = await post('/credentials', body)
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body) + system.logged.join()).not.toMatch(/correct|short/)
  })

  it.each([{}, { password: 7 }, { password: null }])('is not proved by %j', async body => {
    expect((await post(`/credentials/${await kept()}/check`, body)).body).toEqual({ right: false })
  })

  it('is not there under another id, nor to be guessed at without end', async () => {
    const answers = []
    for (let tries = 0; tries <= limits.login.limit; tries++)
      answers.push(await post('/credentials/none/check', { password }))
    expect(answers.map(({ status }) => status)).toEqual([...Array(limits.login.limit).fill(200), 429])
    expect(answers[0]?.body).toEqual({ right: false })
  })
})

describe('a session', () => {
  it('begun with the old password while the new one was on its way ends when that arrives', async () => {
    const [old, fresh] = [await kept(), await kept('ann', 'battery staple')]
    await tell(old)
    const { token } = (await post('/login', { userId: 'ann', password })).body
    expect(await isValid(token)).toBe(true)
    await tell(fresh, { recordVersion: 2, type: 'user.updated' })
    expect(await isValid(token)).toBe(false)
    const later = (await post('/login', { userId: 'ann', password: 'battery staple' })).body.token
    expect(await isValid(later)).toBe(true)
  })

  it('is not touched by another change of its user, nor by an older fact that comes late', async () => {
    const [old, fresh] = [await kept('ann', 'battery staple'), await kept()]
    await tell(fresh, { recordVersion: 5 })
    const { token } = (await post('/login', { userId: 'ann', password })).body
    await tell(fresh, { recordVersion: 6, type: 'user.updated' })
    await tell(old, { recordVersion: 4, type: 'user.updated' })
    expect(await isValid(token)).toBe(true)
  })

  it.each(['', 'Bearer', 'x', 'a.b.c', `${'a'.repeat(5_000)}.b.c`, '..', 'null'])('is not in "%s"', async token => {
    expect(await isValid(token)).toBe(false)
    expect((await post('/logout', undefined, { authorization: `Bearer ${token}` })).status).toBe(204)
  })

  it('shows who it is and until when, and nothing of the credential', async () => {
    await tell(await kept())
    const { token } = (await post('/login', { userId: 'ann', password })).body
    const { body } = await system.send('authentication-ms', 'GET', '/verify', undefined, {
      authorization: `bearer ${token}`,
    })
    expect(body).toEqual({ userId: 'ann', expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) })
  })
})

it('the nightly look at credentials leaves who can log in', async () => {
  await tell(await kept())
  expect((await system.deliver('authentication-ms', '/sweep', { type: 'ping', data: {} })).status).toBe(200)
  expect(await logIn({ userId: 'ann' })).toBe(200)
})

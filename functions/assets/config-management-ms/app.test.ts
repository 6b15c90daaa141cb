import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['config-management-ms', 'app-authorization-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const send = (method: string, path: string, body?: unknown) => system.send('config-management-ms', method, path, body)
const allowed = async (query: Record<string, string>) =>
  (await system.send('app-authorization-ms', 'GET', `/authorize?${new URLSearchParams(query)}`)).body.allowed
/** Hands on what was told, as the broker would. */
async function handOn(): Promise<void> {
  for (const { type, id, data } of system.told.splice(0)) {
    expect((await system.deliver('app-authorization-ms', '/events', { type, id, data })).status).toBe(200)
  }
}
const permissions = [{ action: 'read', users: ['ann', 'Zoë 🐴'] }]

describe('the configuration of an application', () => {
  it('is made, read, changed and removed, and each is told with all that is in it', async () => {
    const made = { id: 'dash', recordVersion: 1, name: '', permissions }
    expect(await send('POST', '/applications', { id: 'dash', permissions })).toMatchObject({ status: 201, body: made })
    expect((await send('GET', '/applications/dash')).body).toEqual(made)
    expect((await send('PUT', '/applications/dash', { name: 'Tafel' })).body).toMatchObject({
      name: 'Tafel',
      permissions: [],
    })
    expect((await send('GET', '/applications')).body).toHaveLength(1)
    expect((await send('DELETE', '/applications/dash')).status).toBe(204)
    expect((await send('GET', '/applications')).body).toEqual([])
    expect(system.told.map(({ type, data }) => [type, data])).toEqual([
      ['appconfig.created', made],
      ['appconfig.updated', { ...made, recordVersion: 2, name: 'Tafel', permissions: [] }],
      ['appconfig.deleted', { ...made, recordVersion: 3, name: 'Tafel', permissions: [] }],
    ])
  })

  it.each(['GET', 'PUT', 'DELETE'])('that nobody made is not there: %s', async method => {
    const { status, body } = await send(method, '/applications/none', method === 'PUT' ? {} : undefined)
    expect([status, body]).toEqual([404, { error: 'there is no such application' }])
  })

  it('is made once, even at once, and never under the name of one that ended', async () => {
    const statuses = (await Promise.all([1, 2, 3].map(() => send('POST', '/applications', { id: 'a' })))).map(
      ({ status }) => status,
    )
    expect(statuses.toSorted()).toEqual([201, 409, 409])
    await send('DELETE', '/applications/a')
    expect((await send('POST', '/applications', { id: 'a' })).status).toBe(409)
  })

  it.each([
    ['no JSON', '{"id":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a name that is a number', { name: 1 }],
    ['a name that is null', { name: null }],
    ['permissions that are none', { permissions: {} }],
    ['a permission that is null', { permissions: [null] }],
    ['a permission for nobody in particular', { permissions: [{ action: 'read' }] }],
    ['a permission for what', { permissions: [{ users: ['*'] }] }],
    ['users that are numbers', { permissions: [{ action: 'read', users: [1] }] }],
    ['an id that is a path', { id: '../../etc' }],
    ['an id that is empty', { id: '' }],
    ['an id that is too long', { id: 'x'.repeat(65) }],
    ['an id that no header can carry', { id: 'Zoë' }],
  ])('is not %s', async (_, body) => {
    const answer = await send('POST', '/applications', body)
    expect([answer.status, answer.body]).toEqual([400, { error: expect.any(String) }])
    expect(system.told).toEqual([])
  })

  it('has at most 64 KiB, and a body beyond a megabyte is not even read', async () => {
    expect((await send('POST', '/applications', { name: 'ü'.repeat(33_000) })).status).toBe(413)
    expect((await send('POST', '/applications', { name: 'x'.repeat(1_100_000) })).status).toBe(413)
  })

  it('is told by the sweep when it could not be told at once', async () => {
    system.away.add('broker')
    expect((await send('POST', '/applications', { id: 'dash' })).status).toBe(503)
    system.away.clear()
    for (let times = 0; times < 2; times++)
      await system.deliver('config-management-ms', '/sweep', { type: 'ping', data: {} })
    expect(system.told.map(({ id }) => id)).toEqual(['appconfig:dash:1'])
  })
})

describe('what it allows', () => {
  it.each([
    [{ user: 'ann', app: 'dash', action: 'read' }, true],
    [{ user: 'Zoë 🐴', app: 'dash', action: 'read' }, true],
    [{ user: 'ANN', app: 'dash', action: 'read' }, false],
    [{ user: 'ann', app: 'dash', action: 'write' }, false],
    [{ user: 'ann', app: 'other', action: 'read' }, false],
    [{ user: '*', app: 'dash', action: 'read' }, false],
    [{ user: 'ann', app: '__proto__', action: 'read' }, false],
    [{ user: 'ann', app: 'dash' }, false],
    [{}, false],
    [{ user: 'eve', app: 'open', action: 'anything' }, true],
    [{ user: '', app: 'open', action: 'read' }, false],
    [{ user: 'eve', app: 'open', action: '' }, false],
  ])('%j: %j', async (query: Record<string, string>, answer) => {
    await send('POST', '/applications', { id: 'dash', permissions })
    await send('POST', '/applications', { id: 'open', permissions: [{ action: '*', users: ['*'] }] })
    await handOn()
    expect(await allowed(query)).toBe(answer)
  })

  it('is what was told last, in whatever order that comes, and nothing when it ended', async () => {
    const query = { user: 'ann', app: 'dash', action: 'read' }
    await send('POST', '/applications', { id: 'dash', permissions })
    await send('PUT', '/applications/dash', { permissions: [] })
    system.told.reverse()
    await handOn()
    expect(await allowed(query)).toBe(false)
    await send('PUT', '/applications/dash', { permissions })
    await handOn()
    expect(await allowed(query)).toBe(true)
    await send('DELETE', '/applications/dash')
    await handOn()
    expect(await allowed(query)).toBe(false)
  })

  it('is not changed by what is no fact', async () => {
    for (const data of ['{', {}, { id: 'dash' }, [], null, 'text']) {
      expect(
        (await system.deliver('app-authorization-ms', '/events', { type: 'appconfig.created', data })).status,
      ).toBe(400)
    }
    expect(await allowed({ user: 'ann', app: 'dash', action: 'read' })).toBe(false)
  })
})

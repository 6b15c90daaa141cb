import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['asset-mgr-ms', 'risk-assess-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const send = (method: string, path: string, body?: unknown) => system.send('asset-mgr-ms', method, path, body)
const ownerOf = async (id: string) => (await send('GET', `/assets/${id}`)).body.owner
const user = (type: string, id = 'ann') =>
  system.deliver('asset-mgr-ms', '/events', { type, data: { id, recordVersion: 1 } })

describe('an asset', () => {
  it('is shown with what is known of it, and nothing of how it is kept', async () => {
    const given = { type: 'Pumpe „β“', version: 'v.12', pressure: 100, current: 1.5, owner: 'ann' }
    const { status, body } = await send('POST', '/assets', { id: '0001', ...given })
    const creationDate = expect.stringMatching(/^\d{4}-.*Z$/)
    expect([status, body]).toEqual([201, { id: '0001', recordVersion: 1, riskRating: -1, creationDate, ...given }])
    expect(system.told).toMatchObject([{ type: 'asset.created', subject: '0001', data: body }])
  })

  it('gets an id of its own when none is given', async () => {
    const ids = await Promise.all([1, 2].map(async () => (await send('POST', '/assets', {})).body.id))
    expect(new Set(ids).size).toBe(2)
  })

  it.each([
    ['a fraction of a turn', { rotation: 0.5 }, 'rotation: a whole number'],
    ['more than can be counted', { flowRate: 2 ** 53 }, 'flowRate: a whole number'],
    ['no number', { temperature: null }, 'temperature: a whole number'],
    ['text for a number', { current: '1' }, 'current: a number'],
    ['more than a number can be', '{"current":1e999}', 'current: a number'],
    ['a version that is a number', { version: 1 }, 'version: text'],
    ['an owner that is a list', { owner: [] }, 'owner: text'],
    ['a field of the store', { pending: '' }, 'pending: not a field of an asset'],
    ['a field of the prototype', '{"__proto__":{"owner":"eve"}}', '__proto__: not a field of an asset'],
  ])('is not made with %s, nor changed to it', async (_, fields, message) => {
    await send('POST', '/assets', { id: 'a', pressure: 1 })
    for (const [method, path] of [
      ['POST', '/assets'],
      ['PUT', '/assets/a'],
    ] as const) {
      expect(await send(method, path, fields)).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining(message) },
      })
    }
    expect(system.told).toHaveLength(1)
  })

  it.each([-40, 0, -(2 ** 53) + 1])('may be %i degrees', async temperature => {
    await send('POST', '/assets', { id: 'a', temperature })
    expect((await send('GET', '/assets/a')).body.temperature).toBe(temperature)
  })

  it('changed by many at once has all their changes, counted', async () => {
    await send('POST', '/assets', { id: 'a' })
    const fields = ['rotation', 'pressure', 'flowRate', 'temperature', 'current']
    await Promise.all(fields.map((field, index) => send('PUT', '/assets/a', { [field]: index })))
    expect((await send('GET', '/assets/a')).body).toMatchObject({
      ...{ rotation: 0, pressure: 1, flowRate: 2, temperature: 3, current: 4, recordVersion: 6 },
    })
    expect(new Set(system.told.map(({ id }) => id)).size).toBe(6)
  })

  it.each([
    ['?owner=ann', 1],
    ['?owner=', 3],
    ['?owner=%F0%9F%90%B4', 1],
    ['?owner=nobody', 0],
    ['', 3],
  ])('is listed: %s', async (query, count) => {
    for (const owner of ['ann', '🐴', null]) await send('POST', '/assets', { owner })
    expect((await send('GET', `/assets${query}`)).body).toHaveLength(count)
  })
})

describe('the assets of a user who ends', () => {
  it('are all released, however many, and come back when that was undone', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => `a${index}`)
    for (const id of ids) await send('POST', '/assets', { id, owner: 'ann' })
    await send('POST', '/assets', { id: 'other', owner: 'eve' })
    expect((await user('user.deleted')).status).toBe(200)
    expect((await send('GET', '/assets?owner=ann')).body).toEqual([])
    expect(await ownerOf('other')).toBe('eve')
    expect((await user('user.updated')).status).toBe(200)
    expect((await send('GET', '/assets?owner=ann')).body).toHaveLength(230)
  })

  it('that somebody else took are theirs, now and later', async () => {
    for (const id of ['stays', 'taken']) await send('POST', '/assets', { id, owner: 'ann' })
    await user('user.deleted')
    await send('PUT', '/assets/taken', { owner: 'eve' })
    for (let times = 0; times < 2; times++) await user('user.updated')
    expect(await ownerOf('taken')).toBe('eve')
    await send('PUT', '/assets/taken', { owner: null })
    await user('user.updated')
    expect([await ownerOf('stays'), await ownerOf('taken')]).toEqual(['ann', null])
  })

  it('are told once each, however often the end is', async () => {
    await send('POST', '/assets', { id: 'a', owner: 'ann' })
    for (let times = 0; times < 3; times++) await user('user.deleted')
    expect(system.told.map(({ id }) => id)).toEqual(['asset:a:1', 'asset:a:2'])
  })

  it('are released by the next delivery when the telling failed', async () => {
    for (const id of ['a', 'b', 'c']) await send('POST', '/assets', { id, owner: 'ann' })
    system.away.add('broker')
    expect((await user('user.deleted')).status).toBe(503)
    system.away.clear()
    expect((await user('user.deleted')).status).toBe(200)
    await system.deliver('asset-mgr-ms', '/sweep', { type: 'ping', data: {} })
    expect(await Promise.all(['a', 'b', 'c'].map(ownerOf))).toEqual([null, null, null])
    const released = system.told.filter(({ type }) => type === 'asset.updated')
    expect(new Set(released.map(({ subject }) => subject))).toEqual(new Set(['a', 'b', 'c']))
  })
})

describe('the risk of an asset', () => {
  const assessed = (riskRating: unknown) =>
    system.deliver('asset-mgr-ms', '/risk', {
      type: 'asset.riskupdated',
      data: { id: 'a', recordVersion: 1, riskRating },
    })

  it('becomes part of it, and is told when it is another', async () => {
    await send('POST', '/assets', { id: 'a' })
    for (const rating of [40, 40, 41]) expect((await assessed(rating)).status).toBe(200)
    expect((await send('GET', '/assets/a')).body.riskRating).toBe(41)
    expect(system.told.map(({ type }) => type)).toEqual(['asset.created', 'asset.updated', 'asset.updated'])
  })

  it.each(['40', null, undefined, [40]])('is never %j', async rating => {
    await send('POST', '/assets', { id: 'a' })
    expect((await assessed(rating)).status).toBe(400)
    expect((await send('GET', '/assets/a')).body.riskRating).toBe(-1)
  })

  it('is asked of who assesses, whatever the asset is called; 503 while that is away', async () => {
    expect((await send('GET', '/assets/a%2Fb%3F/risk')).body).toEqual({ assetId: 'a/b?', riskRating: -1 })
    system.away.add('risk-assess-ms')
    expect((await send('GET', '/assets/a/risk')).status).toBe(503)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['asset-consumer', 'asset-mgr-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const measured = async (data: unknown) =>
  (await system.deliver('asset-consumer', '/', { type: 'asset.metric', data })).status
const asset = async (id: string) => (await system.send('asset-mgr-ms', 'GET', `/assets/${id}`)).body

describe('what a machine measures', () => {
  it('is told to the manager: numbers that are known, and nothing else', async () => {
    const metric = {
      assetId: 'a',
      temperature: -3,
      current: 0.5,
      pressure: '7',
      flowRate: null,
      owner: 'eve',
      timeStamp: 1,
    }
    expect(await measured(metric)).toBe(200)
    const { temperature, current, pressure, flowRate, owner } = await asset('a')
    expect({ temperature, current, pressure, flowRate, owner }).toEqual({ temperature: -3, current: 0.5, owner: null })
  })

  it('changes an asset that is there, and leaves the rest of it', async () => {
    await system.send('asset-mgr-ms', 'POST', '/assets', { id: 'a', type: 'pump', pressure: 1 })
    await measured({ assetId: 'a', temperature: 60 })
    expect(await asset('a')).toMatchObject({ type: 'pump', pressure: 1, temperature: 60 })
  })

  it('by many at once makes the asset once', async () => {
    const statuses = await Promise.all(Array.from({ length: 10 }, () => measured({ assetId: 'new', rotation: 5 })))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(system.told.filter(({ type }) => type === 'asset.created')).toHaveLength(1)
  })

  it('of an asset that ended does not bring it back', async () => {
    await measured({ assetId: 'a', temperature: 1 })
    await system.send('asset-mgr-ms', 'DELETE', '/assets/a')
    expect(await measured({ assetId: 'a', temperature: 2 })).toBe(200)
    expect((await system.send('asset-mgr-ms', 'GET', '/assets/a')).status).toBe(404)
  })

  it.each([
    ['no asset', { temperature: 1 }],
    ['an asset that is a number', { assetId: 7 }],
    ['an asset that cannot be', { assetId: 'ä/🐴' }],
    ['nothing', null],
    ['a text', 'hot'],
    ['half a turn', { assetId: 'a', rotation: 0.5 }],
    ['more than can be counted', { assetId: 'a', temperature: 1e300 }],
  ])('is refused for good when it is of %s', async (_, data) => {
    expect(await measured(data)).toBe(400)
    expect(system.told).toEqual([])
  })

  it('is tried again while the manager, or its broker, is away', async () => {
    for (const name of ['asset-mgr-ms', 'broker']) {
      system.away.add(name)
      expect(await measured({ assetId: 'a', temperature: 1 })).toBe(503)
      system.away.clear()
    }
    expect(await measured({ assetId: 'a', temperature: 1 })).toBe(200)
  })
})

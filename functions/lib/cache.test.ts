import { beforeEach, describe, expect, it } from 'vitest'
import { cacheOf } from './cache.ts'
import { cacheSuite } from './cache-suite.ts'
import { openStoreCache } from './store-cache.ts'
import { temporaryStores } from './temporary-store.ts'

const { fileOf, openStore } = temporaryStores()

cacheSuite('SQLite', async () => openStoreCache(await openStore()))

describe('a cache over a store', () => {
  let now = 0
  beforeEach(() => {
    now = 1_000_000
  })

  it('ends values and windows at their time, to the millisecond', async () => {
    const cache = openStoreCache(await openStore(), () => now)
    await cache.set('value', 1, 1_000)
    const limit = { limit: 1, windowMs: 1_000 }
    expect(await cache.hit('uses', limit)).toEqual({ allowed: true, remaining: 0, endsInMs: 1_000 })
    now += 999
    expect(await cache.get('value')).toBe(1)
    expect(await cache.hit('uses', limit)).toEqual({ allowed: false, remaining: 0, endsInMs: 1 })
    now += 1
    expect(await cache.get('value')).toBeUndefined()
    expect(await cache.hit('uses', limit)).toEqual({ allowed: true, remaining: 0, endsInMs: 1_000 })
  })

  it('does not keep what has ended', async () => {
    const store = await openStore()
    const cache = openStoreCache(store, () => now)
    for (let at = 0; at < 20; at++) {
      await cache.set(`value ${at}`, at, 1_000)
      await cache.hit(`uses ${at}`, { limit: 1, windowMs: 1_000 })
    }
    now += 61_000
    await cache.set('value', 1, 1_000)
    expect([await store.count('cache-values'), await store.count('cache-uses')]).toEqual([1, 0])
  })
})

describe('the choice of a cache', () => {
  it('instances on one STORE_PATH share it', async () => {
    const STORE_PATH = fileOf('chosen.db')
    await (await cacheOf({ STORE_PATH })).set('key', 1, 60_000)
    expect(await (await cacheOf({ STORE_PATH })).get('key')).toBe(1)
  })

  it('a Redis that is not there is told with its address, within seconds, and without its password', async () => {
    const cache = await cacheOf({ REDIS_URL: 'redis://user:secret@127.0.0.1:1' })
    const error: unknown = await cache.get('key').catch(reason => reason)
    expect(String(error)).toMatch(/Redis at 127.0.0.1:1 did not carry it out: .*ECONNREFUSED/)
    expect(String(error)).not.toMatch(/secret/)
    await cache.close()
  })
})

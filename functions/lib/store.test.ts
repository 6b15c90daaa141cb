import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from './sqlite-store.ts'
import { change, type Document, StoreUnavailable } from './store.ts'
import { storeSuite } from './store-suite.ts'
import { requireStore, storeOf } from './stores.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

storeSuite('SQLite', () => openSqliteStore(join(folder, 'store.db')))

describe('the choice of a store', () => {
  it('SQLite at STORE_PATH lasts beyond the instance', async () => {
    const STORE_PATH = join(folder, 'x.db')
    await (await storeOf({ STORE_PATH }))?.insert('things', { _id: '1' })
    expect(await (await storeOf({ STORE_PATH }))?.get('things', '1')).toEqual({ _id: '1' })
  })

  it('on a cluster without a lasting place, it refuses and says what to set', () => {
    expect(() => requireStore({ KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toThrow(/MONGODB_URI, or STORE_PATH/)
    expect(() => requireStore({ KUBERNETES_SERVICE_HOST: '10.0.0.1', STORE_PATH: '/data/x.db' })).not.toThrow()
    expect(() => requireStore({})).not.toThrow()
  })

  it('takes MongoDB at its address, on a cluster too, and tells an address that is none', () => {
    expect(() => requireStore({ KUBERNETES_SERVICE_HOST: '10.0.0.1', MONGODB_URI: 'mongodb://db/x' })).not.toThrow()
    expect(() => requireStore({ MONGODB_URI: 'db:27017' })).toThrow(/should look like mongodb:/)
  })

  it('a MongoDB that is not there is told with its address, within seconds, and without its password', async () => {
    const store = await storeOf({ MONGODB_URI: 'mongodb://user:secret@127.0.0.1:1/x' })
    const error: unknown = await store?.get('things', '1').catch(reason => reason)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).toMatch(/MongoDB at 127.0.0.1:1 did not carry it out: .*ECONNREFUSED/)
    expect(String(error)).not.toMatch(/secret/)
    await store?.close()
  })

  it('a disk that refuses is told with the file', async () => {
    const error: unknown = await storeOf({ STORE_PATH: '/proc/none/x.db' })?.catch(reason => reason)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).toMatch(/the SQLite file \/proc\/none\/x.db cannot be used/)
  })

  it('tries again after a failure to open', async () => {
    const env = { STORE_PATH: join(folder, 'later', 'x.db') }
    await expect(storeOf(env)).rejects.toThrow()
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'later'))
    expect(await (await storeOf(env))?.count('things')).toBe(0)
  })
})

describe('a change by decision', () => {
  it('gives up on a document that others always change first, and says so', async () => {
    const busy = {
      get: async () => ({ _id: '1', version: 1 }),
      update: async () => undefined,
    }
    await expect(change(busy, 'things', '1', () => ({ n: 1 }))).rejects.toThrow(/things\/1 changed 100 times/)
  })

  it('of no document, or that leaves it, gives undefined and writes nothing', async () => {
    const store = await openSqliteStore(':memory:')
    expect(await change(store, 'things', '1', () => ({ n: 1 }))).toBeUndefined()
    await store.insert('things', { _id: '1' })
    expect(await change<Document>(store, 'things', '1', () => undefined)).toBeUndefined()
    expect(await store.get('things', '1')).toEqual({ _id: '1' })
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'
import { requireStore, storeOf } from './stores.ts'

/** Each adapter, opened twice over the same data as two instances of a service would. */
const adapters: [string, (folder: string) => Promise<Store>][] = [
  ['SQLite', folder => openSqliteStore(join(folder, 'store.db'))],
]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe.each(adapters)('a store: %s', (_name, open) => {
  let one: Store
  let other: Store
  beforeEach(async () => {
    one = await open(folder)
    other = await open(folder)
  })
  afterEach(async () => {
    await one.close()
    await other.close()
  })

  it('gives back what was inserted, through another instance too', async () => {
    const document = { _id: '1', text: 'שָׁלוֹם', nested: { list: [1, null, true] } }
    expect(await one.insert('things', document)).toBe(true)
    expect(await other.get('things', '1')).toEqual(document)
  })

  it('inserts a document once: the first one stands', async () => {
    const inserted = await Promise.all([
      one.insert('things', { _id: '1', by: 'one' }),
      other.insert('things', { _id: '1', by: 'other' }),
    ])
    expect(inserted.filter(Boolean)).toHaveLength(1)
    expect(await one.count('things')).toBe(1)
  })

  it('keeps collections apart', async () => {
    await one.insert('things', { _id: '1' })
    expect(await one.get('others', '1')).toBeUndefined()
    expect(await one.insert('others', { _id: '1' })).toBe(true)
    expect([await one.count('things'), await one.count('others'), await one.count('none')]).toEqual([1, 1, 0])
  })

  it('lists the last inserted first, up to the limit', async () => {
    for (const _id of ['b', 'c', 'a']) await one.insert('things', { _id })
    expect((await other.list('things', 10)).map(each => each._id)).toEqual(['a', 'c', 'b'])
    expect((await other.list('things', 2)).map(each => each._id)).toEqual(['a', 'c'])
    expect(await other.list('things', 0)).toEqual([])
  })

  it('updates fields, leaving the others and the id', async () => {
    await one.insert('things', { _id: '1', stays: 1, changes: 1 })
    expect(await other.update('things', '1', { changes: 2, _id: '9' })).toEqual({ _id: '1', stays: 1, changes: 2 })
    expect(await one.get('things', '1')).toEqual({ _id: '1', stays: 1, changes: 2 })
    expect(await one.update('things', 'none', { changes: 2 })).toBeUndefined()
  })

  it('updates on a condition only while it holds: of two racing, one wins', async () => {
    await one.insert('things', { _id: '1', state: 'new' })
    const races = [one, other].map((store, at) =>
      store.update('things', '1', { state: `taken by ${at}` }, { state: 'new' }),
    )
    const won = (await Promise.all(races)).filter(Boolean)
    expect(won).toHaveLength(1)
    expect(await one.get('things', '1')).toEqual(won[0])
  })
})

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

  it('refuses MongoDB as long as it cannot speak it', () => {
    expect(() => requireStore({ MONGODB_URI: 'mongodb://db' })).toThrow(/not supported yet/)
  })

  it('tries again after a failure to open', async () => {
    const env = { STORE_PATH: join(folder, 'later', 'x.db') }
    await expect(storeOf(env)).rejects.toThrow()
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'later'))
    expect(await (await storeOf(env))?.count('things')).toBe(0)
  })
})

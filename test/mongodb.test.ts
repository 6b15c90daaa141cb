// The stores of functions on a real server, which goes away and comes back in the middle.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cacheSuite } from '../functions/lib/cache-suite.ts'
import { openMongodbStore } from '../functions/lib/mongodb-store.ts'
import { change, type Document, type Store, StoreUnavailable } from '../functions/lib/store.ts'
import { openStoreCache } from '../functions/lib/store-cache.ts'
import { storeSuite } from '../functions/lib/store-suite.ts'
import { openStoreTopics } from '../functions/lib/store-topics.ts'
import { take, topicsSuite } from '../functions/lib/topics-suite.ts'
import { findServer, isFound } from './servers/found.ts'
import { type Server, startServer } from './servers/server.ts'
import { canStart, servers } from './servers/servers.ts'

describe.skipIf(!isFound('mongodb'))('on a MongoDB server', () => {
  let server: Pick<Server, 'url' | 'stop'>
  let shared: Store
  beforeAll(async () => {
    server = await findServer('mongodb')
    shared = await openMongodbStore(server.url)
  }, 90_000)
  afterAll(async () => {
    await shared?.close()
    await server?.stop()
  })

  storeSuite('MongoDB', () => openMongodbStore(server.url))
  cacheSuite('MongoDB', async () => openStoreCache(shared))
  topicsSuite('MongoDB', async () => openStoreTopics(shared))
})

describe.skipIf(!canStart('mongodb'))('a MongoDB server that goes away and comes back', () => {
  let server: Server
  let store: Store
  beforeAll(async () => {
    server = await startServer(servers.mongodb.kind)
    store = await openMongodbStore(server.url)
  }, 90_000)
  afterAll(async () => {
    await store?.close()
    await server?.stop()
  })

  it('operations say so within seconds, all of many at once, and work again with what was kept', async () => {
    await store.insert('things', { _id: '1', n: 1 })
    await store.append('events', 'a', 1)
    // The stand-in writes its file at the end of its process.
    await server.kill('SIGTERM')
    const many = await Promise.allSettled(
      Array.from({ length: 500 }, (_, at) => store.insert('things', { _id: `x${at}` })),
    )
    expect(many.filter(each => each.status === 'rejected' && each.reason instanceof StoreUnavailable)).toHaveLength(500)
    await expect(store.get('things', '1')).rejects.toThrow(/MongoDB at 127\.0\.0\.1:\d+ did not carry it out/)
    await server.start()
    expect(await store.get('things', '1')).toEqual({ _id: '1', n: 1 })
    expect(await store.append('events', 'b', 2)).toBe(2)
    expect(await store.count('things')).toBe(1)
  })

  it('counts each confirmed change once when the server is killed among them and they are tried again', async () => {
    await store.insert('things', { _id: 'count', n: 0 })
    const confirmed: string[] = []
    const appendUntilTaken = async (key: string) => {
      for (;;) {
        const taken = await store.append('orders', key, key).catch(() => undefined)
        if (taken !== undefined) return confirmed.push(key)
      }
    }
    const work = Promise.all(Array.from({ length: 40 }, (_, at) => appendUntilTaken(`${at}`)))
    while (confirmed.length < 5) await new Promise(resolve => setTimeout(resolve, 5))
    await server.kill('SIGTERM')
    await server.start()
    await work
    const entries = await store.read('orders', 0, 100)
    expect(entries.map(each => each.key).sort()).toEqual([...confirmed].sort())
    expect(entries).toHaveLength(40)
    await change<Document & { n: number }>(store, 'things', 'count', ({ n }) => ({ n: n + 1 }))
    expect(await store.get('things', 'count')).toMatchObject({ n: 1 })
  })

  it('a listener to topics misses nothing', async () => {
    const topics = openStoreTopics(store)
    const listening = await topics.subscribe('orders')
    await topics.publish('orders', 1)
    await server.kill('SIGTERM')
    await expect(topics.publish('orders', 2)).rejects.toThrow(StoreUnavailable)
    await server.start()
    await topics.publish('orders', 3)
    expect((await take(listening, 2)).at(-1)).toBe(3)
    await topics.close()
  })
})

// Caches, limits and topics of functions on a real server, which goes away and comes back in the middle.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cache } from '../functions/lib/cache.ts'
import { cacheSuite } from '../functions/lib/cache-suite.ts'
import { connectRedis } from '../functions/lib/redis.ts'
import { openRedisCache } from '../functions/lib/redis-cache.ts'
import { openRedisTopics } from '../functions/lib/redis-topics.ts'
import { StoreUnavailable } from '../functions/lib/store.ts'
import type { Topics } from '../functions/lib/topics.ts'
import { take, topicsSuite } from '../functions/lib/topics-suite.ts'
import { findServer, isFound } from './servers/found.ts'
import { type Server, startServer } from './servers/server.ts'
import { canStart, servers } from './servers/servers.ts'

describe.skipIf(!isFound('redis'))('on a Redis server', () => {
  let server: Pick<Server, 'url' | 'stop'>
  beforeAll(async () => {
    server = await findServer('redis')
  })
  afterAll(() => server?.stop())

  cacheSuite('Redis', async () => openRedisCache('suite', await connectRedis(server.url)))
  topicsSuite('Redis', () => openRedisTopics('suite', () => connectRedis(server.url)))
})

describe.skipIf(!canStart('redis'))('a Redis server that is killed and comes back', () => {
  let server: Server
  let cache: Cache
  let topics: Topics
  beforeAll(async () => {
    server = await startServer(servers.redis.kind)
    cache = openRedisCache('shop', await connectRedis(server.url))
    topics = await openRedisTopics('shop', () => connectRedis(server.url))
  })
  afterAll(async () => {
    await cache?.close()
    await topics?.close()
    await server?.stop()
  })

  it('operations say so within seconds, and work again with what was kept', async () => {
    await cache.set('key', 'kept', 600_000)
    await cache.hit('login', { limit: 2, windowMs: 600_000 })
    await server.kill()
    await expect(cache.get('key')).rejects.toThrow(StoreUnavailable)
    await expect(cache.get('key')).rejects.toThrow(/Redis at 127\.0\.0\.1:\d+ did not carry it out/)
    const many = await Promise.allSettled(Array.from({ length: 1_000 }, () => cache.set('other', 1, 1_000)))
    expect(new Set(many.map(each => each.status))).toEqual(new Set(['rejected']))
    await server.start()
    expect(await cache.get('key')).toBe('kept')
    expect((await cache.hit('login', { limit: 2, windowMs: 600_000 })).remaining).toBe(0)
    expect(await cache.get('other')).toBeUndefined()
  })

  it('a listener is told that it may have missed something, and hears again when it subscribes anew', async () => {
    const listening = await topics.subscribe('orders')
    await topics.publish('orders', 1)
    expect(await take(listening, 1)).toEqual([1])
    await server.kill()
    await expect(listening.next()).rejects.toThrow(/messages may be missing/)
    await expect(topics.publish('orders', 2)).rejects.toThrow(StoreUnavailable)
    await server.start()
    const again = await topics.subscribe('orders')
    await topics.publish('orders', 3)
    expect(await take(again, 1)).toEqual([3])
  })
})

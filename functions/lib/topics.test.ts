import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { openStoreTopics } from './store-topics.ts'
import { temporaryStores } from './temporary-store.ts'
import { type Topics, topicsOf } from './topics.ts'
import { take, topicsSuite } from './topics-suite.ts'

const { fileOf, openStore } = temporaryStores()

topicsSuite('SQLite', async () => openStoreTopics(await openStore()))

describe('topics over a store', () => {
  let now = 0
  let topics: Topics
  let store: Store
  beforeEach(async () => {
    now = 1_000_000
    store = await openStore()
    topics = openStoreTopics(store, () => now)
  })
  afterEach(() => topics.close())

  it('keep what was said for a minute, not for ever', async () => {
    for (let at = 0; at < 10; at++) {
      await topics.publish('orders', at)
      now += 20_000
    }
    await topics.publish('orders', 'last')
    const kept = await store.read('topics', 0, 100)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThanOrEqual(8)
  })

  it('tell a listener whose process stood still for longer that it may have missed some', async () => {
    const listening = await topics.subscribe('orders')
    await topics.publish('orders', 1)
    expect(await take(listening, 1)).toEqual([1])
    now += 61_000
    await expect(listening.next()).rejects.toThrow(/not read for too long/)
    const again = await topics.subscribe('orders')
    await topics.publish('orders', 2)
    expect(await take(again, 1)).toEqual([2])
  })

  it('go on when the store failed in between', async () => {
    let away = false
    const failing: Store = Object.assign(Object.create(store), {
      append: store.append.bind(store),
      last: store.last.bind(store),
      read: (...args: Parameters<Store['read']>) => (away ? Promise.reject(new Error('away')) : store.read(...args)),
    })
    const shaky = openStoreTopics(failing, () => now)
    const listening = await shaky.subscribe('orders')
    away = true
    await shaky.publish('orders', 'said meanwhile')
    away = false
    expect(await take(listening, 1)).toEqual(['said meanwhile'])
    await shaky.close()
  })
})

describe('the choice of topics', () => {
  it('instances on one STORE_PATH hear each other', async () => {
    const STORE_PATH = fileOf('chosen.db')
    const [one, other] = [await topicsOf({ STORE_PATH }), await topicsOf({ STORE_PATH })]
    const listening = await other.subscribe('orders')
    await one.publish('orders', 1)
    expect(await take(listening, 1)).toEqual([1])
    await one.close()
    await other.close()
  })

  it('one environment has one, which lasts without any store', async () => {
    const env = { STORE: 'off' }
    const topics = await topicsOf(env)
    expect(await topicsOf(env)).toBe(topics)
    const listening = await topics.subscribe('orders')
    await topics.publish('orders', 1)
    expect(await take(listening, 1)).toEqual([1])
    await topics.close()
  })

  it('a REDIS_URL that is none is told', async () => {
    await expect(topicsOf({ REDIS_URL: 'localhost:6379' })).rejects.toThrow(/should look like redis:/)
  })
})

// Messages to whoever listens at the moment, in all instances of a service: what live pages and subscriptions live from.
import { type Env, perEnv } from './env.ts'
import { connectRedis } from './redis.ts'
import { openRedisTopics } from './redis-topics.ts'
import { reopening } from './reopening.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { openStoreTopics } from './store-topics.ts'
import { storeOf } from './stores.ts'

export interface Topics {
  /** Tells all who subscribed. Rejects with `StoreUnavailable`. */
  publish(topic: string, message: unknown): Promise<void>
  /**
   * The messages published from the moment this resolves, in order, as JSON gives them back. None is missed in silence:
   * where that could be (the server was away, or the taker fell 1,000 behind) the iteration rejects with
   * `StoreUnavailable`, and the taker reads what is kept and subscribes anew. Ends when `signal` is aborted, or by
   * leaving the loop:
   *
   *   for await (const message of await topics.subscribe(`order-${id}`, c.req.raw.signal)) …
   */
  subscribe(topic: string, signal?: AbortSignal): Promise<AsyncIterableIterator<unknown>>
  close(): Promise<void>
}

/** The topics of a function: Redis at REDIS_URL, else a log of its store, which all instances on the same file read. */
export function topicsOf(env: Env): Promise<Topics> {
  return opener(env)()
}

const opener = perEnv('topics', env =>
  reopening(async () => {
    const { REDIS_URL: url, K_SERVICE: service = 'function' } = env
    if (url) return openRedisTopics(service, () => connectRedis(url))
    return openStoreTopics((await storeOf(env)) ?? (await openSqliteStore(':memory:')))
  }),
)

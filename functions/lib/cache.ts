// Values with an end, and rate limits: shared by all instances of a service.
import { type Env, perEnv } from './env.ts'
import { connectRedis } from './redis.ts'
import { openRedisCache } from './redis-cache.ts'
import { reopening } from './reopening.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { openStoreCache } from './store-cache.ts'
import { storeOf } from './stores.ts'

export interface Limit {
  /** Uses allowed in a window. */
  limit: number
  /** Milliseconds; a window begins with the first use. */
  windowMs: number
}

export interface Hit {
  allowed: boolean
  /** Uses left in this window. */
  remaining: number
  /** Milliseconds until the window ends: what `Retry-After` says, in seconds, of a refusal. */
  endsInMs: number
}

export interface Cache {
  /** The value as JSON gives it back; undefined when there is none or its time is over. */
  get(key: string): Promise<unknown>
  /** Keeps a value for `ttlMs` milliseconds from now. */
  set(key: string, value: unknown, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>
  /** Counts one use of `key`, such as `login:ADDRESS`; refused ones count too. */
  hit(key: string, limit: Limit): Promise<Hit>
  close(): Promise<void>
}

/** The cache of a function: Redis at REDIS_URL, else documents of its store. Operations reject with `StoreUnavailable`. */
export function cacheOf(env: Env): Promise<Cache> {
  return opener(env)()
}

const opener = perEnv('cache', env =>
  reopening(async () => {
    const { REDIS_URL: url, K_SERVICE: service = 'function' } = env
    if (url) return openRedisCache(service, await connectRedis(url))
    return openStoreCache((await storeOf(env)) ?? (await openSqliteStore(':memory:')))
  }),
)

/** What a count of uses means. */
export function hitOf(uses: number, endsInMs: number, { limit }: Limit): Hit {
  return { allowed: uses <= limit, remaining: Math.max(0, limit - uses), endsInMs: Math.max(0, endsInMs) }
}

// A cache without a server for it: documents of the store that say when they end.
import { type Cache, hitOf, type Limit } from './cache.ts'
import { change, type Document, type Store, StoreUnavailable } from './store.ts'

interface Ending extends Document {
  /** Milliseconds since the epoch. */
  readonly ends: number
}

interface Value extends Ending {
  readonly value: unknown
}

interface Uses extends Ending {
  readonly uses: number
}

const values = 'cache-values'
const uses = 'cache-uses'
const sweepEveryMs = 60_000
/** How often a document may come and go between two steps. */
const races = 10

/** `now` in milliseconds since the epoch. The store stays open when the cache is closed. */
export function openStoreCache(store: Store, now: () => number = Date.now): Cache {
  let swept = now()

  const sweep = async () => {
    const at = now()
    if (at - swept < sweepEveryMs) return
    swept = at
    for (const collection of [values, uses]) await store.removeBelow(collection, 'ends', at)
  }

  const put = async (document: Value) => {
    for (let race = 0; race < races; race++) {
      if (await store.insert(values, document)) return
      if (await store.update(values, document._id, document)) return
    }
    throw new StoreUnavailable(`the cached value ${document._id} comes and goes`)
  }

  const count = async (key: string, { windowMs }: Limit): Promise<Uses> => {
    for (let race = 0; race < races; race++) {
      const first: Uses = { _id: key, uses: 1, ends: now() + windowMs }
      if (await store.insert(uses, first)) return first
      const counted = await change<Uses>(store, uses, key, found =>
        found.ends <= now() ? { uses: 1, ends: now() + windowMs } : { uses: found.uses + 1 },
      )
      if (counted) return counted
    }
    throw new StoreUnavailable(`the count of ${key} comes and goes`)
  }

  return {
    async get(key) {
      const found = (await store.get(values, key)) as Value | undefined
      return found && found.ends > now() ? found.value : undefined
    },
    async set(key, value, ttlMs) {
      await put({ _id: key, value: value ?? null, ends: now() + ttlMs })
      await sweep()
    },
    async delete(key) {
      await store.remove(values, key)
    },
    async hit(key, limit) {
      const counted = await count(key, limit)
      await sweep()
      return hitOf(counted.uses, counted.ends - now(), limit)
    },
    async close() {},
  }
}

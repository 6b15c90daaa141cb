// A cache in Redis, whose own clock ends values and windows.
import { type Cache, hitOf } from './cache.ts'
import type { RedisConnection } from './redis.ts'

// Both in one step: a count without an end would refuse for ever.
const countScript = `
  local uses = redis.call('INCR', KEYS[1])
  if uses == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return { uses, redis.call('PTTL', KEYS[1]) }
`

/** Keys are called `SERVICE:value:KEY` and `SERVICE:uses:KEY`, so that services share a server without meeting. */
export function openRedisCache(service: string, redis: RedisConnection): Cache {
  const valueKey = (key: string) => `${service}:value:${key}`
  return {
    async get(key) {
      const text = await redis.run(client => client.get(valueKey(key)))
      return text === null ? undefined : (JSON.parse(text) as unknown)
    },
    async set(key, value, ttlMs) {
      const text = JSON.stringify(value ?? null)
      await redis.run(client => client.set(valueKey(key), text, 'PX', Math.max(1, Math.ceil(ttlMs))))
    },
    async delete(key) {
      await redis.run(client => client.del(valueKey(key)))
    },
    async hit(key, limit) {
      const windowMs = Math.max(1, Math.ceil(limit.windowMs))
      const [uses, endsInMs] = (await redis.run(client =>
        client.eval(countScript, 1, `${service}:uses:${key}`, windowMs),
      )) as [number, number]
      return hitOf(uses, endsInMs, limit)
    },
    async close() {
      redis.close()
    },
  }
}

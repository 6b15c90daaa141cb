// A connection to Redis that comes back by itself, and queues nothing while it is away.
import type { Redis, RedisOptions } from 'ioredis'
import { StoreUnavailable } from './store.ts'

export interface RedisConnection {
  readonly client: Redis
  /** Carries out one operation; waits up to three seconds for a lost connection. Rejects with `StoreUnavailable`. */
  run<T>(operation: (client: Redis) => Promise<T>): Promise<T>
  close(): void
}

const awayAfterMs = 3_000
const longestPauseMs = 2_000

const options: RedisOptions = {
  lazyConnect: true,
  connectTimeout: awayAfterMs,
  commandTimeout: awayAfterMs,
  // Whoever calls while the server is away is told so, instead of standing in a queue without bound.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: tries => Math.min(50 * 2 ** Math.min(tries, 10), longestPauseMs),
}

/** Begins to connect to `redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]` (or `rediss:`). */
export async function connectRedis(url: string): Promise<RedisConnection> {
  if (!/^rediss?:\/\//.test(url)) throw new Error('REDIS_URL should look like redis://HOST:PORT')
  const { Redis } = await import('ioredis')
  const client = new Redis(url, options)
  let lost = 'it does not answer'
  client.on('error', error => {
    lost = error.message
  })
  client.connect().catch(() => {})
  const unavailable = (why: string) => {
    const { host, port } = client.options
    return new StoreUnavailable(`Redis at ${host}:${port} did not carry it out: ${why}`)
  }
  let waiting: Promise<boolean> | undefined
  const ready = () => {
    waiting ??= becomesReady(client).finally(() => {
      waiting = undefined
    })
    return waiting
  }
  return {
    client,
    async run(operation) {
      if (client.status !== 'ready' && !(await ready())) throw unavailable(lost)
      try {
        return await operation(client)
      } catch (error) {
        throw unavailable(error instanceof Error ? error.message : String(error))
      }
    },
    close: () => client.disconnect(),
  }
}

function becomesReady(client: Redis): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (is: boolean) => () => {
      clearTimeout(timer)
      client.off('ready', ready)
      client.off('end', ended)
      resolve(is)
    }
    const [ready, ended] = [settle(true), settle(false)]
    const timer = setTimeout(ended, awayAfterMs)
    client.once('ready', ready)
    client.once('end', ended)
  })
}

// A connection to a RabbitMQ server that comes back by itself, with growing pauses.
import type { ChannelModel } from 'amqplib'
import { type Clock, sleep } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'
import type { RabbitmqAddress } from './address.ts'

export interface ConnectionOptions {
  address: RabbitmqAddress
  clock: Clock
  random: Random
  /** Opens one connection; by default with amqplib, which is loaded then. */
  open?: Open | undefined
  /** Prepares what is needed on a fresh pair of connections; when it rejects, they count as failed. */
  up(models: Models): Promise<void>
  /** They are lost, or could not be made: why. Called for each failed attempt. */
  down(why: string): void
}

/** `purpose` is what the server shows the connection as. Rejects when the server cannot be reached or refuses. */
export type Open = (address: RabbitmqAddress, purpose: string) => Promise<ChannelModel>

/**
 * Two connections: a server short of memory or disk stops reading from those that publish, and acknowledgements must go
 * on for it to recover.
 */
export interface Models {
  publishing: ChannelModel
  consuming: ChannelModel
}

export interface Connection {
  close(): Promise<void>
}

const connectTimeoutMs = 5_000
const heartbeatSeconds = 10
const shortestPauseMs = 250
/** A server that is back is found within this time: asking costs one refused connection. */
const longestPauseMs = 5_000

/** Milliseconds before the next attempt, when `failed` have failed in a row: doubling, and not for all at once. */
export function pauseBefore(failed: number, random: Random): number {
  const pause = Math.min(shortestPauseMs * 2 ** Math.min(failed - 1, 20), longestPauseMs)
  return pause / 2 + (pause / 2) * random.next()
}

/** Begins to connect. */
export function connectTo(options: ConnectionOptions): Connection {
  const { clock, random } = options
  const stopped = new AbortController()

  const running = (async () => {
    for (let failed = 0; !stopped.signal.aborted; ) {
      try {
        const opened = await openBoth(options)
        const lost = lossOf(opened)
        try {
          await Promise.race([options.up(opened), lost.then(why => Promise.reject(new Error(why)))])
          failed = 0
          options.down(await Promise.race([lost, aborted(stopped.signal)]))
        } finally {
          await closeBoth(opened, clock)
        }
      } catch (error) {
        options.down(messageOf(error))
      }
      failed++
      await sleep(clock, pauseBefore(failed, random), stopped.signal).catch(() => {})
    }
  })()

  return {
    async close() {
      stopped.abort()
      await running
    },
  }
}

async function openBoth({ address, open = openSocket }: ConnectionOptions): Promise<Models> {
  const publishing = await open(address, 'publishing')
  try {
    return { publishing, consuming: await open(address, 'consuming') }
  } catch (error) {
    await publishing.close().catch(() => {})
    throw error
  }
}

async function openSocket(address: RabbitmqAddress, purpose: string): Promise<ChannelModel> {
  const { connect } = await import('amqplib')
  const { hostname, port, username, password, vhost, tls, ca } = address
  const model = await connect(
    { protocol: tls ? 'amqps' : 'amqp', hostname, port, username, password, vhost, heartbeat: heartbeatSeconds },
    {
      timeout: connectTimeoutMs,
      noDelay: true,
      clientProperties: { connection_name: `skiff ${purpose}` },
      ...(ca ? { ca: [ca] } : {}),
    },
  )
  // Told by `close` as well, which comes after it.
  model.on('error', () => {})
  return model
}

/** Resolves, saying why, when one of them is closed. */
function lossOf({ publishing, consuming }: Models): Promise<string> {
  return new Promise(resolve => {
    for (const model of [publishing, consuming]) {
      model.on('error', error => resolve(error.message))
      model.on('close', error => resolve(error?.message ?? 'the connection was closed'))
    }
  })
}

/** A server that was killed never says goodbye: it is not waited for any longer than that. In milliseconds. */
const goodbyeMs = 1_000

async function closeBoth({ publishing, consuming }: Models, clock: Clock): Promise<void> {
  const closed = Promise.allSettled([publishing, consuming].map(async model => model.close()))
  const given = new AbortController()
  await Promise.race([closed, sleep(clock, goodbyeMs, given.signal).catch(() => {})])
  given.abort()
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise(resolve => {
    if (signal.aborted) resolve('stopped')
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
}

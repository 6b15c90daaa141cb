// Two connections become one: what one says the other hears, with back-pressure, half-closed as Envoy's tcp_proxy does.
import type { Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { TcpLimits } from '../table/cluster.ts'

export interface RelayOptions {
  clock: Clock
  /** Both paused, and half-open allowed. */
  client: Socket
  upstream: Socket
  limits: TcpLimits
  /** Bytes of the client that were read already. */
  first: Buffer
  /** Called once, when the client's side is closed. */
  ended(bytes: RelayedBytes): void
}

/** Received from the client and sent to it. */
export interface RelayedBytes {
  received: number
  sent: number
}

/** A side that is reset is a side that is closed: the other one hears its end, not a reset (Envoy 1.37). */
export function relay({ clock, client, upstream, limits, first, ended }: RelayOptions): void {
  const bytes: RelayedBytes = { received: first.length, sent: 0 }
  const cut = () => {
    client.destroy()
    upstream.destroy()
  }
  const idle = idleTimer(clock, limits.idleTimeoutMs, cut)
  const over = limits.maxDurationMs === undefined ? undefined : clock.after(limits.maxDurationMs, cut)
  pour(client, upstream, length => {
    bytes.received += length
    idle.reset()
  })
  pour(upstream, client, length => {
    bytes.sent += length
    idle.reset()
  })
  // What is still to be flushed to one side is given up in time too.
  const closed = () => {
    if (!client.closed || !upstream.closed) return
    idle.cancel()
    over?.cancel()
  }
  upstream.once('close', closed)
  client.once('close', () => {
    closed()
    ended(bytes)
  })
  if (first.length > 0 && !upstream.write(first)) client.pause()
}

/** `moved` is told how much was read, and nothing when the other side took what it was given. */
function pour(from: Socket, to: Socket, moved: (length: number) => void): void {
  from.on('data', (data: Buffer) => {
    moved(data.length)
    if (!to.writable || !to.write(data)) from.pause()
  })
  to.on('drain', () => {
    moved(0)
    from.resume()
  })
  from.on('end', () => to.end())
  from.on('error', () => from.destroy())
  // What is written already still goes out.
  from.on('close', () => to.destroySoon())
  from.resume()
}

/** Looks at the clock when it is over, not at each piece that passes. */
function idleTimer(clock: Clock, ms: number, expire: () => void): { reset(): void; cancel(): void } {
  if (ms === 0) return { reset: () => {}, cancel: () => {} }
  let last = clock.now()
  const look = () => {
    const left = last + ms - clock.now()
    if (left <= 0) expire()
    else timer = clock.after(left, look)
  }
  let timer = clock.after(ms, look)
  return {
    reset: () => {
      last = clock.now()
    },
    cancel: () => timer.cancel(),
  }
}

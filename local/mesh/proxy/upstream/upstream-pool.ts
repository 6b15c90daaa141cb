// Connections to endpoints: idle ones of HTTP/1.1 by address, the one used last is used next, and sessions of HTTP/2.
import type { Clock, Timer } from '../../../kernel/clock.ts'
import { UpstreamSessions } from '../http2/upstream-sessions.ts'
import type { Address, UpstreamChannel } from './upstream-channel.ts'
import { defaultKeepMs, UpstreamConnection } from './upstream-connection.ts'

const mostIdle = 256
/** The far end's timer runs too: a connection is not used in the last second of its promise. */
const marginMs = 1_000
/** How often connections are looked for that nobody has used for too long. */
const sweepMs = 60_000

export class UpstreamPool {
  readonly #clock: Clock
  readonly #idle = new Map<string, UpstreamConnection[]>()
  readonly #open = new Set<UpstreamConnection>()
  readonly #sessions: UpstreamSessions
  #sweeper: Timer | undefined
  #closed = false
  readonly #giveBack = (connection: UpstreamConnection, keepAlive: string | undefined) =>
    this.give(connection, keepAlive)

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sessions = new UpstreamSessions(clock)
  }

  /** What carries one request there, connected or not yet. `fresh`: on no connection that stands already. */
  channel(address: Address, fresh: boolean): UpstreamChannel {
    if (address.protocol === 'h2c') return this.#sessions.channel(keyOf(address), address, fresh)
    return (fresh ? undefined : this.take(address)) ?? this.open(address)
  }

  /** An idle connection that still stands, or undefined. */
  take(address: Address): UpstreamConnection | undefined {
    const idle = this.#idle.get(keyOf(address))
    if (!idle) return undefined
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.usable && connection.keptUntil > this.#clock.now()) return connection
      connection.destroy()
    }
    return undefined
  }

  /** A new connection, not connected yet. */
  open(address: Address): UpstreamConnection {
    const connection = new UpstreamConnection(address, keyOf(address), this.#giveBack)
    this.#open.add(connection)
    const { connectTimeoutMs } = address
    const late = connectTimeoutMs ? this.#clock.after(connectTimeoutMs, () => connection.giveUpConnecting()) : undefined
    connection.socket.once('close', () => {
      late?.cancel()
      this.#forget(connection)
    })
    return connection
  }

  /** Takes back a connection whose exchange is over. `keepAlive`: the value of the answer's header, if any. */
  give(connection: UpstreamConnection, keepAlive: string | undefined): void {
    connection.user = undefined
    connection.uses++
    const idle = this.#listOf(connection.key)
    const { maxRequestsPerConnection, idleTimeoutMs } = connection.limits ?? {}
    const usedUp = maxRequestsPerConnection !== undefined && connection.uses >= maxRequestsPerConnection
    if (this.#closed || usedUp || !connection.usable || idle.length >= mostIdle) {
      connection.destroy()
      return
    }
    if (keepAlive !== connection.keepAlive) {
      connection.keepAlive = keepAlive
      connection.keepMs = promisedMs(keepAlive)
    }
    const keepMs = idleTimeoutMs === undefined ? connection.keepMs : Math.min(idleTimeoutMs, connection.keepMs)
    connection.keptUntil = this.#clock.now() + keepMs
    idle.push(connection)
    this.#sweeper ??= this.#clock.after(sweepMs, () => this.#sweep())
  }

  /** Closes idle connections; those in use close when given back. */
  close(): void {
    this.#closed = true
    this.#sweeper?.cancel()
    this.#sessions.close()
    for (const idle of this.#idle.values()) for (const connection of idle.splice(0)) connection.destroy()
  }

  /** Cuts what is still in use. */
  destroy(): void {
    this.#sessions.destroy()
    for (const connection of this.#open) connection.socket.destroy()
  }

  /** The far end may never hang up, and no request may ever come that would find the connection too old. */
  #sweep(): void {
    const now = this.#clock.now()
    for (const idle of this.#idle.values()) {
      const kept = idle.findIndex(({ keptUntil }) => keptUntil > now)
      for (const connection of idle.splice(0, kept < 0 ? idle.length : kept)) connection.destroy()
    }
    const left = [...this.#idle.values()].some(idle => idle.length > 0)
    this.#sweeper = left ? this.#clock.after(sweepMs, () => this.#sweep()) : undefined
  }

  #listOf(key: string): UpstreamConnection[] {
    const known = this.#idle.get(key)
    if (known) return known
    const list: UpstreamConnection[] = []
    this.#idle.set(key, list)
    return list
  }

  #forget(connection: UpstreamConnection): void {
    this.#open.delete(connection)
    const idle = this.#idle.get(connection.key)
    const at = idle?.indexOf(connection) ?? -1
    if (at >= 0) idle?.splice(at, 1)
    if (idle?.length === 0) this.#idle.delete(connection.key)
  }
}

function keyOf(address: Address): string {
  if ('path' in address) return address.path
  const key = `${address.host}:${address.port}`
  return address.tls ? `${key} ${address.tls.id}` : key
}

/** Node's servers answer `keep-alive: timeout=5` and close right after. */
function promisedMs(keepAlive: string | undefined): number {
  const seconds = keepAlive === undefined ? undefined : /timeout=(\d{1,6})/.exec(keepAlive)?.[1]
  return seconds === undefined ? defaultKeepMs : Math.max(0, Number(seconds) * 1_000 - marginMs)
}

// Idle connections by address: the one used last is used next.
import type { Clock } from '../../kernel/clock.ts'
import { type Address, defaultKeepMs, UpstreamConnection } from './upstream-connection.ts'

const mostIdle = 256
/** The far end's timer runs too: a connection is not used in the last second of its promise. */
const marginMs = 1_000

export class UpstreamPool {
  readonly #clock: Clock
  readonly #idle = new Map<string, UpstreamConnection[]>()
  readonly #open = new Set<UpstreamConnection>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
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
    const connection = new UpstreamConnection(address, keyOf(address))
    this.#open.add(connection)
    connection.socket.once('close', () => this.#forget(connection))
    return connection
  }

  /** Takes back a connection whose exchange is over. `keepAlive`: the value of the answer's header, if any. */
  give(connection: UpstreamConnection, keepAlive: string | undefined): void {
    connection.user = undefined
    connection.uses++
    const idle = this.#listOf(connection.key)
    if (this.#closed || !connection.usable || idle.length >= mostIdle) {
      connection.destroy()
      return
    }
    if (keepAlive !== connection.keepAlive) {
      connection.keepAlive = keepAlive
      connection.keepMs = promisedMs(keepAlive)
    }
    connection.keptUntil = this.#clock.now() + connection.keepMs
    idle.push(connection)
  }

  /** Closes idle connections; those in use close when given back. */
  close(): void {
    this.#closed = true
    for (const idle of this.#idle.values()) for (const connection of idle.splice(0)) connection.destroy()
  }

  /** Cuts what is still in use. */
  destroy(): void {
    for (const connection of this.#open) connection.socket.destroy()
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
  return address.tls ? `${key} ${JSON.stringify(address.tls)}` : key
}

/** Node's servers answer `keep-alive: timeout=5` and close right after. */
function promisedMs(keepAlive: string | undefined): number {
  const seconds = keepAlive === undefined ? undefined : /timeout=(\d{1,6})/.exec(keepAlive)?.[1]
  return seconds === undefined ? defaultKeepMs : Math.max(0, Number(seconds) * 1_000 - marginMs)
}

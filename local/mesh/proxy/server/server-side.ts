// What an accepted connection needs of its listener, and what its listener knows of it, whatever is spoken there.
import type { Socket } from 'node:net'
import type { Clock } from '../../../kernel/clock.ts'
import type { Identity } from '../../../seams/identity.ts'
import type { RequestHead } from '../../codec/head.ts'
import type { Exchange, Incoming } from '../client.ts'
import type { Deadlines } from '../deadlines.ts'
import type { HttpDate } from './http-date.ts'

export interface ServerSide {
  readonly clock: Clock
  readonly date: HttpDate
  readonly deadlines: Deadlines
  /** The name the answers carry. */
  readonly server: string
  /** True while closing: every answer ends its connection. */
  readonly draining: () => boolean
  /** The path as rules and backends see it. Throws `MalformedMessage`. */
  normalize(target: string): string
  /** Undefined when the request was answered at once. */
  begin(incoming: Incoming): Exchange | undefined
  /** Takes over a socket after CONNECT; `first` was read behind the head. Absent: CONNECT is refused with 400. */
  connect?(request: Captured, socket: Socket, first: Buffer): void
  /** Says who calls, or the bytes to answer before hanging up. Absent: anybody may, and nobody is known. */
  authenticate?(head: RequestHead): Identity | string
}

/** Behind a CONNECT: who asked and whom it named. */
export interface Captured {
  caller: Identity
  authority: string
}

export interface Connection {
  readonly socket: Socket
  /** Ends the connection: now when nothing is under way, else after the present answers. */
  closeGently(): void
  read(data: Buffer): void
}

/** Until a request has come, or the next one: an hour, as Envoy's idle timeout. */
export const idleTimeoutMs = 3_600_000
export const headerTimeoutMs = 30_000

/** `127.0.0.1` where the socket says `::ffff:127.0.0.1`. */
export function plainAddress(address: string | undefined): string {
  return address?.replace('::ffff:', '') ?? '127.0.0.1'
}

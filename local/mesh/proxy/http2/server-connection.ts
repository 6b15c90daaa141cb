// One accepted connection of HTTP/2: every stream is a request of its own, and all answers share the socket.
import type { Socket } from 'node:net'
import type { SessionOptions } from '../../h2/session.ts'
import type { Deadline } from '../deadlines.ts'
import type { Captured, Connection, ServerSide } from '../server/server-side.ts'
import { plainAddress } from '../server/server-side.ts'
import { ServedStream, type StreamHome } from './served-stream.ts'
import { SessionSocket } from './session-socket.ts'

const idleTimeoutMs = 3_600_000

export class Http2ServerConnection implements Connection, Deadline, StreamHome {
  dueAt = 0
  readonly socket: Socket
  readonly side: ServerSide
  readonly peer: string
  readonly caller: Captured['caller'] | undefined
  readonly tunnel: string | undefined
  readonly #wire: SessionSocket
  #closing = false

  constructor(socket: Socket, side: ServerSide, captured?: Captured) {
    this.socket = socket
    this.side = side
    this.peer = plainAddress(socket.remoteAddress)
    this.caller = captured?.caller
    this.tunnel = captured?.authority
    const onStream: NonNullable<SessionOptions['onStream']> = stream => new ServedStream(stream, this)
    const now = () => side.clock.now()
    const options = { role: 'server' as const, now, onStream, onBroken: () => socket.destroySoon() }
    this.#wire = new SessionSocket(socket, options, () => this.#flushed())
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => this.read(data))
    socket.on('end', () => this.#gone())
    socket.on('error', () => this.#gone())
    socket.on('close', () => this.#gone())
    this.#await()
  }

  read(data: Buffer): void {
    this.#wire.read(data)
  }

  /** Streams under way go on to their end; new ones are refused, and can be asked for elsewhere. */
  closeGently(): void {
    this.#closing = true
    this.#wire.session.goAway()
    this.#wire.flush()
  }

  touched(stream: ServedStream): void {
    this.#wire.touched(stream)
  }

  flushSoon(): void {
    this.#wire.flushSoon()
  }

  over(): void {
    if (this.side.draining() && !this.#closing) this.closeGently()
  }

  #flushed(): void {
    if (this.#closing && this.#wire.session.active === 0) this.socket.destroySoon()
  }

  #await(): void {
    this.side.deadlines.set(this, idleTimeoutMs)
  }

  /** Looked at once in a while: what was used meanwhile has the whole time again. */
  expire(): void {
    if (this.#wire.session.active > 0) this.#await()
    else this.closeGently()
  }

  #gone(): void {
    this.side.deadlines.remove(this)
    this.#wire.session.lost()
    this.socket.destroySoon()
  }
}

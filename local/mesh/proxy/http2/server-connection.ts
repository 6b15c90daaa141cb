// One accepted connection of HTTP/2: every stream is a request of its own, and all answers share the socket.
import type { Socket } from 'node:net'
import { Session } from '../../h2/session.ts'
import type { Deadline } from '../deadlines.ts'
import type { Captured, Connection, ServerSide } from '../server-connection.ts'
import { plainAddress } from '../server-connection.ts'
import { ServedStream, type StreamHome } from './served-stream.ts'
import { writeParts } from './write-parts.ts'

const idleTimeoutMs = 3_600_000

export class Http2ServerConnection implements Connection, Deadline, StreamHome {
  dueAt = 0
  readonly socket: Socket
  readonly side: ServerSide
  readonly peer: string
  readonly caller: Captured['caller'] | undefined
  readonly tunnel: string | undefined
  readonly #session: Session
  #touched: ServedStream[] = []
  #reading = false
  #flushing = false
  #closing = false

  constructor(socket: Socket, side: ServerSide, captured?: Captured) {
    this.socket = socket
    this.side = side
    this.peer = plainAddress(socket.remoteAddress)
    this.caller = captured?.caller
    this.tunnel = captured?.authority
    this.#session = new Session({
      role: 'server',
      write: parts => writeParts(socket, parts, this.#session),
      onStream: stream => new ServedStream(stream, this),
      onBroken: () => socket.destroySoon(),
    })
    socket.on('data', (data: Buffer) => this.read(data))
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.#gone())
    socket.on('error', () => this.#gone())
    socket.on('close', () => this.#gone())
    this.#await()
  }

  read(data: Buffer): void {
    this.#reading = true
    this.#session.receive(data)
    this.#reading = false
    const touched = this.#touched
    if (touched.length > 0) this.#touched = []
    for (const stream of touched) stream.turnEnds()
    this.#flush()
  }

  /** Streams under way go on to their end; new ones are refused, and can be asked for elsewhere. */
  closeGently(): void {
    this.#closing = true
    this.#session.goAway()
    this.#flush()
  }

  touched(stream: ServedStream): void {
    if (this.#touched.at(-1) !== stream) this.#touched.push(stream)
  }

  /** Answers that come in one turn leave in one write. */
  flushSoon(): void {
    if (this.#flushing || this.#reading) return
    this.#flushing = true
    process.nextTick(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  over(): void {
    if (this.side.draining() && !this.#closing) this.closeGently()
  }

  #flush(): void {
    this.#session.flush()
    if (this.#closing && this.#session.active === 0) this.socket.destroySoon()
  }

  #drained(): void {
    this.#session.hold(false)
    this.#flush()
  }

  #await(): void {
    this.dueAt = this.side.clock.now() + idleTimeoutMs
    this.side.deadlines.add(this)
  }

  /** Looked at once in a while: what was used meanwhile has the whole time again. */
  expire(): void {
    if (this.#session.active > 0) this.#await()
    else this.closeGently()
  }

  #gone(): void {
    this.side.deadlines.remove(this)
    this.#session.lost()
    this.socket.destroySoon()
  }
}

// An accepted connection before its first bytes tell which HTTP is spoken on it.
import type { Socket } from 'node:net'
import type { Deadline } from '../deadlines.ts'
import { beginsHttp2 } from '../http2/preface.ts'
import { type Connection, headerTimeoutMs, idleTimeoutMs, type ServerSide } from './server-side.ts'

export type HttpVersion = 'http1' | 'http2'

export class NewConnection implements Connection, Deadline {
  dueAt = 0
  readonly socket: Socket
  readonly #side: ServerSide
  readonly #serve: (version: HttpVersion, first: Buffer) => void
  #first: Buffer | undefined
  readonly #read = (data: Buffer) => this.read(data)
  readonly #gone = () => this.#leave()

  /** `serve` takes the socket over, with what was read from it. */
  constructor(socket: Socket, side: ServerSide, serve: (version: HttpVersion, first: Buffer) => void) {
    this.socket = socket
    this.#side = side
    this.#serve = serve
    socket.on('data', this.#read).on('end', this.#gone).on('error', this.#gone).on('close', this.#gone)
    this.#await(idleTimeoutMs)
  }

  closeGently(): void {
    this.socket.destroySoon()
  }

  /** HTTP/1.1 is known by its first byte, most of the time. */
  read(data: Buffer): void {
    const first = this.#first ? Buffer.concat([this.#first, data]) : data
    const http2 = beginsHttp2(first)
    if (http2 === undefined) {
      if (!this.#first) this.#await(headerTimeoutMs)
      this.#first = first
      return
    }
    const { socket } = this
    this.#side.deadlines.remove(this)
    socket.off('data', this.#read).off('end', this.#gone).off('error', this.#gone).off('close', this.#gone)
    this.#serve(http2 ? 'http2' : 'http1', first)
  }

  expire(): void {
    this.socket.destroy()
  }

  #await(ms: number): void {
    this.#side.deadlines.set(this, ms)
  }

  #leave(): void {
    this.#side.deadlines.remove(this)
    this.socket.destroySoon()
  }
}

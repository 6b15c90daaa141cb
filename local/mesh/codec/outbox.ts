// Gathers what one turn writes to a socket, so that a head and a small body leave in one system call.
import type { Socket } from 'node:net'

// Up to here copying into one buffer is cheaper than a vectored write.
const worthCopying = 32 * 1024

export class Outbox {
  readonly #socket: Socket
  #text = ''
  #parts: Buffer[] = []
  #bytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Queues text of bytes (latin1). */
  text(text: string): void {
    if (this.#parts.length === 0) this.#text += text
    else this.#add(Buffer.from(text, 'latin1'))
  }

  bytes(data: Buffer): void {
    this.#add(data)
  }

  /** One piece of a chunked body. */
  chunk(data: Buffer): void {
    this.text(`${data.length.toString(16)}\r\n`)
    this.#add(data)
    this.text('\r\n')
  }

  /** The end of a chunked body. */
  lastChunk(trailers: readonly string[]): void {
    let text = '0\r\n'
    for (let index = 0; index < trailers.length; index += 2) text += `${trailers[index]}: ${trailers[index + 1]}\r\n`
    this.text(`${text}\r\n`)
  }

  /** Writes what is queued. False when the socket wants no more until it drains. */
  flush(): boolean {
    const socket = this.#socket
    if (socket.destroyed || !socket.writable) return this.#drop()
    if (this.#parts.length === 0) return this.#text === '' || this.#writeText()
    return this.#bytes + this.#text.length <= worthCopying ? this.#writeOne() : this.#writeMany()
  }

  #add(data: Buffer): void {
    this.#parts.push(data)
    this.#bytes += data.length
  }

  #drop(): true {
    this.#text = ''
    this.#parts = []
    this.#bytes = 0
    return true
  }

  #writeText(): boolean {
    const text = this.#text
    this.#text = ''
    return this.#socket.write(text, 'latin1')
  }

  #writeOne(): boolean {
    const all = Buffer.allocUnsafe(this.#text.length + this.#bytes)
    let at = this.#text === '' ? 0 : all.write(this.#text, 'latin1')
    for (const part of this.#parts) at += part.copy(all, at)
    this.#drop()
    return this.#socket.write(all)
  }

  #writeMany(): boolean {
    const socket = this.#socket
    const parts = this.#parts
    const text = this.#text
    this.#drop()
    socket.cork()
    let room = true
    if (text !== '') room = socket.write(text, 'latin1')
    for (const part of parts) room = socket.write(part)
    socket.uncork()
    return room
  }
}

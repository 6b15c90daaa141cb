// For tests: a client that sends and reads plain bytes, and what waits for it and compares.
import { connect, type Socket } from 'node:net'

/** A raw connection: bytes out, everything that came back in `text`. */
export class RawClient {
  text = ''
  ended = false
  readonly socket: Socket
  readonly #waiting: (() => void)[] = []

  /** To a port of the loopback, or on a connection that was made already. */
  constructor(to: number | Socket) {
    this.socket = typeof to === 'number' ? connect(to, '127.0.0.1') : to
    this.socket.on('data', data => {
      this.text += data.toString('latin1')
      this.#wake()
    })
    this.socket.on('close', () => {
      this.ended = true
      this.#wake()
    })
    this.socket.on('error', () => {})
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  /** Resolves with all text once `enough` holds; rejects when the connection ends before. */
  async until(enough: string | ((text: string) => boolean)): Promise<string> {
    const done = () => (typeof enough === 'string' ? this.text.includes(enough) : enough(this.text))
    while (!done()) {
      if (this.ended) throw new Error(`the connection ended after ${JSON.stringify(this.text.slice(0, 500))}`)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return this.text
  }

  /** Resolves with all text when the other side has closed. */
  async end(): Promise<string> {
    while (!this.ended) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.text
  }

  close(): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Resolves when `condition` holds, looking again at every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2))
}

/** Dates and request ids vary; everything else is exact. */
export function withoutChance(text: string): string {
  return text
    .replace(/date: [A-Z][a-z]{2}, [^\r]+ GMT/g, 'date: D')
    .replace(/service-time: \d+/g, 'service-time: N')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'UUID4')
}

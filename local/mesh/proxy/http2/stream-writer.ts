// Writes one message to a stream, and marks its last frame as the end where that is known in time.
import type { HeaderList } from '../../codec/head.ts'
import type { Stream } from '../../h2/stream-handle.ts'

/** Head and data are held until it shows, within the turn, whether they are the last of the message. */
export class StreamWriter {
  readonly #stream: Stream
  #head: HeaderList | undefined
  #data: Buffer | undefined
  #room = true

  constructor(stream: Stream) {
    this.#stream = stream
  }

  /** Nothing waits for the windows to open. */
  get sent(): boolean {
    return this.#room
  }

  /** With the pseudo headers. */
  head(headers: HeaderList): void {
    this.#head = headers
  }

  /** False: no more until `drained`. */
  body(data: Buffer): boolean {
    this.flush()
    this.#data = data
    return this.#room
  }

  end(trailers: HeaderList): void {
    if (trailers.length > 0) {
      this.flush()
      this.#stream.trailers(trailers)
    } else if (this.#head) {
      this.#stream.headers(this.#head, true)
      this.#head = undefined
    } else {
      this.#room = this.#stream.data(this.#data ?? nothing, true)
      this.#data = undefined
    }
  }

  /** Sends what is held. False: no more until `drained`. */
  flush(): boolean {
    if (this.#head) this.#stream.headers(this.#head, false)
    this.#head = undefined
    if (this.#data) this.#room = this.#stream.data(this.#data, false)
    this.#data = undefined
    return this.#room
  }

  drained(): void {
    this.#room = true
  }
}

const nothing = Buffer.alloc(0)

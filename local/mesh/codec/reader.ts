// Reads messages from a byte stream, however it is cut into pieces, and tells a sink what came.
import { ChunkedDecoder } from './chunked.ts'
import { type Framing, framings } from './framing.ts'
import { type HeaderList, mostHeadBytes, refuseStrayBytes } from './head.ts'
import { MalformedMessage } from './malformed.ts'

export interface MessageSink<H> {
  /** A head is complete; the sink says how its body is framed. */
  onHead(head: H): Framing
  onBody(data: Buffer): void
  /** The message is complete. `trailers` is empty unless it was chunked and had some. */
  onEnd(trailers: HeaderList): void
}

const states = { head: 0, length: 1, chunked: 2, untilClose: 3, tunnel: 4, dead: 5 } as const
type State = (typeof states)[keyof typeof states]

const endOfHead = Buffer.from('\r\n\r\n')
const cr = 13
const lf = 10
const noTrailers: HeaderList = []

export class MessageReader<H> {
  readonly #parse: (text: string) => H
  readonly #sink: MessageSink<H>
  #state: State = states.head
  #endedMessage = false
  /** Bytes of a head that is not complete yet. */
  #partial: Buffer | undefined
  #remaining = 0
  #chunks: ChunkedDecoder | undefined

  constructor(parse: (text: string) => H, sink: MessageSink<H>) {
    this.#parse = parse
    this.#sink = sink
  }

  /** True between messages: nothing of the next one has come. */
  get idle(): boolean {
    return this.#state === states.head && this.#partial === undefined
  }

  /** True once the sink said that the stream leaves HTTP. */
  get tunnelled(): boolean {
    return this.#state === states.tunnel
  }

  /** Reads from `offset` to the end of `bytes` or of one message, whichever comes first; returns where it stopped. */
  feed(bytes: Buffer, offset = 0): number {
    let at = offset
    while (at < bytes.length) {
      switch (this.#state) {
        case states.head:
          at = this.#readHead(bytes, at)
          if (this.#state === states.head && this.#endedMessage) return this.#stop(at)
          break
        case states.length:
          at = this.#readLength(bytes, at)
          if (this.#endedMessage) return this.#stop(at)
          break
        case states.chunked:
          at = this.#readChunks(bytes, at)
          if (this.#endedMessage) return this.#stop(at)
          break
        case states.untilClose:
          this.#sink.onBody(at === 0 ? bytes : bytes.subarray(at))
          return bytes.length
        case states.tunnel:
          return at
        default:
          return bytes.length
      }
    }
    return at
  }

  /** The stream has ended. True when that was where a message may end. */
  finish(): boolean {
    if (this.#state === states.untilClose) {
      this.#state = states.dead
      this.#sink.onEnd(noTrailers)
      return true
    }
    return this.idle
  }

  /** Nothing more is read: what follows is thrown away. */
  stop(): void {
    this.#state = states.dead
  }

  #stop(at: number): number {
    this.#endedMessage = false
    return at
  }

  #end(trailers: HeaderList): void {
    if (this.#state !== states.dead) this.#state = states.head
    this.#endedMessage = true
    this.#sink.onEnd(trailers)
  }

  #readHead(bytes: Buffer, offset: number): number {
    if (this.#partial) return this.#continueHead(bytes, offset)
    const start = skipEmptyLines(bytes, offset)
    const end = bytes.indexOf(endOfHead, start)
    if (end < 0) {
      this.#keepPartial(bytes.subarray(start), 0)
      return bytes.length
    }
    this.#begin(bytes, start, end)
    return end + 4
  }

  #continueHead(bytes: Buffer, offset: number): number {
    const before = this.#partial ?? Buffer.alloc(0)
    const all = Buffer.concat([before, bytes.subarray(offset)])
    const start = skipEmptyLines(all, 0)
    const end = all.indexOf(endOfHead, Math.max(start, before.length - 3))
    this.#partial = undefined
    if (end < 0) {
      this.#keepPartial(all.subarray(start), before.length - start - 1)
      return bytes.length
    }
    this.#begin(all, start, end)
    return offset + end + 4 - before.length
  }

  /** Garbage is refused before its head is complete; what lies before `checked` has been looked at already. */
  #keepPartial(bytes: Buffer, checked: number): void {
    if (bytes.length > mostHeadBytes) throw new MalformedMessage('head_too_long', 431)
    // A copy: the piece may be a view of a large pooled buffer.
    this.#partial = bytes.length > 0 ? Buffer.from(bytes) : undefined
    const from = Math.max(0, checked)
    refuseStrayBytes(bytes.toString('latin1', from > 0 && bytes[from] === lf ? from + 1 : from))
  }

  #begin(bytes: Buffer, start: number, end: number): void {
    if (end - start > mostHeadBytes) throw new MalformedMessage('head_too_long', 431)
    const framing = this.#sink.onHead(this.#parse(bytes.toString('latin1', start, end)))
    if (this.#state === states.dead) return
    if (framing === 0) this.#end(noTrailers)
    else if (framing > 0) {
      this.#remaining = framing
      this.#state = states.length
    } else if (framing === framings.chunked) {
      this.#chunks = new ChunkedDecoder()
      this.#state = states.chunked
    } else if (framing === framings.untilClose) this.#state = states.untilClose
    else if (framing === framings.tunnel) this.#state = states.tunnel
  }

  #readLength(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining)
    this.#remaining -= end - at
    this.#sink.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#remaining === 0 && this.#state === states.length) this.#end(noTrailers)
    return end
  }

  #readChunks(bytes: Buffer, at: number): number {
    const chunks = this.#chunks
    if (!chunks) return bytes.length
    const end = chunks.decode(bytes, at, this.#sink)
    if (chunks.trailers && this.#state === states.chunked) {
      this.#chunks = undefined
      this.#end(chunks.trailers)
    }
    return end
  }
}

/** Empty lines before a first line are tolerated (RFC 9112 section 2.2). */
function skipEmptyLines(bytes: Buffer, offset: number): number {
  let at = offset
  while (bytes[at] === cr && bytes[at + 1] === lf) at += 2
  return at
}

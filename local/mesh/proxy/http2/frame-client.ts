// For tests: a client of HTTP/2 that sends whatever frames it likes, right or wrong, and tells what came of them.
import { connect, type Socket } from 'node:net'
import { type Frame, FrameReader, wholeFrame } from '../../h2/frame-reader.ts'
import { HpackDecoder } from '../../h2/hpack-decoder.ts'
import { HpackEncoder } from '../../h2/hpack-encoder.ts'
import { flags, frameTypes, preface } from '../../h2/protocol.ts'

/** What came of one stream: an answer, its reset, the end of the connection, or some of them. */
export interface Outcome {
  status?: string
  /** `name: value`, in order; what varies is `V`. */
  headers?: string[]
  body?: string
  trailers?: string[]
  /** The code of RST_STREAM, and of GOAWAY. */
  reset?: number
  goAway?: number
  closed?: true
}

const varying = new Set(['date', 'x-envoy-upstream-service-time', 'x-request-id'])

export class FrameClient {
  readonly socket: Socket
  /** Of every kind, by number, and what came of each stream. */
  readonly frames: number[] = []
  readonly #reader = new FrameReader()
  readonly #decoder = new HpackDecoder()
  readonly #encoder = new HpackEncoder()
  readonly #outcomes = new Map<number, Outcome>()
  readonly #ended = new Set<number>()
  #goAway: number | undefined
  #closed = false
  #wake: () => void = () => {}

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('error', () => {})
    this.socket.on('data', data => {
      this.#reader.feed(data, frame => this.#take(frame))
      this.#wake()
    })
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
    this.socket.write(preface)
    this.frame(frameTypes.settings, 0, 0)
  }

  frame(type: number, frameFlags: number, stream: number, payload: string | Buffer = ''): this {
    this.socket.write(wholeFrame(type, frameFlags, stream, Buffer.from(payload)))
    return this
  }

  block(list: readonly string[]): Buffer {
    return Buffer.from(this.#encoder.encode(list))
  }

  headers(stream: number, list: readonly string[], end = true): this {
    const set = flags.endHeaders | (end ? flags.endStream : 0)
    return this.frame(frameTypes.headers, set, stream, this.block(list))
  }

  data(stream: number, data: string | Buffer, end = true): this {
    return this.frame(frameTypes.data, end ? flags.endStream : 0, stream, data)
  }

  /** Resolves when `enough` holds, looked at after each read; rejects when the connection ends before. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.#closed) throw new Error('the connection ended')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Resolves when the stream, or the connection, is over. */
  async outcome(stream = 1): Promise<Outcome> {
    await this.until(() => this.#closed || this.#ended.has(stream) || this.#goAway !== undefined)
    // Whatever came with the end.
    await new Promise(resolve => setTimeout(resolve, 20))
    return this.sofar(stream)
  }

  sofar(stream = 1): Outcome {
    return {
      ...this.#outcomes.get(stream),
      ...(this.#goAway !== undefined && { goAway: this.#goAway }),
      ...(this.#closed && { closed: true }),
    }
  }

  #take({ type, flags: set, stream, payload }: Frame): void {
    this.frames.push(type)
    const outcome = this.#outcomes.get(stream) ?? {}
    this.#outcomes.set(stream, outcome)
    if (type === frameTypes.settings && !(set & flags.ack)) this.frame(frameTypes.settings, flags.ack, 0)
    if (type === frameTypes.headers) this.#message(outcome, this.#decoder.decode(payload, 1 << 20).headers)
    if (type === frameTypes.data) outcome.body = (outcome.body ?? '') + payload.toString()
    if (type === frameTypes.rstStream) outcome.reset = payload.readUInt32BE(0)
    if (type === frameTypes.goAway) this.#goAway ??= payload.readUInt32BE(4)
    const ends = (type === frameTypes.headers || type === frameTypes.data) && (set & flags.endStream) !== 0
    if (ends || type === frameTypes.rstStream) this.#ended.add(stream)
  }

  #message(outcome: Outcome, list: readonly string[]): void {
    const lines = list.flatMap((name, index) => {
      if (index % 2 || name === ':status') return []
      return [`${name}: ${varying.has(name) ? 'V' : list[index + 1]}`]
    })
    if (outcome.headers) outcome.trailers = lines
    else Object.assign(outcome, { status: list[1], headers: lines })
  }
}

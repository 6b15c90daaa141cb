// The sending side of a connection: frames in order, within the windows the peer opened.
import { frameHeader, wholeFrame } from './frame-reader.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import {
  ConnectionError,
  defaultWindow,
  errorCodes,
  flags,
  frameHeaderBytes,
  frameTypes,
  largestWindow,
  StreamError,
} from './protocol.ts'
import { type PeerSettings, peerDefaults } from './settings.ts'
import type { StreamState } from './stream.ts'

const nothing = Buffer.alloc(0)

export class Sender {
  peer: PeerSettings = peerDefaults
  /** The socket takes no more for now: whoever sends data is told to wait. */
  held = false
  readonly #encoder = new HpackEncoder()
  readonly #waiting = new Set<StreamState>()
  #window = defaultWindow
  #parts: Buffer[] = []

  /** What is to be written since the last call, in order. */
  take(): Buffer[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }

  raw(bytes: Buffer): void {
    this.#parts.push(bytes)
  }

  frame(type: number, frameFlags: number, stream: number, payload: Buffer = nothing): void {
    this.#parts.push(wholeFrame(type, frameFlags, stream, payload))
  }

  /** The peer may send so many bytes more; on all streams together for stream 0. */
  windowUpdate(stream: number, bytes: number): void {
    this.frame(frameTypes.windowUpdate, 0, stream, words(bytes))
  }

  reset(stream: number, code: number): void {
    this.frame(frameTypes.rstStream, 0, stream, words(code))
  }

  /** `last`: the last stream of the peer that was looked at. */
  goAway(last: number, code: number): void {
    this.frame(frameTypes.goAway, 0, 0, words(last, code))
  }

  /** One HEADERS frame, and CONTINUATIONs for what does not fit. */
  headers(stream: StreamState, headers: readonly string[], end: boolean): void {
    const block = this.#encoder.encode(headers)
    const most = this.peer.maxFrameSize
    for (let at = 0; at === 0 || at < block.length; at += most) {
      const last = at + most >= block.length ? flags.endHeaders : 0
      const type = at === 0 ? frameTypes.headers : frameTypes.continuation
      this.frame(type, last | (at === 0 && end ? flags.endStream : 0), stream.id, block.subarray(at, at + most))
    }
    if (end) stream.endLocal()
  }

  /** Sends what the windows allow and keeps a copy of the rest. False: wait for `onDrained`. */
  data(stream: StreamState, data: Buffer, end: boolean): boolean {
    const room = stream.queue.length > 0 ? 0 : Math.min(stream.sendWindow, this.#window)
    const now = Math.max(0, Math.min(room, data.length))
    if (now > 0 || (data.length === 0 && stream.queue.length === 0)) {
      this.#dataFrames(stream, data.subarray(0, now), end && now === data.length)
    }
    if (now < data.length || (data.length === 0 && stream.queue.length > 0)) {
      stream.queue.push({ data: Buffer.from(data.subarray(now)), end })
      this.#waiting.add(stream)
    }
    stream.blocked = stream.queue.length > 0 || this.held
    return !stream.blocked
  }

  /** The last of a stream, behind whatever still waits for a window. */
  trailers(stream: StreamState, trailers: readonly string[]): void {
    if (stream.queue.length > 0) stream.trailers = trailers
    else this.headers(stream, trailers, true)
  }

  /** The peer takes more, on one stream or on all. Throws where it opened a window beyond the largest. */
  opened(stream: StreamState | undefined, bytes: number): void {
    if (stream) {
      stream.sendWindow += bytes
      if (stream.sendWindow > largestWindow) throw new StreamError(errorCodes.flowControlError, 'a window too large')
      this.#sendQueued(stream)
      return
    }
    this.#window += bytes
    if (this.#window > largestWindow) throw new ConnectionError(errorCodes.flowControlError, 'a window too large')
    this.#sendAllQueued()
  }

  /** New settings change the windows of all streams by the difference (RFC 9113 section 6.9.2). */
  adopt(settings: PeerSettings, streams: Iterable<StreamState>): void {
    const difference = settings.initialWindowSize - this.peer.initialWindowSize
    if (settings.headerTableSize !== this.peer.headerTableSize) this.#encoder.resize(settings.headerTableSize)
    this.peer = settings
    for (const stream of streams) {
      stream.sendWindow += difference
      if (stream.sendWindow > largestWindow)
        throw new ConnectionError(errorCodes.flowControlError, 'a window too large')
    }
    if (difference > 0) this.#sendAllQueued()
  }

  /** Whatever waits on a stream that is over is dropped. */
  forget(stream: StreamState): void {
    stream.queue.length = 0
    this.#waiting.delete(stream)
  }

  /** The socket takes more again. */
  released(streams: Iterable<StreamState>): void {
    this.held = false
    for (const stream of streams) this.#tellDrained(stream)
  }

  #sendAllQueued(): void {
    for (const stream of this.#waiting) {
      if (this.#window <= 0) return
      this.#sendQueued(stream)
    }
  }

  #sendQueued(stream: StreamState): void {
    for (let first = stream.queue[0]; first; first = stream.queue[0]) {
      const now = Math.max(0, Math.min(first.data.length, stream.sendWindow, this.#window))
      if (now === 0 && first.data.length > 0) return
      const whole = now === first.data.length
      this.#dataFrames(stream, first.data.subarray(0, now), whole && first.end)
      if (whole) stream.queue.shift()
      else first.data = first.data.subarray(now)
    }
    this.#waiting.delete(stream)
    const { trailers } = stream
    stream.trailers = undefined
    if (trailers) this.headers(stream, trailers, true)
    this.#tellDrained(stream)
  }

  #tellDrained(stream: StreamState): void {
    if (!stream.blocked || stream.queue.length > 0 || this.held) return
    stream.blocked = false
    stream.user?.onDrained()
  }

  /** Copies: what is sent may be a view that is gone with the turn. */
  #dataFrames(stream: StreamState, data: Buffer, end: boolean): void {
    const most = this.peer.maxFrameSize
    for (let at = 0; at === 0 || at < data.length; at += most) {
      const piece = data.subarray(at, at + most)
      const last = end && at + most >= data.length
      const header = frameHeader(piece.length, frameTypes.data, last ? flags.endStream : 0, stream.id)
      this.#parts.push(Buffer.concat([header, piece], frameHeaderBytes + piece.length))
      if (last) stream.endLocal()
    }
    stream.sendWindow -= data.length
    this.#window -= data.length
  }
}

/** Numbers of 32 bits, as frames carry them. */
function words(...values: number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * values.length)
  values.forEach((value, index) => {
    payload.writeUInt32BE(value, 4 * index)
  })
  return payload
}

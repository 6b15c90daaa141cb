// One stream of a connection to an endpoint, as whoever sends a request sees it.
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList } from '../../codec/head.ts'
import { errorCodes } from '../../h2/protocol.ts'
import type { StreamUser } from '../../h2/stream.ts'
import type { Stream } from '../../h2/stream-handle.ts'
import type { RequestSource, UpstreamChannel, UpstreamUser } from '../upstream/upstream-channel.ts'
import { responseFramingOf, responseHeadOf } from './message-heads.ts'
import type { TurnUser } from './session-socket.ts'
import { StreamWriter } from './stream-writer.ts'
import type { UpstreamSession } from './upstream-session.ts'

const switchingProtocols = 101

export class Http2Channel implements UpstreamChannel, StreamUser, TurnUser {
  user: UpstreamUser | undefined
  readonly #session: UpstreamSession
  #stream: Stream | undefined
  #writer: StreamWriter | undefined
  #method = ''
  #paused = false
  /** Bytes the user has, whose room is not given back before it takes more. */
  #withheld = 0
  /** Whose turn ends when what was read is through, though its exchange may be over by then. */
  #reader: UpstreamUser | undefined

  constructor(session: UpstreamSession) {
    this.#session = session
  }

  get connected(): boolean {
    return this.#session.connected
  }

  get greeted(): boolean {
    return this.#session.greeted
  }

  get uses(): number {
    return this.#session.uses
  }

  // The request.

  get full(): boolean {
    return this.#writer?.sent === false
  }

  head(source: RequestSource, method: string, framing: Framing): void {
    this.#method = method
    this.#stream = this.#session.request(source.headList(), framing === 0, this)
    this.#writer = new StreamWriter(this.#stream)
    this.#session.flushSoon()
  }

  body(data: Buffer): void {
    this.#writer?.body(data)
  }

  end(trailers: HeaderList): void {
    this.#writer?.end(trailers)
    this.#session.flushSoon()
  }

  flush(): void {
    this.#writer?.flush()
    this.#session.flushSoon()
  }

  onDrained(): void {
    this.#writer?.drained()
    this.user?.onDrained()
  }

  // The answer.

  onHeaders(headers: HeaderList, end: boolean): void {
    this.#touched()
    const head = responseHeadOf(headers)
    // Nobody can switch protocols in HTTP/2 (RFC 9113 section 8.6).
    if (head.status === switchingProtocols) this.#stream?.reset(errorCodes.protocolError)
    if (head.status === switchingProtocols) this.onReset(errorCodes.protocolError, true)
    else this.user?.onHead(head, responseFramingOf(head, this.#method, end))
  }

  onData(data: Buffer): void {
    this.#touched()
    this.user?.onBody(data)
    if (this.#paused) this.#withheld += data.length
    else this.#stream?.consumed(data.length)
  }

  onEnd(trailers: HeaderList): void {
    this.#touched()
    this.user?.onEnd(trailers)
  }

  onReset(code: number, byUs: boolean): void {
    const user = this.user
    this.user = undefined
    user?.onLost(this.#session.reasonOf(code, byUs))
  }

  #touched(): void {
    this.#reader = this.user
    this.#session.touched(this)
  }

  turnEnds(): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.onTurnEnd()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#withheld === 0) return
    this.#stream?.consumed(this.#withheld)
    this.#withheld = 0
    this.#session.flushSoon()
  }

  // Its end.

  over(reusable: boolean): void {
    this.user = undefined
    this.#session.uses++
    // Whoever answered before it read everything wants no more of it.
    if (!reusable || this.full) this.#stream?.reset(errorCodes.cancel)
    this.#session.flushSoon()
  }

  destroy(): void {
    this.user = undefined
    this.#reader = undefined
    if (this.#stream) this.#stream.reset(errorCodes.cancel)
    else this.#session.forget(this)
    this.#session.flushSoon()
  }
}

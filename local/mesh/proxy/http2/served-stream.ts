// One request of an HTTP/2 connection and the answer to it: a client like any other to the rest of the proxy.

import type { Identity } from '../../../seams/identity.ts'
import type { HeaderList, RequestHead, ResponseHead } from '../../codec/head.ts'
import { indexOfName, removeLines } from '../../codec/header-lines.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import { errorCodes } from '../../h2/protocol.ts'
import type { StreamUser } from '../../h2/stream.ts'
import type { Stream } from '../../h2/stream-handle.ts'
import type { Client, Exchange, TunnelEnd } from '../client.ts'
import { finishHeaders } from '../headers/response-headers.ts'
import { isGrpc, type LocalReply, localReplies, malformedReply, renderReply } from '../local-reply.ts'
import type { ServerSide } from '../server/server-side.ts'
import { framingOf, requestHeadOf } from './message-heads.ts'
import { StreamWriter } from './stream-writer.ts'

/** The connection of a stream, as the stream sees it. */
export interface StreamHome {
  readonly side: ServerSide
  readonly peer: string
  readonly caller: Identity | undefined
  /** What a CONNECT named, when the connection came behind one. */
  readonly tunnel: string | undefined
  /** Something of this stream was read in this turn: `turnEnds` is called when all of it was. */
  touched(stream: ServedStream): void
  /** Something is to be written. */
  flushSoon(): void
  /** The exchange is over. */
  over(): void
}

export class ServedStream implements Client, StreamUser {
  readonly #home: StreamHome
  readonly #stream: Stream
  readonly #writer: StreamWriter
  #exchange: Exchange | undefined
  #request: RequestHead | undefined
  #requestOpen = true
  /** Bytes the exchange has, whose room is not given back before it takes more. */
  #withheld = 0
  #waiting = false

  constructor(stream: Stream, home: StreamHome) {
    this.#stream = stream
    this.#home = home
    this.#writer = new StreamWriter(stream)
  }

  // The request.

  onHeaders(headers: HeaderList, end: boolean): void {
    this.#requestOpen = !end
    try {
      this.#begin(requestHeadOf(headers), end)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      this.reply(malformedReply(error.status, error.message, error.bare))
    }
    this.#home.touched(this)
  }

  #begin(head: RequestHead, end: boolean): void {
    this.#request = head
    const { side, peer, caller, tunnel } = this.#home
    if (head.method === 'CONNECT') {
      this.reply(localReplies.routeNotFound)
      return
    }
    const host = head.host ?? tunnel ?? ''
    const asterisk = head.target === '*' && head.method === 'OPTIONS'
    const target = asterisk || host === '' ? head.target : side.normalize(head.target)
    const framing = framingOf(head, end)
    this.#exchange = side.begin({ head, target, host, framing, client: this, http2: true, peer, caller, tunnel })
  }

  onData(data: Buffer): void {
    this.#home.touched(this)
    const takesMore = this.#exchange?.body(data) ?? true
    if (!takesMore) this.#waiting = true
    if (this.#waiting) this.#withheld += data.length
    else this.#stream.consumed(data.length)
  }

  onEnd(trailers: HeaderList): void {
    this.#requestOpen = false
    this.#exchange?.end(trailers)
    this.#home.touched(this)
  }

  /** Everything read in this turn was given. */
  turnEnds(): void {
    this.#exchange?.flush()
  }

  onReset(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.gone()
    this.#home.over()
  }

  onDrained(): void {
    this.#writer.drained()
    this.#exchange?.drained()
  }

  // The answer.

  head(head: ResponseHead): void {
    finishHeaders(head, this.#home.side.date(), this.#home.side.server)
    this.#writer.head([':status', String(head.status), ...head.headers])
  }

  interim(head: ResponseHead): void {
    this.#stream.headers([':status', String(head.status), ...head.headers], false)
    this.#home.flushSoon()
  }

  body(data: Buffer): void {
    this.#writer.body(data)
  }

  end(trailers: HeaderList): void {
    this.#writer.end(trailers)
    this.#answered()
  }

  flush(): boolean {
    this.#home.flushSoon()
    return this.#writer.flush()
  }

  reply(reply: LocalReply): void {
    const { side } = this.#home
    const { status, headers, body } = renderReply(reply, {
      method: this.#request?.method ?? '',
      grpc: isGrpc(this.#request?.contentType ?? ''),
      ...{ date: side.date(), server: side.server, close: false },
    })
    removeFraming(headers)
    this.#writer.head([':status', String(status), ...headers])
    if (body.length > 0) this.#writer.body(body)
    this.#writer.end([])
    this.#answered()
  }

  cut(): void {
    this.#exchange = undefined
    this.#writer.flush()
    this.#stream.reset(errorCodes.internalError)
    this.#home.over()
    this.#home.flushSoon()
  }

  resume(): void {
    this.#waiting = false
    if (this.#withheld === 0) return
    this.#stream.consumed(this.#withheld)
    this.#withheld = 0
    this.#home.flushSoon()
  }

  /** Nobody can ask for an upgrade in HTTP/2. */
  tunnel(_head: ResponseHead, upstream: TunnelEnd): void {
    upstream.destroy()
    this.cut()
  }

  /** What was not read of the request nobody wants any more: its sender is told, once the answer is out. */
  #answered(): void {
    this.#exchange = undefined
    this.resume()
    if (this.#requestOpen && this.#writer.sent) this.#stream.reset(errorCodes.noError)
    this.#home.over()
    this.#home.flushSoon()
  }
}

/** What frames an answer is said by HTTP/2 itself; a length of 0 is only said where nothing else is. */
function removeFraming(headers: HeaderList): void {
  const length = indexOfName(headers, 'content-length')
  const empty = length >= 0 && headers[length + 1] === '0'
  removeLines(headers, name => name === 'transfer-encoding' || (empty && name === 'content-length'))
}

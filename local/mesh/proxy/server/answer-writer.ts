// Puts answers on the wire of an HTTP/1.1 connection, framed as its client can read them.
import type { Socket } from 'node:net'
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import { Outbox } from '../../codec/outbox.ts'
import { clientReadsChunks, finishHeaders, responseText } from '../headers/response-headers.ts'
import { type LocalReply, localReplyText } from '../local-reply.ts'
import type { ServerSide } from './server-side.ts'

export class AnswerWriter {
  readonly #side: ServerSide
  readonly #out: Outbox
  #chunked = false

  constructor(socket: Socket, side: ServerSide) {
    this.#side = side
    this.#out = new Outbox(socket)
  }

  /** `heading`: it answers HEAD. `close`: the connection ends with it. */
  head(head: ResponseHead, framing: Framing, { heading, close }: { heading: boolean; close: boolean }): void {
    finishHeaders(head, this.#side.date(), this.#side.server)
    if (close) head.headers.push('connection', 'close')
    const unframed = clientReadsChunks(head)
    // Only HTTP/2 says so early that nothing follows.
    const empty = unframed && framing === 0 && !heading
    if (empty) head.headers.push('content-length', '0')
    else if (unframed) head.headers.push('transfer-encoding', 'chunked')
    this.#chunked = unframed && !empty && !heading
    this.#out.text(responseText(head.status, head.headers))
  }

  interim(head: ResponseHead): void {
    this.#out.text(responseText(head.status, head.headers))
    this.#out.flush()
  }

  body(data: Buffer): void {
    if (this.#chunked) this.#out.chunk(data)
    else this.#out.bytes(data)
  }

  end(trailers: HeaderList): void {
    if (this.#chunked) this.#out.lastChunk(trailers)
  }

  /** The whole answer in the proxy's own name. */
  reply(reply: LocalReply, { method, grpc, close }: { method: string; grpc: boolean; close: boolean }): void {
    const { date, server } = this.#side
    this.#out.text(localReplyText(reply, { method, grpc, date: date(), server, close }))
  }

  /** 101, and what came behind it. */
  switching(head: ResponseHead, first: Buffer): void {
    this.#out.text(responseText(head.status, head.headers))
    if (first.length > 0) this.#out.bytes(first)
    this.#out.flush()
  }

  /** Bytes that are an answer already. */
  text(text: string): void {
    this.#out.text(text)
  }

  flush(): boolean {
    return this.#out.flush()
  }
}

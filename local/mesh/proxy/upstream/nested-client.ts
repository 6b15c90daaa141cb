// The near side of a hop in memory: what one proxy answers reaches the proxy before it as an answer from a wire.
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import type { AttemptClient, Client, TunnelEnd } from '../client.ts'
import { finishHeaders, responseHead } from '../headers/response-headers.ts'
import { isGrpc, type LocalReply, renderReply } from '../local-reply.ts'
import type { HttpDate } from '../server/http-date.ts'

export interface NestedOptions {
  date: HttpDate
  /** The name of the inner proxy. */
  server: string
  method: string
  contentType: string
}

export class NestedClient implements Client {
  readonly #outer: AttemptClient
  readonly #options: NestedOptions

  constructor(outer: AttemptClient, options: NestedOptions) {
    this.#outer = outer
    this.#options = options
  }

  head(head: ResponseHead, framing: Framing): void {
    const { date, server } = this.#options
    finishHeaders(head, date(), server)
    this.#outer.head(head, framing)
  }

  interim(head: ResponseHead): void {
    this.#outer.interim(head)
  }

  body(data: Buffer): void {
    this.#outer.body(data)
  }

  end(trailers: HeaderList): void {
    this.#outer.end(trailers)
  }

  flush(): boolean {
    return this.#outer.flush()
  }

  cut(): void {
    this.#outer.cut()
  }

  resume(): void {
    this.#outer.resume()
  }

  tunnel(head: ResponseHead, upstream: TunnelEnd, first: Buffer): void {
    this.#outer.tunnel(head, upstream, first)
  }

  reply(reply: LocalReply): void {
    const { date, server, method, contentType } = this.#options
    const context = { method, grpc: isGrpc(contentType), date: date(), server, close: false }
    const { status, headers, body } = renderReply(reply, context)
    this.#outer.head(responseHead(status, headers, lengthOf(headers)), body.length)
    if (body.length > 0) this.#outer.body(body)
    this.#outer.end([])
    this.#outer.flush()
  }
}

/** −1 where the head says none: to HEAD an empty answer has no length. */
function lengthOf(headers: HeaderList): number {
  const at = headers.indexOf('content-length')
  return at < 0 ? -1 : Number(headers[at + 1])
}

// A sender inside the runtime: its request takes the way of all others, only without a socket before the gateway.
import type { Clock } from '../../../kernel/clock.ts'
import type { SendRequest, SendResponse } from '../../../seams/send.ts'
import type { RequestHead, ResponseHead } from '../../codec/head.ts'
import type { Client, Exchange, Incoming, TunnelEnd } from '../client.ts'
import { finishHeaders } from '../headers/response-headers.ts'
import { type LocalReply, renderReply } from '../local-reply.ts'
import { parseAbsoluteTarget } from '../path.ts'
import type { HttpDate } from './http-date.ts'

export interface SendOptions {
  clock: Clock
  date: HttpDate
  /** True: what the mesh answers when an instance gave none is an answer too, as for a client on a socket. */
  failuresAnswer?: boolean
  begin(incoming: Incoming): Exchange | undefined
}

/**
 * One request, one attempt. The mesh's own refusals (404, 503 without a place) are answers; rejects when the instance
 * gave none: refused, cut off, or not within `timeoutMs`.
 */
export function sendInMemory(request: SendRequest, options: SendOptions): Promise<SendResponse> {
  const { clock, date, begin, failuresAnswer = false } = options
  const url = parseAbsoluteTarget(request.url)
  if (!url) return Promise.reject(new Error(`not an absolute http URL: ${request.url}`))
  return new Promise((resolve, reject) => {
    const client = new MemoryClient(request, { date, failuresAnswer }, { resolve, reject })
    const head = requestHead(request, url.authority)
    const incoming = { head, target: url.target, host: url.authority, framing: request.body.length }
    const exchange = begin({ ...incoming, client, peer: '127.0.0.1', caller: undefined, repeats: true })
    if (request.timeoutMs > 0) client.limit(clock, request.timeoutMs, exchange)
    if (!exchange) return
    if (request.body.length > 0) exchange.body(request.body)
    exchange.end([])
    exchange.flush()
  })
}

class MemoryClient implements Client {
  readonly #request: SendRequest
  readonly #date: HttpDate
  readonly #failuresAnswer: boolean
  readonly #resolve: (response: SendResponse) => void
  readonly #reject: (error: Error) => void
  #timer: { cancel(): void } | undefined
  #status = 0
  #headers: readonly string[] = []
  readonly #parts: Buffer[] = []
  #over = false

  constructor(
    request: SendRequest,
    { date, failuresAnswer }: { date: HttpDate; failuresAnswer: boolean },
    { resolve, reject }: { resolve: (response: SendResponse) => void; reject: (error: Error) => void },
  ) {
    this.#request = request
    this.#date = date
    this.#failuresAnswer = failuresAnswer
    this.#resolve = resolve
    this.#reject = reject
  }

  limit(clock: Clock, ms: number, exchange: Exchange | undefined): void {
    if (this.#over) return
    this.#timer = clock.after(ms, () => {
      exchange?.gone()
      this.#fail(`no answer from ${this.#request.url} within ${ms} ms`)
    })
  }

  head(head: ResponseHead): void {
    finishHeaders(head, this.#date(), 'istio-envoy')
    this.#status = head.status
    this.#headers = head.headers
  }

  interim(): void {}

  body(data: Buffer): void {
    this.#parts.push(data)
  }

  end(): void {
    this.#settle()
    this.#resolve({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#parts) })
  }

  flush(): boolean {
    return true
  }

  /** An instance that broke down is no answer; a route that does not exist is one. */
  reply(reply: LocalReply): void {
    if (!this.#failuresAnswer && reply.details.startsWith('upstream_reset')) {
      this.#fail(`${this.#request.url}: ${reply.body}`)
      return
    }
    this.#settle()
    const context = {
      method: this.#request.method,
      grpc: false,
      date: this.#date(),
      server: 'istio-envoy',
      close: false,
    }
    this.#resolve(renderReply(reply, context))
  }

  cut(): void {
    this.#fail(`${this.#request.url}: the answer was cut off`)
  }

  resume(): void {}

  tunnel(_head: ResponseHead, upstream: TunnelEnd): void {
    upstream.destroy()
    this.#fail(`${this.#request.url}: answered with an upgrade nobody asked for`)
  }

  #fail(message: string): void {
    if (this.#over) return
    this.#settle()
    this.#reject(new Error(message))
  }

  #settle(): void {
    this.#over = true
    this.#timer?.cancel()
  }
}

function requestHead({ method, headers, body }: SendRequest, host: string): RequestHead {
  const framed = headers.includes('content-length') ? [...headers] : [...headers, 'content-length', String(body.length)]
  return {
    method,
    target: '',
    headers: framed,
    host,
    contentLength: body.length,
    transferEncoding: '',
    connection: '',
    upgrade: '',
    contentType: '',
  }
}

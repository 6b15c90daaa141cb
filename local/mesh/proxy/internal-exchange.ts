// A request to a service that lives in the runtime: its body is gathered, the answer comes in one piece.

import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { InternalResponse, InternalService } from '../internal-service.ts'
import type { Exchange, Incoming } from './client.ts'
import { localReplies } from './local-reply.ts'
import { plainResponse, responseHead } from './response-headers.ts'

export class InternalExchange implements Exchange {
  readonly #incoming: Incoming
  readonly #service: InternalService
  readonly #log: Log
  readonly #parts: Buffer[] = []
  #bytes = 0
  #over = false

  constructor(incoming: Incoming, service: InternalService, log: Log) {
    this.#incoming = incoming
    this.#service = service
    this.#log = log
  }

  /** Undefined when the announced length alone is too much: it is answered already. */
  start(): this | undefined {
    if (this.#incoming.framing > this.#service.maxBodyBytes) {
      this.#refuseBody()
      return undefined
    }
    if (this.#incoming.framing === 0) void this.#handle()
    return this
  }

  body(data: Buffer): boolean {
    if (this.#over) return true
    this.#bytes += data.length
    if (this.#bytes > this.#service.maxBodyBytes) this.#refuseBody()
    else this.#parts.push(data)
    return true
  }

  end(): void {
    if (!this.#over && this.#incoming.framing !== 0) void this.#handle()
  }

  flush(): void {}

  drained(): void {}

  gone(): void {
    this.#over = true
    this.#parts.length = 0
  }

  #refuseBody(): void {
    this.gone()
    this.#incoming.client.reply(localReplies.bodyTooLarge)
  }

  async #handle(): Promise<void> {
    const { head, target, caller } = this.#incoming
    const body = Buffer.concat(this.#parts)
    try {
      const request = { method: head.method, target, headers: head.headers, body, caller }
      this.#answer(await this.#service.handle(request))
    } catch (error) {
      this.#log('error', `internal service ${this.#incoming.host}: ${messageOf(error)}`)
      const text = 'Internal Server Error'
      if (!this.#over) this.#write(plainResponse(500, text), Buffer.from(text))
    }
  }

  #answer({ status, headers, body }: InternalResponse): void {
    if (this.#over) return
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const framed =
      status === 204 || status === 304 ? [...headers] : [...headers, 'content-length', String(bytes.length)]
    this.#write(responseHead(status, framed, bytes.length), bytes)
  }

  #write(head: ReturnType<typeof responseHead>, body: Buffer): void {
    this.#over = true
    const { client } = this.#incoming
    const bodyless = body.length === 0 || this.#incoming.head.method === 'HEAD' || head.status === 204
    client.head(head, bodyless ? 0 : body.length, 0)
    if (!bodyless) client.body(body)
    client.end([])
    client.flush()
  }
}

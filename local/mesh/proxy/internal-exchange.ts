// A request to a service that lives in the runtime: its body is gathered, the answer comes in one piece.
import { messageOf } from '../../kernel/errors.ts'
import { BrokenConnection, type InternalResponse, type InternalService } from '../../seams/internal-service.ts'
import type { AttemptClient, Exchange } from './client.ts'
import { responseHead } from './headers/response-headers.ts'
import type { Hop } from './hop.ts'
import { answerPlainly } from './upstream/plain-answer.ts'

export class InternalExchange implements Exchange {
  readonly #hop: Hop
  readonly #service: InternalService
  readonly #client: AttemptClient
  readonly #parts: Buffer[] = []
  #bytes = 0
  #over = false

  constructor(hop: Hop, service: InternalService, client: AttemptClient) {
    this.#hop = hop
    this.#service = service
    this.#client = client
  }

  /** Undefined when the announced length alone is too much: it is answered already. */
  start(): this | undefined {
    const { framing } = this.#hop.incoming
    if (framing > this.#service.maxBodyBytes) {
      this.#refuseBody()
      return undefined
    }
    if (framing === 0) void this.#handle()
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
    if (!this.#over && this.#hop.incoming.framing !== 0) void this.#handle()
  }

  flush(): void {}

  drained(): void {}

  gone(): void {
    this.#over = true
    this.#parts.length = 0
  }

  #refuseBody(): void {
    this.gone()
    answerPlainly(this.#client, this.#hop.incoming.head.method, 413, 'Payload Too Large')
  }

  async #handle(): Promise<void> {
    const { target, headers, host, incoming, wire } = this.#hop
    const { head, caller } = incoming
    const body = Buffer.concat(this.#parts)
    try {
      this.#answer(await this.#service.handle({ method: head.method, host, target, headers, body, caller }))
    } catch (error) {
      if (this.#over) return
      this.#over = true
      if (error instanceof BrokenConnection) {
        this.#client.failed({ kind: 'reset' })
        return
      }
      wire.log('error', `internal service ${host}: ${messageOf(error)}`)
      answerPlainly(this.#client, head.method, 500, 'Internal Server Error')
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
    const bodyless = body.length === 0 || this.#hop.incoming.head.method === 'HEAD' || head.status === 204
    this.#client.head(head, bodyless ? 0 : body.length)
    if (!bodyless) this.#client.body(body)
    this.#client.end([])
    this.#client.flush()
  }
}

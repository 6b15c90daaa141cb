// The answer's way through a hop: what the route and CORS ask of its head, then on to whoever asked.
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import { setInPlace } from '../../codec/header-lines.ts'
import type { AttemptClient, TunnelEnd } from '../client.ts'
import type { AttemptFailure } from '../failure.ts'
import { applyGrant, type CorsGrant } from '../filters/cors.ts'
import { applyResponseRules, hasResponseRules } from '../headers/header-rules.ts'
import type { Hop } from '../hop.ts'

/** Whoever made the try that the answer is of. */
export interface Tries {
  failed(failure: AttemptFailure): void
  /** False when the answer is not wanted: another try follows. */
  takes(head: ResponseHead): boolean
  /** Milliseconds since the whole request was here; undefined while it is not. */
  serviceTime(): number | undefined
  /** A cookie for the client, so that it comes back to the same endpoint. */
  cookie(): string | undefined
  answered(): void
  brokeOff(): void
}

export class HopAnswer implements AttemptClient {
  readonly #hop: Hop
  readonly #grant: CorsGrant | undefined
  readonly #tries: Tries
  /** The rest of an answer that was not wanted: what answers in memory says head, body and end in one go. */
  #unwanted = false

  constructor(hop: Hop, grant: CorsGrant | undefined, tries: Tries) {
    this.#hop = hop
    this.#grant = grant
    this.#tries = tries
  }

  failed(failure: AttemptFailure): void {
    this.#tries.failed(failure)
  }

  head(head: ResponseHead, framing: Framing): void {
    this.#unwanted = !this.#tries.takes(head)
    if (this.#unwanted) return
    const { headers, status } = head
    const hop = this.#hop
    const serviceTime = this.#tries.serviceTime()
    if (serviceTime !== undefined) setInPlace(headers, 'x-envoy-upstream-service-time', String(serviceTime))
    const cookie = this.#tries.cookie()
    if (cookie !== undefined) headers.push('set-cookie', cookie)
    if (hasResponseRules(hop)) applyResponseRules(hop, { status, headers, details: 'via_upstream', flags: '' })
    if (this.#grant) applyGrant(headers, this.#grant)
    hop.incoming.client.head(head, framing)
  }

  interim(head: ResponseHead): void {
    this.#hop.incoming.client.interim(head)
  }

  body(data: Buffer): void {
    if (this.#unwanted) return
    this.#hop.sentBytes += data.length
    this.#hop.incoming.client.body(data)
  }

  end(trailers: HeaderList): void {
    if (this.#unwanted) return
    this.#tries.answered()
    this.#hop.incoming.client.end(trailers)
  }

  flush(): boolean {
    return this.#hop.incoming.client.flush()
  }

  cut(): void {
    if (this.#unwanted) return
    this.#tries.brokeOff()
    this.#hop.incoming.client.cut()
  }

  resume(): void {
    this.#hop.incoming.client.resume()
  }

  tunnel(head: ResponseHead, upstream: TunnelEnd, first: Buffer): void {
    this.#tries.takes(head)
    this.#hop.incoming.client.tunnel(head, upstream, first)
  }
}

// One try at an address: whatever goes wrong is told at once, as Envoy does; another try is the router's to make.
import type { HeaderList } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import type { AttemptClient, Exchange } from '../client.ts'
import { type AttemptFailure, ConnectTimeout, socketReason } from '../failure.ts'
import type { Hop } from '../hop.ts'
import { requestList } from '../http2/request-list.ts'
import { requestText } from './request-text.ts'
import { type Address, addressText, StreamReset } from './upstream-channel.ts'
import { type StreamOwner, UpstreamStream } from './upstream-stream.ts'

export class AddressAttempt implements Exchange, StreamOwner {
  readonly client: AttemptClient
  readonly #hop: Hop
  readonly #stream: UpstreamStream

  constructor(hop: Hop, client: AttemptClient) {
    this.#hop = hop
    this.client = client
    this.#stream = new UpstreamStream(hop.wire, hop.incoming, this)
  }

  start(address: Address): this {
    this.#hop.address = addressText(address)
    this.#stream.open(address, false)
    return this
  }

  body(data: Buffer): boolean {
    return this.#stream.body(data)
  }

  end(trailers: HeaderList): void {
    this.#stream.end(trailers)
  }

  flush(): void {
    this.#stream.flush()
  }

  drained(): void {
    this.#stream.drained()
  }

  gone(): void {
    this.#stream.abandon()
  }

  headText(): string {
    return requestText(this.#hop)
  }

  headList(): HeaderList {
    return requestList(this.#hop)
  }

  mayRepeat(): boolean {
    return false
  }

  answerBegins(): void {}

  answerGoesOn(): void {}

  answered(): void {}

  lost(error: Error | undefined, { answering, connected }: { answering: boolean; connected: boolean }): void {
    if (answering) this.client.cut()
    else this.client.failed(failureOf(error, connected))
  }
}

export function failureOf(error: Error | undefined, connected: boolean): AttemptFailure {
  if (error instanceof MalformedMessage) return { kind: 'protocol-error' }
  if (error instanceof StreamReset) return { kind: 'stream-reset', refused: error.refused }
  if (error instanceof ConnectTimeout) return { kind: 'connect-timeout' }
  return connected ? { kind: 'reset' } : { kind: 'connect-failure', reason: socketReason(error) }
}

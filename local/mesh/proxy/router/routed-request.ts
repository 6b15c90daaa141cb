// The request's side of a route: its body goes to the try that runs, to the mirrors, and is kept for the next try.
import type { HeaderList } from '../../codec/head.ts'
import type { ForwardAction } from '../../table/route.ts'
import type { Exchange } from '../client.ts'
import { HeldBody, mostReplayedBytes } from '../held-body.ts'
import type { Hop } from '../hop.ts'
import { drawMirrors, type MirrorCopies } from './mirror.ts'

export class RoutedRequest {
  readonly #hop: Hop
  readonly #mirrors: MirrorCopies | undefined
  readonly #held = new HeldBody(mostReplayedBytes)
  /** True when other tries may follow the first. */
  readonly #replays: boolean
  #trailers: HeaderList = []
  /** True when all of it has come. */
  ended: boolean
  /** Milliseconds since the epoch; 0 until it ended. */
  endedAt = 0

  constructor(hop: Hop, action: ForwardAction) {
    this.#hop = hop
    this.#mirrors = drawMirrors(hop, action)
    this.#replays = (action.retry?.retries ?? 0) > 0
    this.ended = hop.incoming.framing === 0
  }

  /** False once something of it was thrown away: no other try can be made. */
  get repeatable(): boolean {
    return this.#held.whole
  }

  body(data: Buffer, attempt: Exchange | undefined): boolean {
    this.#hop.receivedBytes += data.length
    this.#mirrors?.body(data)
    if (!attempt) {
      this.#held.hold(data)
      return !this.#held.full
    }
    if (this.#replays) this.#held.holdForReplay(data)
    return attempt.body(data)
  }

  end(trailers: HeaderList): void {
    this.ended = true
    this.endedAt = this.#hop.wire.clock.now()
    this.#trailers = trailers
    this.#mirrors?.end(trailers)
  }

  /** What came of the body before there was anybody to give it to, or what another endpoint had already. */
  replay(attempt: Exchange, isFirstTry: boolean): void {
    for (const part of this.#held.parts) attempt.body(part)
    if (this.ended) attempt.end(this.#trailers)
    if (!this.#replays) this.#held.drop()
    if (isFirstTry && !this.ended) return
    attempt.flush()
    this.#hop.incoming.client.resume()
  }

  /** No other try follows. */
  drop(): void {
    this.#held.drop()
  }
}

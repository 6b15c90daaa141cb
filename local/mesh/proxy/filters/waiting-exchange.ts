// A request that waits before it goes on (a fault's delay, a key set being fetched): its body is held meanwhile.
import type { HeaderList } from '../../codec/head.ts'
import type { Exchange, Incoming } from '../client.ts'
import { HeldBody } from '../held-body.ts'

export class WaitingExchange implements Exchange {
  readonly #incoming: Incoming
  readonly #givenUp: () => void
  readonly #held = new HeldBody()
  #next: Exchange | undefined
  #waiting = true
  #trailers: HeaderList | undefined

  /** `givenUp` is called when the client goes away while it waits. */
  constructor(incoming: Incoming, givenUp: () => void) {
    this.#incoming = incoming
    this.#givenUp = givenUp
  }

  /** Goes on with what `begin` gives; undefined when the request was answered at once. */
  go(begin: () => Exchange | undefined): void {
    if (!this.#waiting) return
    this.#waiting = false
    const next = begin()
    this.#next = next
    if (next) {
      for (const part of this.#held.parts) next.body(part)
      if (this.#trailers) next.end(this.#trailers)
      next.flush()
    }
    this.#held.drop()
    this.#incoming.client.resume()
  }

  body(data: Buffer): boolean {
    if (this.#next) return this.#next.body(data)
    if (!this.#waiting) return true
    this.#held.hold(data)
    return !this.#held.full
  }

  end(trailers: HeaderList): void {
    this.#trailers = trailers
    this.#next?.end(trailers)
  }

  flush(): void {
    this.#next?.flush()
  }

  drained(): void {
    this.#next?.drained()
  }

  gone(): void {
    if (this.#waiting) this.#givenUp()
    this.#waiting = false
    this.#held.drop()
    this.#next?.gone()
  }
}

// An instance as the pool sees it, and one place at it while a request holds it.
import type { Endpoint, Lease, RequestLimits } from '../../seams/upstreams.ts'

/** An instance as the pool sees it. */
export interface Seat {
  readonly name: string
  readonly endpoint: Endpoint
  inFlight: number
  /** Requests it answered. */
  answered: number
  /** Only offered seats are given out. */
  offered: boolean
  whenEmpty: (() => void) | undefined
}

/** Who is told when a place comes free. */
interface Owner {
  leave(seat: Seat, failed: boolean): void
}

/** The one object a request on the fast path costs. */
export class Place implements Lease {
  readonly limits: RequestLimits
  readonly viaActivator: boolean
  readonly #pool: Owner
  readonly #seat: Seat
  #held = true

  constructor(pool: Owner, seat: Seat, limits: RequestLimits, viaActivator: boolean) {
    this.#pool = pool
    this.#seat = seat
    this.limits = limits
    this.viaActivator = viaActivator
  }

  get endpoint(): Endpoint {
    return this.#seat.endpoint
  }

  get instance(): string {
    return this.#seat.name
  }

  release(): void {
    this.#end(false)
  }

  fail(): void {
    this.#end(true)
  }

  #end(failed: boolean): void {
    if (!this.#held) return
    this.#held = false
    this.#pool.leave(this.#seat, failed)
  }
}

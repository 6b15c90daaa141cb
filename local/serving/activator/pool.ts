// The places at a revision's ready instances: given out at once while there are some, else to who waits longest.
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Endpoint, Lease, PendingLease, Refusal, RequestLimits } from '../../seams/upstreams.ts'
import { choose } from './balance.ts'
import type { Meter } from './meter.ts'
import { Place, type Seat } from './place.ts'
import { queueFull } from './refusals.ts'
import { WaitingLine } from './waiting-line.ts'

export interface PoolOptions {
  clock: Clock
  random: Random
  meter: Meter
  limits: RequestLimits
  /** Requests an instance takes at once; 0 is no limit. */
  containerConcurrency: number
  /** An instance refused a connection or died; it is out until `offer`. */
  onFailed(seat: Seat): void
}

/** Requests of one revision that may wait (activator/net/throttler.go, breakerQueueDepth). */
export const queueDepth = 10_000

export class Pool {
  /** True while the activator stands in the path because a burst would not fit. */
  inPath = true
  readonly #options: PoolOptions
  readonly #line: WaitingLine
  #seats: Seat[] = []

  constructor(options: PoolOptions) {
    this.#options = options
    const { clock, meter, limits } = options
    const { timeoutMs, responseStartTimeoutMs, idleTimeoutMs } = limits
    const longestMs = Math.min(...[timeoutMs, responseStartTimeoutMs, idleTimeoutMs].filter(ms => ms > 0))
    this.#line = new WaitingLine({ clock, longestMs, left: () => meter.leave(clock.now()) })
  }

  get waiting(): number {
    return this.#line.size
  }

  /** A place now, or later. Throws a `Refusal` when too many wait. */
  lease(): Lease | PendingLease {
    const { meter, clock } = this.#options
    const now = clock.now()
    if (this.#line.size >= queueDepth) throw queueFull()
    meter.arrive(now)
    const seat = this.#line.size === 0 ? this.#choose() : undefined
    return seat ? this.take(seat, this.inPath) : this.#line.join(now)
  }

  /** A new instance is ready. */
  add(name: string, endpoint: Endpoint): Seat {
    const seat: Seat = { name, endpoint, inFlight: 0, answered: 0, offered: false, whenEmpty: undefined }
    this.offer(seat)
    return seat
  }

  /** Gives out the seat (again); who waits is served first. */
  offer(seat: Seat): void {
    if (seat.offered) return
    seat.offered = true
    this.#seats = [...this.#seats, seat]
    this.#serveWaiting()
  }

  /** Gives the seat out no more; requests on it go on. */
  withdraw(seat: Seat): void {
    seat.offered = false
    this.#seats = this.#seats.filter(one => one !== seat)
  }

  /** Withdraws the seat and resolves when its last request is over. */
  drain(seat: Seat): Promise<void> {
    this.withdraw(seat)
    if (seat.inFlight === 0) return Promise.resolve()
    return new Promise(resolve => {
      seat.whenEmpty = resolve
    })
  }

  /** Answers everybody who waits. */
  refuseAll(refusal: Refusal): void {
    this.#line.refuseAll(refusal)
  }

  /** Takes a place at a seat that has room. */
  take(seat: Seat, viaActivator: boolean): Lease {
    seat.inFlight++
    return new Place(this, seat, this.#options.limits, viaActivator)
  }

  /** A place came free; called by the place itself. */
  leave(seat: Seat, failed: boolean): void {
    seat.inFlight--
    this.#options.meter.leave(this.#options.clock.now())
    if (failed) this.#failed(seat)
    else seat.answered++
    if (seat.inFlight === 0) seat.whenEmpty?.()
    if (this.#line.size > 0) this.#serveWaiting()
  }

  // Several requests may fail at one death: the first says it, the others find the seat withdrawn.
  #failed(seat: Seat): void {
    if (!seat.offered) return
    this.withdraw(seat)
    this.#options.onFailed(seat)
  }

  #choose(): Seat | undefined {
    return choose(this.#seats, this.#options.containerConcurrency, this.#options.random)
  }

  #serveWaiting(): void {
    this.#line.serve(() => {
      const seat = this.#choose()
      return seat && this.take(seat, true)
    })
  }
}

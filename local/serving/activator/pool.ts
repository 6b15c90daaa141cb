// The places at a revision's ready instances, and the queue of requests that wait for one.
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { choose } from './balance.ts'
import {
  cancelled,
  type Endpoint,
  type Lease,
  type PendingLease,
  queueFull,
  type Refusal,
  type RequestLimits,
  waitedTooLong,
} from './lease.ts'
import type { Meter } from './meter.ts'

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

interface Waiter {
  grant(lease: Lease): void
  refuse(refusal: Refusal): void
  /** When its revision's limits end the wait, in milliseconds since the epoch. */
  deadline: number
}

/** Requests of one revision that may wait (activator/net/throttler.go, breakerQueueDepth). */
export const queueDepth = 10_000

export class Pool {
  /** True while the activator stands in the path because a burst would not fit. */
  inPath = true
  readonly #options: PoolOptions
  readonly #longestWait: number
  #seats: Seat[] = []
  // A set keeps the order of arrival and lets any waiter leave at once.
  readonly #waiting = new Set<Waiter>()
  #alarm: Timer | undefined

  constructor(options: PoolOptions) {
    this.#options = options
    const { timeoutMs, responseStartTimeoutMs, idleTimeoutMs } = options.limits
    this.#longestWait = Math.min(...[timeoutMs, responseStartTimeoutMs, idleTimeoutMs].filter(ms => ms > 0))
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** A place now, or later. Throws a `Refusal` when too many wait. */
  lease(): Lease | PendingLease {
    const { meter, clock } = this.#options
    const now = clock.now()
    if (this.#waiting.size >= queueDepth) throw queueFull()
    meter.arrive(now)
    const seat = this.#waiting.size === 0 ? this.#choose() : undefined
    return seat ? this.take(seat, this.inPath) : this.#wait(now)
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
    for (const waiter of [...this.#waiting]) this.#refuse(waiter, refusal)
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
    if (failed) {
      if (seat.offered) {
        this.withdraw(seat)
        this.#options.onFailed(seat)
      }
    } else {
      seat.answered++
    }
    if (seat.inFlight === 0) seat.whenEmpty?.()
    if (this.#waiting.size > 0) this.#serveWaiting()
  }

  #choose(): Seat | undefined {
    return choose(this.#seats, this.#options.containerConcurrency, this.#options.random)
  }

  #wait(now: number): PendingLease {
    let lease: Lease | undefined
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    // A client that went away awaits nothing: its refusal must not count as unhandled.
    promise.catch(() => {})
    const waiter: Waiter = {
      deadline: now + this.#longestWait,
      grant: granted => {
        lease = granted
        resolve(granted)
      },
      refuse: reject,
    }
    this.#waiting.add(waiter)
    this.#watchDeadline()
    const cancel = () => (lease ? lease.release() : this.#refuse(waiter, cancelled()))
    return { granted: promise, cancel }
  }

  #serveWaiting(): void {
    for (const waiter of this.#waiting) {
      const seat = this.#choose()
      if (!seat) break
      this.#waiting.delete(waiter)
      waiter.grant(this.take(seat, true))
    }
    this.#watchDeadline()
  }

  #refuse(waiter: Waiter, refusal: Refusal): void {
    if (!this.#waiting.delete(waiter)) return
    this.#options.meter.leave(this.#options.clock.now())
    waiter.refuse(refusal)
    this.#watchDeadline()
  }

  // All wait equally long, so the first in line is always the next to run out of time: one timer is enough.
  #watchDeadline(): void {
    if (this.#waiting.size === 0) {
      this.#alarm?.cancel()
      this.#alarm = undefined
    } else if (!this.#alarm && Number.isFinite(this.#longestWait)) {
      const [first] = this.#waiting
      this.#alarm = this.#options.clock.after((first?.deadline ?? 0) - this.#options.clock.now(), () => this.#expire())
    }
  }

  #expire(): void {
    this.#alarm = undefined
    const now = this.#options.clock.now()
    for (const waiter of this.#waiting) {
      if (waiter.deadline > now) break
      this.#refuse(waiter, waitedTooLong())
    }
    this.#watchDeadline()
  }
}

// The one object a request on the fast path costs.
class Place implements Lease {
  readonly limits: RequestLimits
  readonly viaActivator: boolean
  readonly #pool: Pool
  readonly #seat: Seat
  #held = true

  constructor(pool: Pool, seat: Seat, limits: RequestLimits, viaActivator: boolean) {
    this.#pool = pool
    this.#seat = seat
    this.limits = limits
    this.viaActivator = viaActivator
  }

  get endpoint(): Endpoint {
    return this.#seat.endpoint
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

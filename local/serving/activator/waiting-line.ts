// The line of requests that wait for a place: served in order of arrival, refused when their time is up.
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Lease, PendingLease, Refusal } from '../../seams/upstreams.ts'
import { cancelled, waitedTooLong } from './refusals.ts'

export interface WaitingLineOptions {
  clock: Clock
  /** How long a request may wait, in milliseconds; infinite when its revision sets no limit. */
  longestMs: number
  /** A request left without a place. */
  left(): void
}

interface Waiter {
  grant(lease: Lease): void
  refuse(refusal: Refusal): void
  /** When its revision's limits end the wait, in milliseconds since the epoch. */
  deadline: number
}

export class WaitingLine {
  readonly #options: WaitingLineOptions
  // A set keeps the order of arrival and lets any waiter leave at once.
  readonly #waiters = new Set<Waiter>()
  #alarm: Timer | undefined

  constructor(options: WaitingLineOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Joins at the end; `now` in milliseconds since the epoch. */
  join(now: number): PendingLease {
    let lease: Lease | undefined
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    // A client that went away awaits nothing: its refusal must not count as unhandled.
    promise.catch(() => {})
    const waiter: Waiter = {
      deadline: now + this.#options.longestMs,
      grant: granted => {
        lease = granted
        resolve(granted)
      },
      refuse: reject,
    }
    this.#waiters.add(waiter)
    this.#watchDeadline()
    return { granted: promise, cancel: () => (lease ? lease.release() : this.#refuse(waiter, cancelled())) }
  }

  /** Gives each in turn what `place` returns, until that is nothing. */
  serve(place: () => Lease | undefined): void {
    for (const waiter of this.#waiters) {
      const lease = place()
      if (!lease) break
      this.#waiters.delete(waiter)
      waiter.grant(lease)
    }
    this.#watchDeadline()
  }

  /** Answers everybody. */
  refuseAll(refusal: Refusal): void {
    for (const waiter of [...this.#waiters]) this.#refuse(waiter, refusal)
  }

  #refuse(waiter: Waiter, refusal: Refusal): void {
    if (!this.#waiters.delete(waiter)) return
    this.#options.left()
    waiter.refuse(refusal)
    this.#watchDeadline()
  }

  // All wait equally long, so the first in line is always the next to run out of time: one timer is enough.
  #watchDeadline(): void {
    const { clock, longestMs } = this.#options
    if (this.#waiters.size === 0) {
      this.#alarm?.cancel()
      this.#alarm = undefined
    } else if (!this.#alarm && Number.isFinite(longestMs)) {
      const [first] = this.#waiters
      this.#alarm = clock.after((first?.deadline ?? 0) - clock.now(), () => this.#expire())
    }
  }

  #expire(): void {
    this.#alarm = undefined
    const now = this.#options.clock.now()
    for (const waiter of this.#waiters) {
      if (waiter.deadline > now) break
      this.#refuse(waiter, waitedTooLong())
    }
    this.#watchDeadline()
  }
}

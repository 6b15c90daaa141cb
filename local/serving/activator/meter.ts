// Counts a revision's requests for the autoscaler: per second the average concurrency, or the requests that arrived.
import { averageOf, type Buckets, type BucketWindow, emptyBuckets, isEmpty, record } from '../autoscaler/buckets.ts'

export interface MeterOptions {
  metric: 'concurrency' | 'rps'
  stable: BucketWindow
  panic: BucketWindow
}

export interface Reading {
  stable: number
  panic: number
  /** False while nothing was recorded within the stable window. */
  known: boolean
}

const secondMs = 1_000
// A request that began and ended within one tick of the clock still counts as activity.
const leastConcurrency = 0.001

/**
 * Requests in flight, waiting ones included, as the activator's concurrency reporter counts them: each second's average
 * is recorded when the second is over; the first request after a silence counts as one at once, so that it wakes the
 * revision without waiting for a report (activator/handler/concurrency_reporter.go).
 */
export class Meter {
  #options: MeterOptions
  #stable: Buckets
  #panic: Buckets
  #inFlight = 0
  #second: number
  #changedAt: number
  #area = 0
  #arrivals = 0
  #reported = 0
  #silent = true
  #resting = false

  constructor(options: MeterOptions, now: number) {
    this.#options = options
    this.#stable = emptyBuckets(options.stable)
    this.#panic = emptyBuckets(options.panic)
    this.#second = secondOf(now)
    this.#changedAt = now
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Takes other windows; what was recorded is kept only while the windows stay the same. */
  configure(options: MeterOptions): void {
    const same = JSON.stringify(options) === JSON.stringify(this.#options)
    if (same) return
    this.#options = options
    this.#stable = emptyBuckets(options.stable)
    this.#panic = emptyBuckets(options.panic)
  }

  arrive(now: number): void {
    this.#advance(now)
    this.#inFlight++
    this.#arrivals++
    if (this.#silent) this.announce(now)
  }

  leave(now: number): void {
    this.#advance(now)
    this.#inFlight--
  }

  /** Records one request at once; later reports of this second count it no second time. */
  announce(now: number): void {
    this.#advance(now)
    this.#silent = false
    this.#reported = 1
    this.#record(now, 1)
  }

  /** Until the next request nobody looks: that time is not recorded, as nothing is scraped at zero. */
  rest(): void {
    if (this.#inFlight === 0) this.#resting = true
  }

  /** The averages over the stable and the panic window. */
  read(now: number): Reading {
    this.#advance(now)
    const at = secondOf(now)
    return { stable: averageOf(this.#stable, at), panic: averageOf(this.#panic, at), known: !isEmpty(this.#stable, at) }
  }

  #advance(now: number): void {
    if (this.#resting) this.#skipTo(now)
    else if (now - this.#changedAt > this.#longest()) this.#skipTo(now - this.#longest())
    while (secondOf(now) > this.#second) this.#closeSecond()
    this.#area += this.#inFlight * Math.max(0, now - this.#changedAt)
    this.#changedAt = Math.max(now, this.#changedAt)
  }

  #skipTo(start: number): void {
    this.#resting = false
    this.#silent = true
    this.#second = secondOf(start)
    this.#changedAt = start
    this.#startSecond()
  }

  // After a machine's sleep the seconds beyond the window are not worth walking through one by one.
  #longest(): number {
    return (this.#options.stable.seconds + 1) * secondMs
  }

  #closeSecond(): void {
    const end = (this.#second + 1) * secondMs
    this.#area += this.#inFlight * (end - this.#changedAt)
    this.#changedAt = end
    this.#second++
    const value = this.#options.metric === 'rps' ? this.#arrivals : this.#concurrency()
    const reported = this.#reported
    this.#silent = this.#area === 0 && this.#arrivals === 0
    this.#startSecond()
    this.#record(end, Math.max(0, value - reported))
  }

  #concurrency(): number {
    return Math.max(this.#area / secondMs, this.#arrivals > 0 ? leastConcurrency : 0)
  }

  #startSecond(): void {
    this.#area = 0
    this.#arrivals = 0
    this.#reported = 0
  }

  #record(now: number, value: number): void {
    record(this.#stable, secondOf(now), value)
    record(this.#panic, secondOf(now), value)
  }
}

const secondOf = (ms: number) => Math.floor(ms / secondMs)

// A window of one-second buckets and its average, as the autoscaler's collector keeps them (autoscaler/aggregation).

export interface BucketWindow {
  seconds: number
  /** `linear` weighs all seconds alike; `exponential` weighs the newest most. */
  weighting: 'linear' | 'exponential'
}

/** A ring of buckets; seconds are counted since the epoch. */
export interface Buckets {
  readonly window: BucketWindow
  readonly values: Float64Array
  /** Second of the first write since the window was last empty; -1 before any. */
  first: number
  last: number
}

export function emptyBuckets(window: BucketWindow): Buckets {
  return { window, values: new Float64Array(Math.max(1, window.seconds)), first: -1, last: -1 }
}

/** True when nothing was recorded for longer than the window. */
export function isEmpty(buckets: Buckets, second: number): boolean {
  return buckets.last < 0 || second - buckets.last > buckets.window.seconds
}

/** Adds `value` to a second; seconds skipped in between hold zero, values older than the window are ignored. */
export function record(buckets: Buckets, second: number, value: number): void {
  const size = buckets.values.length
  if (buckets.last >= 0 && second <= buckets.last - size) return
  if (buckets.last < 0 || second - buckets.last >= size) {
    buckets.values.fill(0)
    buckets.first = second
    buckets.last = second
  }
  for (let skipped = buckets.last + 1; skipped <= second; skipped++) buckets.values[skipped % size] = 0
  buckets.first = Math.min(buckets.first, second)
  buckets.last = Math.max(buckets.last, second)
  buckets.values[second % size] = (buckets.values[second % size] ?? 0) + value
}

/** The average at `second`: 0 when the window is empty, over the seconds seen when it is not yet full. */
export function averageOf(buckets: Buckets, second: number): number {
  if (isEmpty(buckets, second)) return 0
  return buckets.window.weighting === 'linear' ? linearAverage(buckets, second) : exponentialAverage(buckets, second)
}

function linearAverage(buckets: Buckets, second: number): number {
  const size = buckets.values.length
  const silent = Math.max(0, second - buckets.last)
  if (silent >= size) return 0
  let total = 0
  for (let at = Math.max(second, buckets.last) - size + 1; at <= buckets.last; at++) total += valueAt(buckets, at)
  const seen = Math.min(buckets.last - buckets.first + 1, size - silent)
  // Six digits, so that sums of fractions do not ask for an instance more.
  return Math.round((total / seen) * 1e6) / 1e6
}

// The weights of a window add up to at least 0.9999, and decay by no less than a fifth a second.
const weightPrecision = 0.9999
const leastDecay = 0.2

function exponentialAverage(buckets: Buckets, second: number): number {
  const size = buckets.values.length
  const decay = Math.max(1 - (1 - weightPrecision) ** (1 / size), leastDecay)
  const silent = Math.max(0, second - buckets.last)
  let weight = decay * (1 - decay) ** silent
  let total = 0
  for (let back = 0; back < size - silent; back++) {
    total += valueAt(buckets, buckets.last - back) * weight
    weight *= 1 - decay
  }
  return total
}

function valueAt(buckets: Buckets, second: number): number {
  return second < 0 ? 0 : (buckets.values[second % buckets.values.length] ?? 0)
}

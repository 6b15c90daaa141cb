// The largest value within a sliding window of time: what scale-down-delay remembers (autoscaler/aggregation/max).

interface Entry {
  at: number
  value: number
}

/** Falling values, oldest first; only those that can still become the maximum. */
export type SlidingMaximum = readonly Entry[]

/** The window after `value` was seen at `now` (milliseconds); entries at or beyond `windowMs` of age leave. */
export function see(window: SlidingMaximum, windowMs: number, now: number, value: number): SlidingMaximum {
  const young = window.filter(entry => now - entry.at < windowMs && entry.value > value)
  return [...young, { at: now, value }]
}

/** The maximum; 0 of an empty window. */
export function maximumOf(window: SlidingMaximum): number {
  return window[0]?.value ?? 0
}

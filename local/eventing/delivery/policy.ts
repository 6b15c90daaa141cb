// How deliveries are tried again: the delivery spec in numbers, and the waits Knative computes from it.
import type { DeliverySpec } from '../../api/eventing/types.ts'
import { parseIsoDuration } from '../../kernel/duration.ts'

export interface RetryPolicy {
  /** Tries after the first one. */
  retries: number
  /** Milliseconds before try number `tries` + 1, when `tries` were made. */
  backoff(tries: number): number
  /** Milliseconds of one try. */
  timeoutMs: number
  /** The longest Retry-After that is honoured, in milliseconds; 0 ignores the header. */
  retryAfterMaxMs: number
}

// What a timer can hold; the longest wait that can be asked for.
const longestMs = 2 ** 31 - 1
// A subscriber that is never told to hurry answers within the longest timeout a Knative Service has.
const defaultTimeoutMs = 600_000
// Without the field Knative ignores the header as long as its feature is not stable, and is to honour it from then on.
// What asks for time is given it here in any case, within reason.
const defaultRetryAfterMaxMs = 600_000

/**
 * The policy of a delivery spec: the n-th retry waits `delay * (n - 1)` when linear, `delay * 2^(n - 1)` when
 * exponential, else not at all (eventing pkg/kncloudevents/retries.go).
 */
export function policyOf(spec: DeliverySpec | undefined): RetryPolicy {
  const delay = spec?.backoffDelay === undefined ? undefined : parseIsoDuration(spec.backoffDelay)
  const factor = (tries: number) => (spec?.backoffPolicy === 'exponential' ? 2 ** (tries - 1) : tries - 1)
  const timed = delay !== undefined && spec?.backoffPolicy !== undefined
  return {
    retries: spec?.retry ?? 0,
    backoff: tries => (timed ? Math.min(delay * factor(tries), longestMs) : 0),
    timeoutMs: Math.min(milliseconds(spec?.timeout, defaultTimeoutMs), longestMs),
    retryAfterMaxMs: Math.min(milliseconds(spec?.retryAfterMax, defaultRetryAfterMaxMs), longestMs),
  }
}

/** Milliseconds to wait after `tries` failed ones: the back-off, or the subscriber's Retry-After when that is longer. */
export function waitBefore(policy: RetryPolicy, tries: number, retryAfterMs: number | undefined): number {
  return Math.max(policy.backoff(tries), Math.min(retryAfterMs ?? 0, policy.retryAfterMaxMs))
}

/**
 * The trigger's delivery spec where it has one, else the broker's: nothing is merged but the dead-letter sink, so a
 * trigger that names a sink alone tries once (eventing pkg/reconciler/broker/trigger, pkg/reconciler/subscription).
 */
export function effectiveDelivery(own: DeliverySpec | undefined, broker: DeliverySpec | undefined): DeliverySpec {
  const sink = own?.deadLetterSink ?? broker?.deadLetterSink
  return { ...(own ?? broker), ...(sink ? { deadLetterSink: sink } : {}) }
}

/** Milliseconds of a Retry-After header: seconds, or a date. Undefined when absent or neither. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function milliseconds(text: string | undefined, otherwise: number): number {
  return (text === undefined ? undefined : parseIsoDuration(text)) ?? otherwise
}

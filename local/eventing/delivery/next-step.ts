// What follows a try: nothing more, another one, the dead-letter sink, or the end of the event.
import type { Open } from '../log/progress.ts'
import type { Outcome } from './outcome.ts'
import { type RetryPolicy, waitBefore } from './policy.ts'
import { failureOf } from './request.ts'

export interface Destinations {
  /** Undefined while the subscriber has no address: each try then counts as answered with 404. */
  subscriber: string | undefined
  deadLetterSink: string | undefined
  policy: RetryPolicy
  /** Where the subscriber's answers go; undefined: nowhere. */
  reply: ReplyTo | undefined
}

/** Back into the broker that the event came from (`NAMESPACE/NAME`), or to an address. */
export type ReplyTo = { broker: string } | { url: string }

export type Step =
  | { type: 'done' }
  /** Another try in `waitMs`; `open` is what the event is owed then. */
  | { type: 'again'; open: Open; waitMs: number }
  | { type: 'drop'; reason: string }

/**
 * The step after a try with that `outcome`, when `open` was owed before it. Subscriber and dead-letter sink each get the
 * tries of the policy; what the sink does not take either is dropped (eventing pkg/kncloudevents/event_dispatcher.go).
 */
export function nextStep(open: Open, outcome: Outcome, { subscriber, deadLetterSink, policy }: Destinations): Step {
  if (outcome.type !== 'failure') return { type: 'done' }
  const tries = open.tries + 1
  if (outcome.retry && tries <= policy.retries) {
    return { type: 'again', open: { ...open, tries }, waitMs: waitBefore(policy, tries, outcome.retryAfterMs) }
  }
  if (open.failure) {
    const { code } = open.failure
    return { type: 'drop', reason: `the subscriber failed with ${code}, the dead-letter sink with ${outcome.code}` }
  }
  if (deadLetterSink === undefined) {
    const what = outcome.destination === undefined ? 'the subscriber failed' : 'its reply was refused'
    return { type: 'drop', reason: `${what} with ${outcome.code}` }
  }
  const failure = failureOf(outcome, outcome.destination ?? subscriber ?? '')
  return { type: 'again', open: { tries: 0, failure }, waitMs: 0 }
}

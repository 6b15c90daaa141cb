// The status of a Trigger from what its broker, subscriber and dead-letter sink are found to be.
import type { Broker, Trigger } from '../../api/eventing/types.ts'
import { conditionOf, type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import { sinkFinding } from './broker.ts'
import type { Resolved } from './destination.ts'

const conditions = {
  happy: 'Ready',
  dependents: [
    'BrokerReady',
    'DeadLetterSinkResolved',
    'DependencyReady',
    'OIDCIdentityCreated',
    'SubscriberResolved',
    'SubscriptionReady',
  ],
}

export interface TriggerFacts {
  broker: Broker
  subscriber: Resolved
  /** Undefined: neither the trigger nor its broker names one. */
  deadLetterSink: Resolved | undefined
}

/** The status of `trigger`. What comes after a step that failed stays as it was, as Knative's reconciler stops there. */
export function triggerStatus(trigger: Trigger, facts: TriggerFacts, now: number): NonNullable<Trigger['status']> {
  const { subscriber, deadLetterSink } = facts
  const before = trigger.status?.conditions
  return {
    conditions: settleConditions(conditions, before, findings(facts), now),
    ...('url' in subscriber ? { subscriberUri: subscriber.url } : {}),
    ...('url' in subscriber && deadLetterSink && 'url' in deadLetterSink
      ? { deadLetterSinkUri: deadLetterSink.url }
      : {}),
    observedGeneration: trigger.metadata.generation ?? 1,
  }
}

function findings({ broker, subscriber, deadLetterSink }: TriggerFacts): Record<string, Finding> {
  const first = { BrokerReady: brokerFinding(broker) }
  if (!isTrue(broker.status?.conditions)) return first
  if ('error' in subscriber) {
    const reason = "Unable to get the Subscriber's URI"
    return { ...first, SubscriberResolved: { status: 'False', reason, message: subscriber.error } }
  }
  const second = { ...first, SubscriberResolved: ok, DeadLetterSinkResolved: sinkFinding(deadLetterSink) }
  if (deadLetterSink && 'error' in deadLetterSink) return second
  return {
    ...second,
    DependencyReady: ok,
    OIDCIdentityCreated: { status: 'True', reason: 'authentication-oidc feature disabled' },
    SubscriptionReady: ok,
  }
}

const ok: Finding = { status: 'True' }

// The trigger repeats what its broker says of itself.
function brokerFinding(broker: Broker): Finding {
  if (isTrue(broker.status?.conditions)) return ok
  const ready = conditionOf(broker.status?.conditions, 'Ready')
  return {
    status: ready?.status ?? 'Unknown',
    ...(ready?.reason ? { reason: ready.reason, message: ready.message ?? '' } : {}),
  }
}

// Triggers: their broker's class delivers to them as long as both are there.
import { type Broker, eventing, type Trigger } from '../../api/eventing/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { isTrue } from '../../kernel/conditions.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { BrokerClass, Consumer } from '../broker-class.ts'
import { effectiveDelivery, policyOf } from '../delivery/policy.ts'
import { filterOf } from '../filter/filter.ts'
import { type Classes, classOf } from './brokers.ts'
import { is, type KindController, keyOf } from './controllers.ts'
import { refersTo, resolveDestination } from './destination.ts'
import { type TriggerFacts, triggerStatus } from './trigger.ts'

interface Served {
  uid: string
  by: BrokerClass
}

export function triggerController(store: ObjectStore, clock: Clock, classes: Classes): KindController<Trigger> {
  const served = new Map<string, Served>()
  const withdraw = (key: string) => {
    const { by, uid } = served.get(key) ?? {}
    if (uid !== undefined) by?.withdraw(uid)
    served.delete(key)
  }
  return {
    kind: eventing.trigger,
    reconcile(trigger) {
      const key = keyOf(trigger)
      const broker = brokerOf(store, trigger)
      const by = broker && classOf(classes, broker)
      // Without its broker nobody reconciles a trigger, so its status stays as it is.
      if (!broker || !by) return withdraw(key)
      const facts = factsOf(store, trigger, broker)
      store.updateStatus({ ...trigger, status: triggerStatus(trigger, facts, clock.now()) })
      const consumer = consumerOf(trigger, facts)
      const before = served.get(key)
      if (before && (before.uid !== consumer.uid || before.by !== by)) withdraw(key)
      served.set(key, { uid: consumer.uid, by })
      by.serve(consumer)
    },
    gone: withdraw,
    concerns(trigger, changed) {
      const namespace = trigger.metadata.namespace ?? ''
      const { subscriber, delivery, broker } = trigger.spec
      if (is(changed, eventing.broker))
        return changed.metadata.name === broker && changed.metadata.namespace === namespace
      if (refersTo(subscriber, namespace, changed) || refersTo(delivery?.deadLetterSink, namespace, changed))
        return true
      return refersTo(brokerOf(store, trigger)?.spec.delivery?.deadLetterSink, namespace, changed)
    },
  }
}

function factsOf(store: ObjectStore, trigger: Trigger, broker: Broker): TriggerFacts {
  const namespace = trigger.metadata.namespace ?? ''
  const sink = effectiveDelivery(trigger.spec.delivery, broker.spec.delivery).deadLetterSink
  return {
    broker,
    subscriber: resolveDestination(store, trigger.spec.subscriber, namespace),
    deadLetterSink: sink && resolveDestination(store, sink, namespace),
  }
}

function consumerOf(trigger: Trigger, { broker, subscriber, deadLetterSink }: TriggerFacts): Consumer {
  const { metadata, spec } = trigger
  const isComplete =
    isTrue(broker.status?.conditions) && 'url' in subscriber && !(deadLetterSink && 'error' in deadLetterSink)
  return {
    uid: metadata.uid ?? keyOf(trigger),
    name: keyOf(trigger),
    broker: brokerKey(trigger),
    namespace: metadata.namespace ?? '',
    annotations: metadata.annotations ?? {},
    complete: isComplete,
    route: {
      filter: filterOf(spec),
      subscriber: 'url' in subscriber ? subscriber.url : undefined,
      deadLetterSink: deadLetterSink && 'url' in deadLetterSink ? deadLetterSink.url : undefined,
      policy: policyOf(effectiveDelivery(spec.delivery, broker.spec.delivery)),
      reply: { broker: brokerKey(trigger) },
    },
  }
}

/** The broker that a trigger names, as `NAMESPACE/NAME`. */
export const brokerKey = ({ metadata, spec }: Trigger) => `${metadata.namespace ?? ''}/${spec.broker}`

function brokerOf(store: ObjectStore, trigger: Trigger): Broker | undefined {
  return store.get<Broker>(eventing.broker, trigger.metadata.namespace ?? '', trigger.spec.broker)
}

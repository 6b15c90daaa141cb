// Brokers: each is held by its class, and gets the status that class says; one of an unknown class is left alone.
import { brokerClassAnnotation } from '../../api/eventing/broker.ts'
import { type Broker, eventing } from '../../api/eventing/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { BrokerClass } from '../broker-class.ts'
import { brokerStatus } from './broker.ts'
import { type KindController, keyOf } from './controllers.ts'
import { refersTo, resolveDestination } from './destination.ts'

/** The class of a broker, among those that stand here. */
export type Classes = ReadonlyMap<string, BrokerClass>

export function classOf(classes: Classes, broker: Broker): BrokerClass | undefined {
  return classes.get(broker.metadata.annotations?.[brokerClassAnnotation] ?? '')
}

export function brokerController(store: ObjectStore, clock: Clock, classes: Classes): KindController<Broker> {
  // By key: a deleted broker no longer says of which class it was.
  const held = new Map<string, BrokerClass>()
  const release = (key: string) => {
    held.get(key)?.release(key)
    held.delete(key)
  }
  return {
    kind: eventing.broker,
    reconcile(broker) {
      const key = keyOf(broker)
      const brokerClass = classOf(classes, broker)
      if (held.get(key) !== brokerClass) release(key)
      if (!brokerClass) return
      held.set(key, brokerClass)
      const sink = broker.spec.delivery?.deadLetterSink
      const resolved = sink && resolveDestination(store, sink, broker.metadata.namespace ?? '')
      const holding = brokerClass.hold(broker)
      const facts = { sink: resolved, conditions: brokerClass.conditions, holding }
      store.updateStatus({ ...broker, status: brokerStatus(broker, facts, clock.now()) })
    },
    gone: release,
    concerns: (broker, changed) =>
      refersTo(broker.spec.delivery?.deadLetterSink, broker.metadata.namespace ?? '', changed),
  }
}

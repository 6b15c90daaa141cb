// Keeps Brokers and Triggers in line with their objects: one queue each, fed by what happens in the store.
import { type Broker, eventing, type Trigger } from '../../api/eventing/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { WorkQueue } from '../../kernel/controller.ts'
import type { Log } from '../../kernel/log.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { effectiveDelivery } from '../delivery/policy.ts'
import { brokerStatus, isOurs } from './broker.ts'
import { refersTo, resolveDestination } from './destination.ts'
import { type TriggerFacts, triggerStatus } from './trigger.ts'

export interface ControllerOptions {
  store: ObjectStore
  clock: Clock
  log: Log
  /** The trigger has a broker of ours: its deliveries go by these facts from now on. */
  serve(trigger: Trigger, facts: TriggerFacts): void
  /** The trigger, by its key `NAMESPACE/NAME`, is gone or has no broker any more. */
  withdraw(key: string): void
}

export interface Controllers {
  /** Resolves when both queues are empty. */
  settled(): Promise<void>
  stop(): void
}

/** Starts with everything that is in the store. */
export function startControllers(options: ControllerOptions): Controllers {
  const { store, clock, log } = options
  const brokers = new WorkQueue({ name: 'broker', clock, log, reconcile: key => reconcileBroker(options, key) })
  const triggers = new WorkQueue({ name: 'trigger', clock, log, reconcile: key => reconcileTrigger(options, key) })
  const consider = (object: KubeObject) => {
    if (is(object, eventing.broker)) brokers.add(keyOf(object))
    if (is(object, eventing.trigger)) triggers.add(keyOf(object))
    for (const broker of store.list<Broker>(eventing.broker)) {
      if (concernsBroker(broker, object)) brokers.add(keyOf(broker))
    }
    for (const trigger of store.list<Trigger>(eventing.trigger)) {
      if (concernsTrigger(store, trigger, object)) triggers.add(keyOf(trigger))
    }
  }
  const stopWatching = store.watch(({ object }) => consider(object))
  for (const broker of store.list(eventing.broker)) brokers.add(keyOf(broker))
  for (const trigger of store.list(eventing.trigger)) triggers.add(keyOf(trigger))
  return {
    async settled() {
      await brokers.settled()
      await triggers.settled()
    },
    stop() {
      stopWatching()
      brokers.stop()
      triggers.stop()
    },
  }
}

function reconcileBroker({ store, clock }: ControllerOptions, key: string): undefined {
  const broker = get<Broker>(store, eventing.broker, key)
  if (!broker || !isOurs(broker)) return
  const sink = broker.spec.delivery?.deadLetterSink
  const resolved = sink && resolveDestination(store, sink, broker.metadata.namespace ?? '')
  store.updateStatus({ ...broker, status: brokerStatus(broker, resolved, clock.now()) })
}

function reconcileTrigger(options: ControllerOptions, key: string): undefined {
  const { store, clock } = options
  const trigger = get<Trigger>(store, eventing.trigger, key)
  const broker = trigger && brokerOf(store, trigger)
  // Without its broker nobody reconciles a trigger, so its status stays as it is.
  if (!trigger || !broker || !isOurs(broker)) {
    options.withdraw(key)
    return
  }
  const facts = factsOf(store, trigger, broker)
  store.updateStatus({ ...trigger, status: triggerStatus(trigger, facts, clock.now()) })
  options.serve(trigger, facts)
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

function concernsBroker(broker: Broker, object: KubeObject): boolean {
  return refersTo(broker.spec.delivery?.deadLetterSink, broker.metadata.namespace ?? '', object)
}

function concernsTrigger(store: ObjectStore, trigger: Trigger, object: KubeObject): boolean {
  const namespace = trigger.metadata.namespace ?? ''
  const { subscriber, delivery, broker } = trigger.spec
  if (is(object, eventing.broker) && object.metadata.name === broker && object.metadata.namespace === namespace)
    return true
  if (refersTo(subscriber, namespace, object) || refersTo(delivery?.deadLetterSink, namespace, object)) return true
  const held = brokerOf(store, trigger)
  return held !== undefined && concernsBroker(held, object)
}

function brokerOf(store: ObjectStore, trigger: Trigger): Broker | undefined {
  return store.get<Broker>(eventing.broker, trigger.metadata.namespace ?? '', trigger.spec.broker)
}

function get<T extends KubeObject>(
  store: ObjectStore,
  kind: { group: string; kind: string },
  key: string,
): T | undefined {
  const [namespace = '', name = ''] = key.split('/')
  return store.get<T>(kind, namespace, name)
}

const is = (object: KubeObject, { group, kind }: { group: string; kind: string }) =>
  object.kind === kind && groupOf(object.apiVersion) === group

/** `NAMESPACE/NAME` */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

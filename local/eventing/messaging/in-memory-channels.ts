// InMemoryChannels: a topic of the log each, a Service that leads to it, and deliveries to the subscribers in its spec.
import { coreKinds } from '../../api/core/kinds.ts'
import type { Kind } from '../../api/kind.ts'
import { type ChannelSubscriber, type InMemoryChannel, messaging } from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { effectiveDelivery, policyOf } from '../delivery/policy.ts'
import { noPolicies } from '../log/channel-based-class.ts'
import type { TopicConsumer, Topics } from '../log/topics.ts'
import { sinkFinding } from '../reconcile/broker.ts'
import { type KindController, keyOf } from '../reconcile/controllers.ts'
import { type Resolved, refersTo, resolveDestination } from '../reconcile/destination.ts'
import { ensureOwned } from '../reconcile/owned.ts'

export const dispatcherHost = 'imc-dispatcher.knative-eventing.svc.cluster.local'

/** The topic of a channel: no broker is called so. `channel` is `NAMESPACE/NAME`. */
export const topicOf = (channel: string) => `channel:${channel}`
export const isChannelTopic = (topic: string) => topic.startsWith('channel:')

const conditions = {
  happy: 'Ready',
  dependents: [
    'Addressable',
    'ChannelServiceReady',
    'DeadLetterSinkResolved',
    'EndpointsReady',
    'EventPoliciesReady',
    'ServiceReady',
  ],
  info: ['DispatcherReady'],
}

export function inMemoryChannelController(
  store: ObjectStore,
  clock: Clock,
  topics: Pick<Topics, 'serve' | 'withdraw'>,
): KindController<InMemoryChannel> {
  const served = new Map<string, Set<string>>()
  const serve = (key: string, consumers: readonly TopicConsumer[]) => {
    const now = new Set(consumers.map(one => one.uid))
    for (const uid of served.get(key) ?? []) if (!now.has(uid)) topics.withdraw(uid)
    for (const consumer of consumers) topics.serve(consumer)
    served.set(key, now)
  }
  return {
    kind: messaging.inMemoryChannel,
    reconcile(channel) {
      ensureOwned({ store, clock }, serviceKind, channel, channelService(channel))
      const sink = sinkOf(store, channel)
      store.updateStatus({ ...channel, status: channelStatus(channel, sink, clock.now()) })
      serve(keyOf(channel), consumersOf(channel))
    },
    gone(key) {
      serve(key, [])
      served.delete(key)
    },
    concerns: (channel, changed) =>
      refersTo(channel.spec.delivery?.deadLetterSink, channel.metadata.namespace ?? '', changed),
  }
}

const serviceKind: Kind = coreKinds.find(({ kind }) => kind === 'Service') ?? missingKind()

function missingKind(): never {
  throw new Error('the core kind Service is gone')
}

const serviceName = (channel: InMemoryChannel) => `${channel.metadata.name}-kn-channel`

/** The Service by which a channel is called: another name of the dispatcher, as Knative makes it. */
function channelService(channel: InMemoryChannel) {
  const { namespace = '' } = channel.metadata
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: serviceName(channel), namespace, labels: { 'messaging.knative.dev/role': 'in-memory-channel' } },
    spec: {
      type: 'ExternalName',
      externalName: dispatcherHost,
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }],
    },
  }
}

const sinkOf = (store: ObjectStore, { spec, metadata }: InMemoryChannel) =>
  spec.delivery?.deadLetterSink && resolveDestination(store, spec.delivery.deadLetterSink, metadata.namespace ?? '')

function channelStatus(
  channel: InMemoryChannel,
  sink: Resolved | undefined,
  now: number,
): NonNullable<InMemoryChannel['status']> {
  const url = `http://${serviceName(channel)}.${channel.metadata.namespace ?? ''}.svc.cluster.local`
  const subscribers = (channel.spec.subscribers ?? []).map(({ uid, generation = 1 }) => ({
    ...{ uid, observedGeneration: generation },
    ready: 'True' as const,
  }))
  return {
    address: { name: 'http', url },
    conditions: settleConditions(conditions, channel.status?.conditions, findings(sink), now),
    ...(sink && 'url' in sink ? { deadLetterSinkUri: sink.url } : {}),
    observedGeneration: channel.metadata.generation ?? 1,
    ...(subscribers.length > 0 ? { subscribers } : {}),
  }
}

function findings(sink: Resolved | undefined): Record<string, Finding> {
  const ready: Finding = { status: 'True' }
  return {
    ...{ Addressable: ready, ChannelServiceReady: ready, DispatcherReady: ready, EndpointsReady: ready },
    ServiceReady: ready,
    DeadLetterSinkResolved: sinkFinding(sink),
    EventPoliciesReady: noPolicies,
  }
}

/** Each subscriber as a consumer of the channel's topic; every event is meant for it. */
function consumersOf(channel: InMemoryChannel): TopicConsumer[] {
  const { namespace = '' } = channel.metadata
  return (channel.spec.subscribers ?? []).map(subscriber => ({
    uid: subscriber.uid,
    name: `${namespace}/${subscriber.name ?? subscriber.uid}`,
    topic: topicOf(keyOf(channel)),
    namespace,
    complete: true,
    route: routeOf(subscriber, channel),
  }))
}

// A subscription without a subscriber hands the event itself on to its reply address.
function routeOf({ subscriberUri, replyUri, delivery }: ChannelSubscriber, channel: InMemoryChannel) {
  const sink = delivery?.deadLetterSink?.uri ?? channel.status?.deadLetterSinkUri
  return {
    filter: () => true,
    subscriber: subscriberUri ?? replyUri,
    deadLetterSink: sink,
    policy: policyOf(effectiveDelivery(delivery, channel.spec.delivery)),
    reply: replyUri ? { url: replyUri } : undefined,
  }
}

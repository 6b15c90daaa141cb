// Subscriptions: each is written into the spec of its channel, which delivers to it, and taken out before it goes.
import {
  type Channel,
  type ChannelSubscriber,
  type InMemoryChannel,
  messaging,
  type Subscription,
} from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import { equal } from '../../kernel/equal.ts'
import { groupOf } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { is, type KindController } from '../reconcile/controllers.ts'
import { refersTo } from '../reconcile/destination.ts'
import { destinationsOf, type Found, NotResolved, resolveAll } from './subscription-uris.ts'

/** Keeps a subscription until its channel no longer names it. */
const finalizer = 'subscriptions.messaging.knative.dev'

const conditions = {
  happy: 'Ready',
  dependents: ['AddedToChannel', 'ChannelReady', 'OIDCIdentityCreated', 'ReferencesResolved'],
}

export function subscriptionController(store: ObjectStore, clock: Clock): KindController<Subscription> {
  return {
    kind: messaging.subscription,
    reconcile(subscription) {
      const { finalizers = [], deletionTimestamp } = subscription.metadata
      if (deletionTimestamp) return finalize(store, subscription)
      if (!finalizers.includes(finalizer)) {
        const metadata = { ...subscription.metadata, finalizers: [...finalizers, finalizer] }
        store.update({ ...subscription, metadata })
        return
      }
      const found = backingChannel(store, subscription)
      const facts = 'error' in found ? { channel: found } : connect(store, subscription, found)
      store.updateStatus({ ...subscription, status: statusOf(subscription, facts, clock.now()) })
    },
    concerns(subscription, changed) {
      const namespace = subscription.metadata.namespace ?? ''
      const isChannel = is(changed, messaging.channel) || is(changed, messaging.inMemoryChannel)
      if (isChannel && changed.metadata.namespace === namespace) {
        if (changed.metadata.name === subscription.spec.channel.name) return true
      }
      return destinationsOf(subscription).some(one => refersTo(one, namespace, changed))
    },
  }
}

interface Facts {
  channel: InMemoryChannel | { error: string }
  uris?: Found | NotResolved
}

function connect(store: ObjectStore, subscription: Subscription, channel: InMemoryChannel): Facts {
  const uris = resolveAll(store, subscription, channel)
  if (uris instanceof NotResolved) return { channel, uris }
  const entry = subscriberOf(subscription, uris, channel)
  const others = (channel.spec.subscribers ?? []).filter(one => one.uid !== entry.uid)
  const before = (channel.spec.subscribers ?? []).find(one => one.uid === entry.uid)
  if (equal(before, entry)) return { channel, uris }
  const subscribers = before ? channel.spec.subscribers?.map(one => (one === before ? entry : one)) : [...others, entry]
  return { channel: store.update({ ...channel, spec: { ...channel.spec, subscribers: subscribers ?? [] } }), uris }
}

function finalize(store: ObjectStore, subscription: Subscription): void {
  const channel = backingChannel(store, subscription)
  if (!('error' in channel)) {
    const subscribers = (channel.spec.subscribers ?? []).filter(one => one.uid !== subscription.metadata.uid)
    store.update({ ...channel, spec: { ...channel.spec, subscribers } })
  }
  const finalizers = (subscription.metadata.finalizers ?? []).filter(one => one !== finalizer)
  store.update({ ...subscription, metadata: { ...subscription.metadata, finalizers } })
}

/** The channel that carries the events: that behind a Channel, or the one named. */
function backingChannel(store: ObjectStore, { spec, metadata }: Subscription): InMemoryChannel | { error: string } {
  const namespace = metadata.namespace ?? ''
  const { apiVersion = '', kind, name } = spec.channel
  if (groupOf(apiVersion) !== messaging.channel.group)
    return { error: `${kind} in version ${apiVersion} is no channel` }
  if (kind === 'Channel') {
    const channel = store.get<Channel>(messaging.channel, namespace, name)
    if (!channel) return { error: `channels.messaging.knative.dev "${name}" not found` }
    if (!isTrue(channel.status?.conditions) || !channel.status?.channel) return { error: 'channel is not ready.' }
  }
  const found = store.get<InMemoryChannel>(messaging.inMemoryChannel, namespace, name)
  return found ?? { error: `inmemorychannels.messaging.knative.dev "${name}" not found` }
}

// What it says of delivery is all its own, or all the channel's.
function subscriberOf(subscription: Subscription, uris: Found, channel: InMemoryChannel): ChannelSubscriber {
  const { deadLetterSink: _reference, ...delivery } = subscription.spec.delivery ?? channel.spec.delivery ?? {}
  const sink = uris.deadLetterSinkUri
  const isSilent = Object.keys(delivery).length === 0 && !sink
  const { name, uid = '', generation = 1 } = subscription.metadata
  return {
    ...(isSilent ? {} : { delivery: { ...delivery, ...(sink ? { deadLetterSink: { uri: sink } } : {}) } }),
    ...{ generation, name },
    ...(uris.replyUri ? { replyUri: uris.replyUri } : {}),
    ...(uris.subscriberUri ? { subscriberUri: uris.subscriberUri } : {}),
    uid,
  }
}

function statusOf(subscription: Subscription, facts: Facts, now: number): NonNullable<Subscription['status']> {
  const uris = facts.uris instanceof NotResolved ? undefined : facts.uris
  return {
    conditions: settleConditions(conditions, subscription.status?.conditions, findings(subscription, facts), now),
    observedGeneration: subscription.metadata.generation ?? 1,
    physicalSubscription: uris ?? subscription.status?.physicalSubscription ?? {},
  }
}

const identity: Finding = { status: 'True', reason: 'authentication-oidc feature disabled' }

function findings(subscription: Subscription, { channel, uris }: Facts): Record<string, Finding> {
  const first = { OIDCIdentityCreated: identity }
  if ('error' in channel) {
    const message = `Failed to get Spec.Channel or backing channel: ${channel.error}`
    return { ...first, ReferencesResolved: { status: 'Unknown', reason: 'ChannelReferenceFailed', message } }
  }
  if (uris instanceof NotResolved) {
    return { ...first, ReferencesResolved: { status: 'False', reason: uris.reason, message: uris.message } }
  }
  const ready: Finding = { status: 'True' }
  return { ...first, ReferencesResolved: ready, AddedToChannel: ready, ChannelReady: byChannel(subscription, channel) }
}

function byChannel({ metadata }: Subscription, channel: InMemoryChannel): Finding {
  const { uid, name, generation } = metadata
  const entry = channel.status?.subscribers?.find(one => one.uid === uid && one.observedGeneration === generation)
  if (entry?.ready === 'True') return { status: 'True' }
  const reason = 'SubscriptionNotMarkedReadyByChannel'
  const lost = `subscription "${name}" not present in channel "${channel.metadata.name}" subscriber's list`
  return { status: 'Unknown', reason, message: `Failed to get subscription status: ${lost}` }
}

// What flows are made of: channels of their template and Subscriptions, and how their readiness adds up.
import type { ReadyPart } from '../../api/flows/types.ts'
import { subscriptionKind } from '../../api/messaging/subscription.ts'
import { type ChannelTemplate, messaging, type Subscription } from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { conditionOf, type Finding } from '../../kernel/conditions.ts'
import { groupOf, type KubeObject, type ObjectReference } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { type Channelable, noSuchChannel, templateKind } from '../messaging/channels.ts'
import { dropOthers, ensureOwned } from '../reconcile/owned.ts'

/** The conditions of a flow, whichever kind it is. */
export const conditions = {
  happy: 'Ready',
  dependents: ['Addressable', 'ChannelsReady', 'EventPoliciesReady', 'SubscriptionsReady'],
}

/** Makes and keeps the parts of one flow. */
export interface Parts {
  channel(name: string): Channelable
  subscription(name: string, spec: Subscription['spec']): Subscription
  /** Deletes those that were not asked for, of steps or branches that are gone. */
  dropOthers(): void
}

/** A template that names a kind of channel that does not stand here. */
export class NoSuchChannel extends Error {}

/** The parts of `owner`. Throws `NoSuchChannel`. */
export function partsOf(store: ObjectStore, clock: Clock, owner: KubeObject, template: ChannelTemplate): Parts {
  const kind = templateKind(template)
  if (!kind) throw new NoSuchChannel(noSuchChannel(template))
  const { namespace = '' } = owner.metadata
  const { apiVersion, kind: kindName, spec = {} } = template
  const names = { channel: [] as string[], subscription: [] as string[] }
  return {
    channel(name) {
      names.channel.push(name)
      const metadata = { name, namespace }
      return ensureOwned({ store, clock }, kind, owner, { apiVersion, kind: kindName, metadata, spec })
    },
    subscription(name, wanted) {
      names.subscription.push(name)
      const metadata = { name, namespace }
      const draft = { apiVersion: 'messaging.knative.dev/v1', kind: 'Subscription', metadata, spec: wanted }
      return ensureOwned({ store, clock }, subscriptionKind, owner, draft)
    },
    dropOthers() {
      dropOthers(store, { group: groupOf(apiVersion), kind: kindName }, owner, names.channel)
      dropOthers(store, messaging.subscription, owner, names.subscription)
    },
  }
}

export function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name, namespace } = metadata
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) }
}

/** The readiness of a part as the flow's status repeats it; `what` it is for the sentence when it says nothing. */
export function readyOf({ status }: Channelable | Subscription, what: string, now: string): ReadyPart {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready) return { ...ready, type: 'Ready' }
  const message = `${what} does not have Ready condition`
  return { type: 'Ready', status: 'Unknown', reason: 'NoReady', message, lastTransitionTime: now }
}

/** True when there are any and all are ready. */
export function allReady(parts: readonly { ready: ReadyPart }[]): boolean {
  return parts.length > 0 && parts.every(({ ready }) => ready.status === 'True')
}

/** What is said of all channels or all subscriptions together. */
export function together(what: 'Channels' | 'Subscriptions', ready: boolean, otherwise: Finding['status']): Finding {
  if (ready) return { status: 'True' }
  const message = `${what} are not ready yet, or there are none`
  return { status: otherwise, reason: `${what}NotReady`, message }
}

// Channels: each has a backing channel of the kind its template names, under the same name, and repeats what that says.
import type { Kind } from '../../api/kind.ts'
import { inMemoryChannelKind } from '../../api/messaging/in-memory-channel.ts'
import { type Channel, type ChannelableStatus, type ChannelTemplate, messaging } from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { conditionOf, type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import { controllerOf, groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { noPolicies } from '../log/channel-based-class.ts'
import { sinkNotConfigured } from '../reconcile/broker.ts'
import type { KindController } from '../reconcile/controllers.ts'
import { ensureOwned } from '../reconcile/owned.ts'

export type Channelable = KubeObject & { spec?: unknown; status?: ChannelableStatus }

const conditions = {
  happy: 'Ready',
  dependents: ['Addressable', 'BackingChannelReady', 'DeadLetterSinkResolved', 'EventPoliciesReady'],
}

/** The kind a template names, when a channel of it can be made here. */
export function templateKind({ apiVersion, kind }: Pick<ChannelTemplate, 'apiVersion' | 'kind'>): Kind | undefined {
  const { group, kind: known } = messaging.inMemoryChannel
  return groupOf(apiVersion) === group && kind === known ? inMemoryChannelKind : undefined
}

/** Why no channel comes of a template. */
export const noSuchChannel = ({ apiVersion, kind }: ChannelTemplate) =>
  `no channels of kind ${kind} in version ${apiVersion} here: InMemoryChannel in messaging.knative.dev/v1 is one`

export function channelController(store: ObjectStore, clock: Clock): KindController<Channel> {
  return {
    kind: messaging.channel,
    reconcile(channel) {
      const { channelTemplate: template, delivery } = channel.spec
      if (!template) return
      const { name, namespace = '' } = channel.metadata
      const kind = templateKind(template)
      const spec = { ...template.spec, ...(delivery ? { delivery } : {}) }
      const { apiVersion, kind: kindName } = template
      const backing =
        kind &&
        ensureOwned<Channelable>({ store, clock }, kind, channel, {
          ...{ apiVersion, kind: kindName, metadata: { name, namespace }, spec },
        })
      store.updateStatus({ ...channel, status: statusOf(channel, template, backing, clock.now()) })
    },
    concerns: (channel, changed) => controllerOf(changed)?.uid === channel.metadata.uid,
  }
}

function statusOf(
  channel: Channel,
  template: ChannelTemplate,
  backing: Channelable | undefined,
  now: number,
): NonNullable<Channel['status']> {
  const { name, namespace = '' } = channel.metadata
  const { address, subscribers, deadLetterSinkUri } = backing?.status ?? {}
  const { apiVersion, kind } = template
  return {
    ...(address ? { address } : {}),
    ...(backing ? { channel: { apiVersion, kind, name, namespace } } : {}),
    conditions: settleConditions(conditions, channel.status?.conditions, findings(channel, template, backing), now),
    ...(deadLetterSinkUri ? { deadLetterSinkUri } : {}),
    observedGeneration: channel.metadata.generation ?? 1,
    ...(subscribers ? { subscribers } : {}),
  }
}

function findings(
  channel: Channel,
  template: ChannelTemplate,
  backing: Channelable | undefined,
): Record<string, Finding> {
  if (!backing) {
    return { BackingChannelReady: { status: 'False', reason: 'ChannelFailure', message: noSuchChannel(template) } }
  }
  return {
    BackingChannelReady: backingFinding(backing),
    Addressable: backing.status?.address?.url
      ? { status: 'True' }
      : { status: 'False', reason: 'EmptyHostname', message: 'hostname is the empty string' },
    DeadLetterSinkResolved: deadLetterFinding(channel, backing),
    EventPoliciesReady: noPolicies,
  }
}

function backingFinding({ status }: Channelable): Finding {
  if (isTrue(status?.conditions)) return { status: 'True' }
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready) return ready
  const message = 'BackingChannel has not yet been reconciled.'
  return { status: 'Unknown', reason: 'BackingChannelNotConfigured', message }
}

function deadLetterFinding(channel: Channel, backing: Channelable): Finding {
  if (!channel.spec.delivery?.deadLetterSink) return sinkNotConfigured
  if (backing.status?.deadLetterSinkUri) return { status: 'True' }
  return { status: 'False', reason: `Backing Channel ${backing.metadata.name} didn't set status.deadLetterSinkURI` }
}

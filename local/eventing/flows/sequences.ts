// Sequences: a channel and a subscription for each step; a step's answer goes to the channel of the next one.
import { flows, type Sequence, type SequenceStatus, type SequenceStep } from '../../api/flows/types.ts'
import type { ChannelTemplate, Subscription } from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { settleConditions } from '../../kernel/conditions.ts'
import { controllerOf, timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { noPolicies } from '../log/channel-based-class.ts'
import type { Channelable } from '../messaging/channels.ts'
import type { KindController } from '../reconcile/controllers.ts'
import { allReady, conditions, NoSuchChannel, partsOf, readyOf, referenceTo, together } from './parts.ts'

export function sequenceController(store: ObjectStore, clock: Clock): KindController<Sequence> {
  return {
    kind: flows.sequence,
    reconcile(sequence) {
      const template = sequence.spec.channelTemplate
      if (!template) return
      store.updateStatus({
        ...sequence,
        status: statusOf(sequence, make(store, clock, sequence, template), clock.now()),
      })
    },
    concerns: (sequence, changed) => controllerOf(changed)?.uid === sequence.metadata.uid,
  }
}

interface Made {
  channels: Channelable[]
  subscriptions: Subscription[]
  /** Why nothing could be made. */
  lost?: string
}

function make(store: ObjectStore, clock: Clock, sequence: Sequence, template: ChannelTemplate): Made {
  try {
    const parts = partsOf(store, clock, sequence, template)
    const channels = sequence.spec.steps.map((_, index) => parts.channel(partName(sequence, index)))
    const subscriptions = sequence.spec.steps.map((step, index) =>
      parts.subscription(partName(sequence, index), subscriptionSpec(sequence, template, step, index)),
    )
    parts.dropOthers()
    return { channels, subscriptions }
  } catch (error) {
    if (error instanceof NoSuchChannel) return { channels: [], subscriptions: [], lost: error.message }
    throw error
  }
}

const partName = ({ metadata }: Sequence, step: number) => `${metadata.name}-kn-sequence-${step}`

function subscriptionSpec(
  sequence: Sequence,
  { apiVersion, kind }: ChannelTemplate,
  { delivery, ...subscriber }: SequenceStep,
  index: number,
): Subscription['spec'] {
  const { steps, reply } = sequence.spec
  const { namespace = '' } = sequence.metadata
  const next = { ref: { apiVersion, kind, name: partName(sequence, index + 1), namespace } }
  const answers = index < steps.length - 1 ? next : reply
  return {
    channel: { apiVersion, kind, name: partName(sequence, index) },
    ...(delivery ? { delivery } : {}),
    ...(answers ? { reply: answers } : {}),
    subscriber,
  }
}

function statusOf(sequence: Sequence, { channels, subscriptions, lost }: Made, now: number): SequenceStatus {
  const at = timestamp(now)
  const url = channels[0]?.status?.address?.url
  const channelStatuses = channels.map(one => ({ channel: referenceTo(one), ready: readyOf(one, 'Channel', at) }))
  const subscriptionStatuses = subscriptions.map(one => ({
    subscription: referenceTo(one),
    ready: readyOf(one, 'Subscription', at),
  }))
  const findings = {
    Addressable: url
      ? ({ status: 'True' } as const)
      : ({ status: 'Unknown', reason: 'emptyAddress', message: 'addressable is nil' } as const),
    ChannelsReady: lost
      ? ({ status: 'Unknown', reason: 'ChannelsNotReady', message: lost } as const)
      : together('Channels', allReady(channelStatuses), 'Unknown'),
    SubscriptionsReady: together('Subscriptions', allReady(subscriptionStatuses), 'Unknown'),
    EventPoliciesReady: noPolicies,
  }
  return {
    ...(url ? { address: { url } } : {}),
    channelStatuses,
    conditions: settleConditions(conditions, sequence.status?.conditions, findings, now),
    observedGeneration: sequence.metadata.generation ?? 1,
    subscriptionStatuses,
  }
}

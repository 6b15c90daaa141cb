// Parallels: one channel takes the events; each branch has a filter's subscription, a channel of its own, and a subscriber's.
import { flows, type Parallel, type ParallelBranch, type ReadyPart } from '../../api/flows/types.ts'
import type { ChannelTemplate, Subscription } from '../../api/messaging/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { settleConditions } from '../../kernel/conditions.ts'
import { controllerOf, timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { noPolicies } from '../log/channel-based-class.ts'
import type { Channelable } from '../messaging/channels.ts'
import type { KindController } from '../reconcile/controllers.ts'
import { allReady, conditions, NoSuchChannel, type Parts, partsOf, readyOf, referenceTo, together } from './parts.ts'

export function parallelController(store: ObjectStore, clock: Clock): KindController<Parallel> {
  return {
    kind: flows.parallel,
    reconcile(parallel) {
      const template = parallel.spec.channelTemplate
      if (!template) return
      const made = make(store, clock, parallel, template)
      store.updateStatus({ ...parallel, status: statusOf(parallel, made, clock.now()) })
    },
    concerns: (parallel, changed) => controllerOf(changed)?.uid === parallel.metadata.uid,
  }
}

interface Branch {
  channel: Channelable
  filter: Subscription
  subscriber: Subscription
}

type Made = { ingress: Channelable; branches: Branch[] } | { lost: string }

function make(store: ObjectStore, clock: Clock, parallel: Parallel, template: ChannelTemplate): Made {
  try {
    const parts = partsOf(store, clock, parallel, template)
    const ingress = parts.channel(`${parallel.metadata.name}-kn-parallel`)
    const branches = parallel.spec.branches.map((branch, index) => makeBranch(parts, parallel, template, branch, index))
    parts.dropOthers()
    return { ingress, branches }
  } catch (error) {
    if (error instanceof NoSuchChannel) return { lost: error.message }
    throw error
  }
}

function makeBranch(
  parts: Parts,
  parallel: Parallel,
  { apiVersion, kind }: ChannelTemplate,
  branch: ParallelBranch,
  index: number,
): Branch {
  const prefix = `${parallel.metadata.name}-kn-parallel`
  const own = { apiVersion, kind, name: `${prefix}-${index}` }
  const ownChannel = { ref: { ...own, namespace: parallel.metadata.namespace ?? '' } }
  const reply = branch.reply ?? parallel.spec.reply
  return {
    channel: parts.channel(own.name),
    filter: parts.subscription(`${prefix}-filter-${index}`, {
      channel: { apiVersion, kind, name: prefix },
      // What passes the filter is its answer; without a filter events go straight on.
      ...(branch.filter ? { subscriber: branch.filter, reply: ownChannel } : { subscriber: ownChannel }),
    }),
    subscriber: parts.subscription(own.name, {
      channel: own,
      ...(branch.delivery ? { delivery: branch.delivery } : {}),
      ...(reply ? { reply } : {}),
      subscriber: branch.subscriber,
    }),
  }
}

function statusOf(parallel: Parallel, made: Made, now: number): NonNullable<Parallel['status']> {
  const observedGeneration = parallel.metadata.generation ?? 1
  const before = parallel.status?.conditions
  if ('lost' in made) {
    const ChannelsReady = { status: 'False', reason: 'ChannelsNotReady', message: made.lost } as const
    return { conditions: settleConditions(conditions, before, { ChannelsReady }, now), observedGeneration }
  }
  const at = timestamp(now)
  const url = made.ingress.status?.address?.url
  const ingressChannelStatus = { channel: referenceTo(made.ingress), ready: addressed(made.ingress) }
  const branchStatuses = made.branches.map(branch => branchStatus(branch, at))
  const channels = [ingressChannelStatus, ...branchStatuses.map(one => one.filterChannelStatus)]
  const subscriptions = branchStatuses.flatMap(one => [one.filterSubscriptionStatus, one.subscriberSubscriptionStatus])
  const findings = {
    Addressable: url
      ? ({ status: 'True' } as const)
      : ({ status: 'False', reason: 'emptyAddress', message: 'addressable is nil' } as const),
    ChannelsReady: together('Channels', allReady(channels), 'False'),
    SubscriptionsReady: together('Subscriptions', allReady(subscriptions), 'False'),
    EventPoliciesReady: noPolicies,
  }
  return {
    ...(url ? { address: { name: 'http', url } } : {}),
    branchStatuses,
    conditions: settleConditions(conditions, before, findings, now),
    ingressChannelStatus,
    observedGeneration,
  }
}

function branchStatus({ channel, filter, subscriber }: Branch, at: string) {
  return {
    filterChannelStatus: { channel: referenceTo(channel), ready: addressed(channel) },
    filterSubscriptionStatus: { subscription: referenceTo(filter), ready: readyOf(filter, 'Subscription', at) },
    subscriberSubscriptionStatus: {
      subscription: referenceTo(subscriber),
      ready: readyOf(subscriber, 'Subscription', at),
    },
  }
}

// Knative asks of a Parallel's channels only that they have an address.
function addressed({ status }: Channelable): ReadyPart {
  if (status?.address?.url) return { type: 'Ready', status: 'True' }
  return { type: 'Ready', status: 'False', reason: 'NotAddressable', message: 'Channel is not addressable' }
}

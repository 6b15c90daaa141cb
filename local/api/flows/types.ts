// Knative Eventing's flows (flows.knative.dev/v1), field by field as the API documents them.
import type { Condition } from '../../kernel/conditions.ts'
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'
import type { DeliverySpec, Destination } from '../eventing/types.ts'
import type { ChannelTemplate } from '../messaging/types.ts'
import type { Addressable, StatusBase } from '../serving/types.ts'

export interface SequenceStep extends Destination {
  delivery?: DeliverySpec
}

/** The readiness of an object that a flow consists of. */
export type ReadyPart = Partial<Condition> & { type: 'Ready' }

export interface SequenceStatus extends StatusBase {
  channelStatuses?: { channel: ObjectReference; ready: ReadyPart }[]
  subscriptionStatuses?: { subscription: ObjectReference; ready: ReadyPart }[]
  address?: Addressable
}

/** Steps one after the other: each gets what the one before answered. */
export interface Sequence extends KubeObject {
  spec: { steps: SequenceStep[]; channelTemplate?: ChannelTemplate; reply?: Destination }
  status?: SequenceStatus
}

export interface ParallelBranch {
  /** Answers with the event to let it pass, with nothing to hold it back. */
  filter?: Destination
  subscriber: Destination
  reply?: Destination
  delivery?: DeliverySpec
}

export interface ParallelBranchStatus {
  filterSubscriptionStatus: { subscription: ObjectReference; ready: ReadyPart }
  filterChannelStatus: { channel: ObjectReference; ready: ReadyPart }
  subscriberSubscriptionStatus: { subscription: ObjectReference; ready: ReadyPart }
}

/** Branches beside each other: each gets every event its filter lets pass. */
export interface Parallel extends KubeObject {
  spec: { branches: ParallelBranch[]; channelTemplate?: ChannelTemplate; reply?: Destination }
  status?: StatusBase & {
    address?: Addressable
    ingressChannelStatus?: { channel: ObjectReference; ready: ReadyPart }
    branchStatuses?: ParallelBranchStatus[]
  }
}

export const flows = {
  sequence: { group: 'flows.knative.dev', kind: 'Sequence' },
  parallel: { group: 'flows.knative.dev', kind: 'Parallel' },
} as const

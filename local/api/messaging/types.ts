// Knative Eventing's channels and subscriptions (messaging.knative.dev/v1), field by field as the API documents them.
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'
import type { DeliverySpec, Destination } from '../eventing/types.ts'
import type { Addressable, StatusBase } from '../serving/types.ts'

/** What is made for a Channel, a Sequence or a Parallel: an object of that kind and spec. */
export interface ChannelTemplate {
  apiVersion: string
  kind: string
  spec?: Record<string, unknown>
}

/** A subscription as its channel sees it. */
export interface ChannelSubscriber {
  uid: string
  name?: string
  generation?: number
  subscriberUri?: string
  replyUri?: string
  delivery?: DeliverySpec
}

export interface SubscriberStatus {
  uid: string
  observedGeneration?: number
  ready?: 'True' | 'False' | 'Unknown'
  message?: string
}

/** The status of everything that can be subscribed to. */
export interface ChannelableStatus extends StatusBase {
  address?: Addressable
  subscribers?: SubscriberStatus[]
  deadLetterSinkUri?: string
}

export interface InMemoryChannel extends KubeObject {
  spec: { subscribers?: ChannelSubscriber[]; delivery?: DeliverySpec }
  status?: ChannelableStatus
}

export interface Channel extends KubeObject {
  spec: { channelTemplate?: ChannelTemplate; subscribers?: ChannelSubscriber[]; delivery?: DeliverySpec }
  status?: ChannelableStatus & { channel?: ObjectReference }
}

export interface Subscription extends KubeObject {
  spec: {
    channel: ObjectReference
    subscriber?: Destination
    /** Where the subscriber's answers go; without it they go nowhere. */
    reply?: Destination
    delivery?: DeliverySpec
  }
  status?: StatusBase & {
    physicalSubscription?: { subscriberUri?: string; replyUri?: string; deadLetterSinkUri?: string }
  }
}

export const messaging = {
  channel: { group: 'messaging.knative.dev', kind: 'Channel' },
  inMemoryChannel: { group: 'messaging.knative.dev', kind: 'InMemoryChannel' },
  subscription: { group: 'messaging.knative.dev', kind: 'Subscription' },
} as const

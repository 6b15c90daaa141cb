// Knative Eventing's Broker and Trigger (eventing.knative.dev/v1), field by field as the API documents them.
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'
import type { Addressable, StatusBase } from '../serving/types.ts'

export interface Destination {
  ref?: ObjectReference
  uri?: string
}

export interface DeliverySpec {
  deadLetterSink?: Destination
  retry?: number
  backoffPolicy?: 'linear' | 'exponential'
  /** ISO 8601. */
  backoffDelay?: string
  timeout?: string
  retryAfterMax?: string
}

export interface Broker extends KubeObject {
  spec: { config?: ObjectReference; delivery?: DeliverySpec }
  status?: StatusBase & { address?: Addressable; deadLetterSinkUri?: string }
}

/** A filter of the CloudEvents Subscriptions API: one dialect each, `all` and `any` and `not` of further ones. */
export interface SubscriptionsFilter {
  exact?: Record<string, string>
  prefix?: Record<string, string>
  suffix?: Record<string, string>
  all?: SubscriptionsFilter[]
  any?: SubscriptionsFilter[]
  not?: SubscriptionsFilter
  cesql?: string
}

export interface Trigger extends KubeObject {
  spec: {
    broker: string
    filter?: { attributes?: Record<string, string> }
    /** All of them must pass; when there are any, `filter` is not looked at. */
    filters?: SubscriptionsFilter[]
    subscriber: Destination
    delivery?: DeliverySpec
  }
  status?: StatusBase & { subscriberUri?: string; deadLetterSinkUri?: string }
}

export const eventing = {
  broker: { group: 'eventing.knative.dev', kind: 'Broker' },
  trigger: { group: 'eventing.knative.dev', kind: 'Trigger' },
} as const

// Knative Eventing's Broker, Trigger and EventType (eventing.knative.dev), field by field as the API documents them.
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

/** A type of event that something is said to emit; nothing is created by itself. */
export interface EventType extends KubeObject {
  spec: {
    type: string
    source?: string
    schema?: string
    schemaData?: string
    description?: string
    broker?: string
    reference?: ObjectReference
  }
  status?: StatusBase
}

export const eventing = {
  eventType: { group: 'eventing.knative.dev', kind: 'EventType' },
  broker: { group: 'eventing.knative.dev', kind: 'Broker' },
  trigger: { group: 'eventing.knative.dev', kind: 'Trigger' },
} as const

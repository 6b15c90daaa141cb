// Schemas that Broker and Trigger share: destinations, delivery and the fields every status has.
import { anything, array, described, integer, map, object, type Schema, string } from '../schema.ts'

/** A reference to another object. */
export const reference: Schema = object({ apiVersion: string, kind: string, name: string, namespace: string })

export const configReference = described('Where the configuration of this broker stands.', reference)

export const destination: Schema = object({
  ref: described('An object that has an address.', reference),
  uri: described('An absolute URL, or a path relative to the address of ref.', string),
})

export const delivery: Schema = described(
  'What happens to events that could not be delivered.',
  object({
    deadLetterSink: described('Receives events after the last try.', destination),
    retry: described('Tries after the first one.', integer),
    backoffPolicy: described('linear or exponential.', string),
    backoffDelay: described('ISO 8601: PT0.2S.', string),
    timeout: described('ISO 8601, of one try.', string),
    retryAfterMax: described('ISO 8601: the longest Retry-After that is honoured.', string),
  }),
)

export const attributesFilter: Schema = object({
  attributes: described('Attributes an event must have exactly; an empty value stands for any.', map(string)),
})

// Filters nest as deep as they like, which a structural schema cannot say: cluster and runtime keep what is below.
export const filterList: Schema = described(
  'Filters of the CloudEvents Subscriptions API, all of which must pass. They go before filter.',
  array(
    object({
      exact: described('Attributes an event must have exactly.', map(string)),
      prefix: described('What attributes must begin with.', map(string)),
      suffix: described('What attributes must end with.', map(string)),
      all: described('Filters that must all pass.', array(anything)),
      any: described('Filters of which one must pass.', array(anything)),
      not: described('A filter that must not pass.', anything),
      cesql: described('A CloudEvents SQL expression that must be true.', string),
    }),
  ),
)

export const condition: Schema = object({
  type: string,
  status: string,
  reason: string,
  message: string,
  severity: string,
  lastTransitionTime: string,
})

/** A status of `fields` besides the ones all of Knative's statuses have. */
export function statusSchema(fields: Record<string, Schema>): Schema {
  return object({
    observedGeneration: integer,
    conditions: array(condition),
    annotations: map(string),
    deadLetterSinkUri: string,
    ...fields,
  })
}

export const addressable: Schema = object({ name: string, url: string })

// Schemas that sources share: the sink, what events are given besides, selectors, and the status.
import { destination, statusSchema } from '../eventing/schema.ts'
import { array, described, map, object, type Schema, string } from '../schema.ts'

export const labelSelector: Schema = object({
  matchLabels: map(string),
  matchExpressions: array(object({ key: string, operator: string, values: array(string) })),
})

/** `spec` of a source: these fields and those given. */
export function sourceSpec(fields: Record<string, Schema>): Schema {
  return object({
    sink: described('Where the events go.', destination),
    ceOverrides: described('Extension attributes given to every event.', object({ extensions: map(string) })),
    ...fields,
  })
}

/** `status` of a source: these fields and those given. */
export function sourceStatus(fields: Record<string, Schema> = {}): Schema {
  return statusSchema({
    sinkUri: string,
    ceAttributes: array(object({ type: string, source: string })),
    ...fields,
  })
}

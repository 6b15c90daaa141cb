// Schemas of what can be subscribed to: its subscribers, and their state.
import { delivery, statusSchema } from '../eventing/schema.ts'
import { array, described, integer, object, type Schema, string } from '../schema.ts'

const subscriber = object({
  uid: string,
  name: string,
  generation: integer,
  subscriberUri: string,
  replyUri: string,
  delivery,
})

/** `spec` of a channel: these fields and those given. */
export function channelSpec(fields: Record<string, Schema> = {}): Schema {
  return object({
    subscribers: described('Written by the controller of Subscriptions.', array(subscriber)),
    delivery,
    ...fields,
  })
}

/** `status` of a channel: these fields and those given. */
export function channelStatus(fields: Record<string, Schema> = {}): Schema {
  return statusSchema({
    address: object({ name: string, url: string }),
    subscribers: array(object({ uid: string, observedGeneration: integer, ready: string, message: string })),
    ...fields,
  })
}

// What a broker writes into an event when it comes in: the time, and how many more times it may come in.
import type { CloudEvent } from '../cloudevents/event.ts'

export const ttlAttribute = 'knativebrokerttl'
const arrivalAttribute = 'knativearrivaltime'
const firstTtl = 255

/**
 * The event as the broker keeps it. `knativebrokerttl` is 255 at first and one less each time a reply brings it back;
 * undefined when it is used up: events must not go round for ever (eventing pkg/broker/ttl.go).
 */
export function arrived(event: CloudEvent, now: number): CloudEvent | undefined {
  const ttl = nextTtl(event.attributes[ttlAttribute])
  if (ttl <= 0) return undefined
  const attributes = {
    ...event.attributes,
    [arrivalAttribute]: new Date(now).toISOString(),
    [ttlAttribute]: String(ttl),
  }
  return { attributes, data: event.data }
}

/** What subscribers see: the count of the broker is no business of theirs. */
export function withoutTtl({ attributes, data }: CloudEvent): CloudEvent {
  const { [ttlAttribute]: _ttl, ...seen } = attributes
  return { attributes: seen, data }
}

function nextTtl(ttl: string | undefined): number {
  return ttl !== undefined && /^-?\d{1,10}$/.test(ttl) ? Number(ttl) - 1 : firstTtl
}

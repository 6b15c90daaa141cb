// What a runtime offers of its events to the command line: looking, following, sending, and giving them out again.
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { BrokerClass } from '../broker-class.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { checkEvent } from '../cloudevents/event.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { EventJournal } from './event-journal.ts'
import { type EventView, eventView } from './event-view.ts'
import { eventOf, type Journey } from './journey.ts'

export interface EventQuery {
  /** Ids, types: exact, or with `*` at the end. */
  id?: string
  type?: string
  broker?: string
  /** Only those a consumer gave up. */
  dead?: boolean
}

export interface Replayed {
  id: string
  /** Undefined: all that match. */
  consumer?: string
}

export interface EventsControl {
  /** The newest `limit` of what the journal holds, oldest first. */
  list(query: EventQuery, limit: number): EventView[]
  /** Calls `listener` on each step of an event that matches. Returns how to stop. */
  follow(query: EventQuery, listener: (event: EventView) => void): () => void
  /**
   * Gives events out again under their ids: to the consumers that gave them up, or, where none did, to all that match.
   * Resolves once they are durable.
   */
  replay(query: EventQuery): Promise<Replayed[]>
  /** Takes an event into a broker as its ingress would. Throws `NotACloudEvent`; rejects when there is no such broker. */
  send(broker: string, event: CloudEvent): Promise<void>
}

export interface EventsControlOptions {
  store: ObjectStore
  journal: EventJournal
  /** Into a broker or a channel, by the journal's name for it. */
  accept: BrokerClass['accept']
  /** As the ingress makes them. */
  arrived(event: CloudEvent): CloudEvent
}

export function eventsControl({ store, journal, accept, arrived }: EventsControlOptions): EventsControl {
  const find = (query: EventQuery) => journal.list().filter(journey => fits(journey, query))
  return {
    list: (query, limit) =>
      find(query)
        .slice(limit > 0 ? -limit : Number.POSITIVE_INFINITY)
        .map(journey => eventView(store, journey)),
    follow: (query, listener) =>
      journal.watch(journey => {
        if (fits(journey, query)) listener(eventView(store, journey))
      }),
    async replay(query) {
      const replayed: Replayed[] = []
      for (const journey of find(query)) replayed.push(...(await replayOne(journey, journal, accept)))
      return replayed
    },
    async send(broker, event) {
      checkEvent(event)
      await accept(broker, [{ event: arrived(event), headers: [] }])
    },
  }
}

async function replayOne(journey: Journey, journal: EventJournal, accept: BrokerClass['accept']): Promise<Replayed[]> {
  const { event, headers } = eventOf(journey)
  const id = event.attributes.id ?? ''
  const consumers = [...journey.dead]
  const again: LoggedEvent[] =
    consumers.length > 0 ? consumers.map(only => ({ event, headers, only })) : [{ event, headers }]
  await accept(journey.broker, again, true)
  journal.replayed(journey, consumers)
  return consumers.length > 0 ? consumers.map(consumer => ({ id, consumer })) : [{ id }]
}

function fits(journey: Journey, query: EventQuery): boolean {
  if (query.dead && journey.dead.size === 0) return false
  if (query.broker !== undefined && query.broker !== journey.broker) return false
  if (query.id === undefined && query.type === undefined) return true
  const { id = '', type = '' } = eventOf(journey).event.attributes
  return (query.id === undefined || query.id === id) && (query.type === undefined || isLike(type, query.type))
}

function isLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

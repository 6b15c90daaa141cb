// A journey as people and programs read it: the event, each consumer and why it took the event or not, and each try.
import { eventing, type Trigger } from '../../api/eventing/types.ts'
import { timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { explainFilter } from '../filter/explain.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { Attempt } from './journal.ts'
import { eventOf, type Journey, type Tried } from './journey.ts'

export interface TryView extends Attempt {
  /** RFC 3339. */
  at: string
}

export interface ConsumerView {
  /** `NAMESPACE/NAME` of the Trigger or Subscription. */
  name: string
  matched: boolean
  /** The filter that decided, as it reads now. */
  by: string
  tries: TryView[]
  /** How it ended; `pending` while it goes on, nothing when it did not match. */
  outcome?: 'pending' | 'done' | 'replied' | 'dead letter' | 'dropped'
}

export interface EventView {
  key: string
  id: string
  type: string
  source: string
  /** RFC 3339, when it arrived. */
  time: string
  broker: string
  attributes: Record<string, string>
  consumers: ConsumerView[]
  /** True when a consumer gave it up, and it was not replayed to that one since. */
  dead: boolean
}

/** The view of a journey. Of consumers that never tried it, triggers that were there when it arrived are asked why. */
export function eventView(store: ObjectStore, journey: Journey): EventView {
  const logged = eventOf(journey)
  const { event } = logged
  const { id = '', type = '', source = '' } = event.attributes
  const triggers = triggersAt(store, journey, logged)
  const known = new Set(triggers.map(nameOf))
  const others = [...journey.tries.keys()].filter(name => !known.has(name))
  return {
    ...{ key: journey.key, id, type, source, time: new Date(journey.at).toISOString(), broker: journey.broker },
    attributes: event.attributes,
    consumers: [
      ...triggers.map(trigger => consumerView(nameOf(trigger), journey, logged, explainFilter(trigger.spec, event))),
      ...others.map(name => consumerView(name, journey, logged, { matched: true, by: 'no filter' })),
    ],
    dead: journey.dead.size > 0,
  }
}

const nameOf = ({ metadata }: Trigger) => `${metadata.namespace ?? ''}/${metadata.name}`

function triggersAt(store: ObjectStore, { broker, at }: Journey, { only }: LoggedEvent): Trigger[] {
  const [namespace = '', name = ''] = broker.split('/')
  const arrival = timestamp(at)
  const all = store.list<Trigger>(eventing.trigger, { namespace }).filter(one => one.spec.broker === name)
  const there = all.filter(({ metadata }) => (metadata.creationTimestamp ?? '') <= arrival)
  return only === undefined ? there : there.filter(one => nameOf(one) === only)
}

function consumerView(
  name: string,
  { tries }: Journey,
  { only }: LoggedEvent,
  explained: Pick<ConsumerView, 'matched' | 'by'>,
): ConsumerView {
  const made = tries.get(name) ?? []
  // What was tried did match, whatever the filter says by now.
  const matched = made.length > 0 || only === name || explained.matched
  const by = only === name ? 'replay' : explained.by
  const outcome = matched ? { outcome: outcomeOf(made) } : {}
  return {
    name,
    matched,
    by,
    tries: made.map(({ at, ...one }) => ({ at: new Date(at).toISOString(), ...one })),
    ...outcome,
  }
}

function outcomeOf(tries: readonly Tried[]): NonNullable<ConsumerView['outcome']> {
  const last = tries.at(-1)
  if (!last || last.next === 'again' || last.next === 'dead letter') return 'pending'
  return last.deadLetter && last.next === 'done' ? 'dead letter' : last.next
}

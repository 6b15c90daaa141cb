// One event's way: when it came, what was tried at each consumer, and how that ended.
import type { LoggedEvent } from '../log/record.ts'
import type { Attempt } from './journal.ts'

export interface Tried extends Attempt {
  /** Milliseconds since the epoch, when the try was over. */
  at: number
}

export interface Journey {
  key: string
  broker: string
  /** Milliseconds since the epoch. */
  at: number
  logged: LoggedEvent
  /** By consumer, in the order of the first try at each. */
  tries: Map<string, Tried[]>
  /** Consumers that gave it up, with or without a dead-letter sink, and to whom it was not replayed since. */
  dead: Set<string>
}

// A subscriber that fails for days is no reason to grow without end: the first tries and the last ones tell the story.
const maxTries = 20

export function startJourney(key: string, broker: string, logged: LoggedEvent, at: number): Journey {
  return { key, broker, at, logged, tries: new Map(), dead: new Set() }
}

/** Adds a try that is over. */
export function addTry(journey: Journey, consumer: string, attempt: Attempt, at: number): void {
  const tries = journey.tries.get(consumer) ?? []
  if (tries.length === maxTries) tries.splice(maxTries / 2, 1)
  tries.push({ ...attempt, at })
  journey.tries.set(consumer, tries)
  if (attempt.next === 'dead letter' || attempt.next === 'dropped') journey.dead.add(consumer)
}

/** A journey as JSON, all but the event's data. */
export interface WrittenJourney {
  key: string
  broker: string
  at: number
  attributes: Record<string, string>
  headers: readonly string[]
  tries: [consumer: string, tries: Tried[]][]
  dead: string[]
}

export function writeJourney({ key, broker, at, logged, tries, dead }: Journey): string {
  const { event, headers } = logged
  const written: WrittenJourney = {
    ...{ key, broker, at, attributes: event.attributes, headers },
    tries: [...tries],
    dead: [...dead],
  }
  return JSON.stringify(written)
}

/** The inverse of `writeJourney`. */
export function readJourney(text: string, data: Buffer | undefined): Journey {
  const { key, broker, at, attributes, headers, tries, dead } = JSON.parse(text) as WrittenJourney
  const logged = { event: { attributes, data }, headers }
  return { key, broker, at, logged, tries: new Map(tries), dead: new Set(dead) }
}

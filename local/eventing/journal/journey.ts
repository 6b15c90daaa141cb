// One event's way: when it came, what was tried at each consumer, and how that ended.
import { decodeRecord, type LoggedEvent, recordOf } from '../log/record.ts'
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
  /** The event as bytes, see `eventOf`: there are thousands, and few are ever looked at. */
  record: Buffer
  /** By consumer, in the order of the first try at each. */
  tries: Map<string, Tried[]>
  /** Consumers that gave it up, with or without a dead-letter sink, and to whom it was not replayed since. */
  dead: Set<string>
}

// A subscriber that fails for days is no reason to grow without end: the first tries and the last ones tell the story.
const maxTries = 20

export function startJourney(key: string, broker: string, logged: LoggedEvent, at: number): Journey {
  return { key, broker, at, record: recordOf(logged), tries: new Map(), dead: new Set() }
}

/** The event of a journey, and what travels with it. */
export const eventOf = ({ record }: Journey): LoggedEvent => decodeRecord(record)

/** Adds a try that is over. */
export function addTry(journey: Journey, consumer: string, attempt: Attempt, at: number): void {
  const tries = journey.tries.get(consumer) ?? []
  if (tries.length === maxTries) tries.splice(maxTries / 2, 1)
  tries.push({ ...attempt, at })
  journey.tries.set(consumer, tries)
  if (attempt.next === 'dead letter' || attempt.next === 'dropped') journey.dead.add(consumer)
}

/** A journey as JSON, all but the event. */
export interface WrittenJourney {
  key: string
  broker: string
  at: number
  tries: [consumer: string, tries: Tried[]][]
  dead: string[]
}

export function writeJourney({ key, broker, at, tries, dead }: Journey): string {
  const written: WrittenJourney = { key, broker, at, tries: [...tries], dead: [...dead] }
  return JSON.stringify(written)
}

/** The inverse of `writeJourney`. */
export function readJourney(text: string, record: Buffer): Journey {
  const { key, broker, at, tries, dead } = JSON.parse(text) as WrittenJourney
  return { key, broker, at, record, tries: new Map(tries), dead: new Set(dead) }
}

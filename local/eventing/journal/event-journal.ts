// The journal in memory, bounded: the newest journeys, and longer those that ended in a dead letter; saved a moment later.
import type { Clock } from '../../kernel/clock.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { Attempt, Journal } from './journal.ts'
import { JournalSaves, type JournalStore } from './journal-saves.ts'
import { addTry, type Journey, startJourney } from './journey.ts'

export interface JournalLimits {
  /** Journeys kept, whatever became of them; and bytes of their events. */
  maxJourneys: number
  maxBytes: number
  /** Journeys with a dead letter that are kept beyond that. */
  maxDead: number
}

const defaultJournalLimits: JournalLimits = {
  maxJourneys: 5_000,
  maxBytes: 16 * 1024 * 1024,
  maxDead: 1_000,
}

export interface EventJournalOptions {
  clock: Clock
  limits?: JournalLimits
  store?: JournalStore
}

export class EventJournal implements Journal {
  readonly #clock: Clock
  readonly #limits: JournalLimits
  readonly #saves: JournalSaves | undefined
  readonly #recent = new Map<string, Journey>()
  readonly #dead = new Map<string, Journey>()
  readonly #listeners = new Set<(journey: Journey) => void>()
  // At the oldest of the recent: a new walk would pass all that were removed before it.
  #oldest = this.#recent.values()
  #bytes = 0

  constructor({ clock, limits = defaultJournalLimits, store }: EventJournalOptions) {
    this.#clock = clock
    this.#limits = limits
    this.#saves = store && new JournalSaves({ clock, store, find: key => this.#find(key) })
  }

  /** Takes up what an earlier run has saved. */
  async load(): Promise<void> {
    for (const journey of (await this.#saves?.load()) ?? []) {
      if (!this.#recent.has(journey.key)) this.#add(journey)
    }
  }

  arrived(key: string, broker: string, logged: LoggedEvent): void {
    // A consumer may have been quicker than the sender's acknowledgement.
    if (!this.#recent.has(key)) this.#note(this.#begin(key, broker, logged))
  }

  tried(
    key: string,
    consumer: string,
    attempt: Attempt,
    { broker, logged }: { broker: string; logged: LoggedEvent },
  ): void {
    const journey = this.#find(key) ?? this.#begin(key, broker, logged)
    addTry(journey, consumer, attempt, this.#clock.now())
    this.#note(journey)
  }

  /** The consumers that had given the event up are given it anew. */
  replayed(journey: Journey, consumers: readonly string[]): void {
    for (const consumer of consumers) journey.dead.delete(consumer)
    this.#note(journey)
  }

  /** All journeys, oldest first. */
  list(): Journey[] {
    const older = [...this.#dead.values()].filter(({ key }) => !this.#recent.has(key))
    return [...older, ...this.#recent.values()]
  }

  /** Calls `listener` on each step of each event. Returns how to stop. */
  watch(listener: (journey: Journey) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Writes down what is not yet. */
  async close(): Promise<void> {
    await this.#saves?.close()
  }

  #find(key: string): Journey | undefined {
    return this.#recent.get(key) ?? this.#dead.get(key)
  }

  #begin(key: string, broker: string, logged: LoggedEvent): Journey {
    const journey = startJourney(key, broker, logged, this.#clock.now())
    this.#add(journey)
    return journey
  }

  #add(journey: Journey): void {
    this.#recent.set(journey.key, journey)
    if (journey.dead.size > 0) this.#dead.set(journey.key, journey)
    this.#bytes += sizeOf(journey)
    const { maxJourneys, maxBytes } = this.#limits
    while (this.#recent.size > maxJourneys || this.#bytes > maxBytes) this.#dropOldest()
  }

  #dropOldest(): void {
    let { value: oldest } = this.#oldest.next()
    if (!oldest) {
      this.#oldest = this.#recent.values()
      oldest = this.#oldest.next().value
    }
    if (!oldest) return
    this.#recent.delete(oldest.key)
    this.#bytes -= sizeOf(oldest)
    if (!this.#dead.has(oldest.key)) this.#saves?.forgotten(oldest.key)
  }

  #note(journey: Journey): void {
    const { key } = journey
    if (journey.dead.size > 0) this.#keepDead(journey)
    else if (this.#dead.delete(key) && !this.#recent.has(key)) this.#saves?.forgotten(key)
    if (this.#find(key)) this.#saves?.changed(key)
    for (const listener of this.#listeners) listener(journey)
  }

  #keepDead(journey: Journey): void {
    this.#dead.set(journey.key, journey)
    for (const key of this.#dead.keys()) {
      if (this.#dead.size <= this.#limits.maxDead) break
      this.#dead.delete(key)
      if (!this.#recent.has(key)) this.#saves?.forgotten(key)
    }
  }
}

const overhead = 512
const sizeOf = ({ record }: Journey) => overhead + record.length

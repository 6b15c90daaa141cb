// The journal in memory, bounded: the newest journeys, and longer those that ended in a dead letter; saved a moment later.
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { Attempt, Journal } from './journal.ts'
import { addTry, type Journey, startJourney } from './journey.ts'

export interface JournalLimits {
  /** Journeys kept, whatever became of them; and bytes of their events' data. */
  maxJourneys: number
  maxBytes: number
  /** Journeys with a dead letter that are kept beyond that. */
  maxDead: number
}

export const defaultJournalLimits: JournalLimits = {
  maxJourneys: 5_000,
  maxBytes: 16 * 1024 * 1024,
  maxDead: 1_000,
}

/** Where journeys survive a restart. */
export interface JournalStore {
  load(): Promise<Journey[]>
  /** Writes these, and removes those. */
  save(journeys: readonly Journey[], gone: readonly string[]): Promise<void>
}

export interface EventJournalOptions {
  clock: Clock
  limits?: JournalLimits
  store?: JournalStore
}

const saveDelayMs = 1_000

export class EventJournal implements Journal {
  readonly #clock: Clock
  readonly #limits: JournalLimits
  readonly #store: JournalStore | undefined
  readonly #recent = new Map<string, Journey>()
  readonly #dead = new Map<string, Journey>()
  readonly #listeners = new Set<(journey: Journey) => void>()
  #bytes = 0
  #unsaved = new Set<string>()
  // Of what is on disk.
  readonly #saved = new Set<string>()
  #gone = new Set<string>()
  #timer: Timer | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor({ clock, limits = defaultJournalLimits, store }: EventJournalOptions) {
    this.#clock = clock
    this.#limits = limits
    this.#store = store
  }

  /** Takes up what an earlier run has saved. */
  async load(): Promise<void> {
    for (const journey of (await this.#store?.load()) ?? []) {
      this.#saved.add(journey.key)
      if (!this.#recent.has(journey.key)) this.#add(journey)
    }
    this.#saveLater()
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
    const journey = this.#recent.get(key) ?? this.#dead.get(key) ?? this.#begin(key, broker, logged)
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
    this.#timer?.cancel()
    await this.#saving
    await this.#save()
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
    for (const [key, oldest] of this.#recent) {
      if (this.#recent.size <= maxJourneys && this.#bytes <= maxBytes) break
      this.#recent.delete(key)
      this.#bytes -= sizeOf(oldest)
      if (!this.#dead.has(key)) this.#lose(key)
    }
  }

  #note(journey: Journey): void {
    const { key } = journey
    if (journey.dead.size > 0) this.#keepDead(journey)
    else if (this.#dead.delete(key) && !this.#recent.has(key)) this.#lose(key)
    if (this.#store && (this.#recent.has(key) || this.#dead.has(key))) {
      this.#unsaved.add(key)
      this.#saveLater()
    }
    for (const listener of this.#listeners) listener(journey)
  }

  #keepDead(journey: Journey): void {
    this.#dead.set(journey.key, journey)
    for (const key of this.#dead.keys()) {
      if (this.#dead.size <= this.#limits.maxDead) break
      this.#dead.delete(key)
      if (!this.#recent.has(key)) this.#lose(key)
    }
  }

  // What was never saved leaves no trace to remove.
  #lose(key: string): void {
    this.#unsaved.delete(key)
    if (this.#saved.delete(key)) this.#gone.add(key)
  }

  #saveLater(): void {
    if (!this.#store) return
    this.#timer ??= this.#clock.after(saveDelayMs, () => {
      this.#timer = undefined
      this.#saving = this.#save()
    })
  }

  async #save(): Promise<void> {
    const keys = this.#unsaved
    const gone = this.#gone
    if (!this.#store || (keys.size === 0 && gone.size === 0)) return
    this.#unsaved = new Set()
    this.#gone = new Set()
    const journeys = [...keys].map(key => this.#recent.get(key) ?? this.#dead.get(key)).filter(one => one !== undefined)
    for (const { key } of journeys) this.#saved.add(key)
    // The journal explains what happened, it does not decide anything: what cannot be written is let go.
    await this.#store.save(journeys, [...gone]).catch(() => {})
  }
}

const overhead = 512
const sizeOf = ({ logged }: Journey) => overhead + (logged.event.data?.length ?? 0)

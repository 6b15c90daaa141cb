// When the journal goes to disk: a moment after it changed, a few journeys at a time, what was given up before all else.
import { type Clock, sleep, type Timer } from '../../kernel/clock.ts'
import type { Journey } from './journey.ts'

/** Where journeys survive a restart. */
export interface JournalStore {
  load(): Promise<Journey[]>
  /** Writes these, and removes those. */
  save(journeys: readonly Journey[], gone: readonly string[]): Promise<void>
}

export interface JournalSavesOptions {
  clock: Clock
  store: JournalStore
  /** The journey as it is now; undefined once it is forgotten. */
  find(key: string): Journey | undefined
}

const delayMs = 1_000
// Senders wait for the same disk: their events go in between, and under load most journeys are over before their turn.
const journeysAtOnce = 100
const pauseMs = 100

export class JournalSaves {
  readonly #options: JournalSavesOptions
  readonly #closing = new AbortController()
  #unsaved = new Set<string>()
  // Of what is on disk.
  readonly #saved = new Set<string>()
  #gone = new Set<string>()
  #timer: Timer | undefined
  #round: Promise<void> | undefined

  constructor(options: JournalSavesOptions) {
    this.#options = options
  }

  /** What an earlier run has saved, oldest first. */
  async load(): Promise<Journey[]> {
    const journeys = await this.#options.store.load()
    for (const { key } of journeys) this.#saved.add(key)
    return journeys
  }

  /** Is written a second later. */
  changed(key: string): void {
    this.#unsaved.add(key)
    this.#gone.delete(key)
    this.#later()
  }

  /** What was never written leaves no trace to remove. */
  forgotten(key: string): void {
    this.#unsaved.delete(key)
    if (!this.#saved.delete(key)) return
    this.#gone.add(key)
    this.#later()
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.cancel()
    await this.#round
    await this.#save()
  }

  #later(): void {
    if (this.#round || this.#closing.signal.aborted) return
    this.#timer ??= this.#options.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#round = this.#save().finally(() => {
        this.#round = undefined
        if (this.#unsaved.size + this.#gone.size > 0) this.#later()
      })
    })
  }

  async #save(): Promise<void> {
    const { clock, store } = this.#options
    const keys = this.#inOrder()
    const gone = [...this.#gone]
    this.#unsaved = new Set()
    this.#gone = new Set()
    for (let first = true; keys.length + gone.length > 0; first = false) {
      if (!first) await sleep(clock, pauseMs, this.#closing.signal).catch(() => {})
      // The journal explains what happened, it does not decide anything: what cannot be written is let go.
      await store.save(this.#take(keys), gone.splice(0, journeysAtOnce)).catch(() => {})
    }
  }

  /** What is to be written, the last one first: the oldest, and after them those that were given up. */
  #inOrder(): string[] {
    const keys = [...this.#unsaved].reverse()
    const isDead = (key: string) => (this.#options.find(key)?.dead.size ?? 0) > 0
    return [...keys.filter(key => !isDead(key)), ...keys.filter(isDead)]
  }

  /** The next ones to be written; those forgotten meanwhile are passed over. */
  #take(keys: string[]): Journey[] {
    const taken: Journey[] = []
    while (taken.length < journeysAtOnce) {
      const key = keys.pop()
      if (key === undefined) break
      const journey = this.#options.find(key)
      if (journey) taken.push(journey)
    }
    for (const { key } of taken) this.#saved.add(key)
    return taken
  }
}

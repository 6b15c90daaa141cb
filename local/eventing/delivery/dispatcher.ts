// Delivers the events of a broker or channel to one consumer: reads from its place in the log, a bounded number at a time.
import type { Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { Filter } from '../filter/filter.ts'
import type { Journal } from '../journal/journal.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Open, Progress } from '../log/progress.ts'
import type { LogEntry } from '../log/tail.ts'
import { type AttemptOptions, tryDeadLetterSink, trySubscriber } from './attempt.ts'
import { attemptOf } from './attempt-record.ts'
import { type Destinations, nextStep, type Step } from './next-step.ts'
import { type Outcome, refused } from './outcome.ts'

/** Where a trigger's events go, as its objects say at the moment. */
export interface Route extends Destinations {
  filter: Filter
}

export interface DispatchLimits {
  /** Tries under way at once, a trigger. */
  concurrency: number
  /** Events under way or waiting for another try, a trigger: beyond that the log keeps the others. */
  maxOpen: number
}

export interface DispatcherOptions extends AttemptOptions {
  /** Of the consumer, for the log and the journal: `NAMESPACE/NAME`. */
  name: string
  /** What is consumed, as the log calls it. */
  topic: string
  events: Pick<EventLog, 'read' | 'get' | 'onAppend' | 'touch'>
  progress: Progress
  route: Route
  limits: DispatchLimits
  log: Log
  journal: Pick<Journal, 'tried'>
}

/** The journal's key of an entry of the log. */
export const journalKey = (seq: number) => `log:${seq}`

const readBatch = 64
const readAgainMs = 1_000

/** One trigger's deliveries. `route` may change while it runs; the next try goes by the new one. */
export class Dispatcher {
  route: Route
  readonly #options: DispatcherOptions
  // Whose turn has come but who found no free place.
  readonly #due: number[] = []
  readonly #timers = new Set<Timer>()
  readonly #stopListening: () => void
  #active = 0
  #reading = false
  #again = false
  #stopped = false
  #idle: (() => void)[] = []

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.route = options.route
    this.#due.push(...options.progress.open.keys())
    this.#stopListening = options.events.onAppend(options.topic, () => void this.#pump())
    void this.#pump()
  }

  /** Takes up nothing more and resolves when no try is under way. What is open goes on after the next start. */
  stop(): Promise<void> {
    this.#stopped = true
    this.#stopListening()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    return this.settled()
  }

  /** Resolves when no try is under way and nothing is being read; waits for another try may be pending. */
  settled(): Promise<void> {
    if (this.#active === 0 && !this.#reading) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  async #pump(): Promise<void> {
    this.#again = true
    if (this.#reading || this.#stopped) return
    this.#reading = true
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        await this.#takeUp()
      }
    } catch (error) {
      if (!this.#stopped) this.#readLater(error)
    }
    this.#reading = false
    this.#settle()
  }

  async #takeUp(): Promise<void> {
    this.#resume()
    const { events, topic, progress } = this.#options
    const room = this.#room()
    if (room <= 0) return
    const { entries, scanned } = await events.read(topic, progress.read, Math.min(room, readBatch))
    if (this.#stopped) return
    for (const entry of entries) {
      if (entry.only === undefined ? this.route.filter(entry.event) : entry.only === this.#options.name) {
        progress.begin(entry.seq)
        this.#start(entry.seq, entry)
      }
    }
    if (scanned > progress.read) {
      progress.advance(scanned)
      events.touch()
    }
    if (entries.length > 0) this.#again = true
  }

  #room(): number {
    const { limits, progress } = this.#options
    return Math.min(limits.concurrency - this.#active, limits.maxOpen - progress.open.size)
  }

  #resume(): void {
    while (this.#active < this.#options.limits.concurrency) {
      const seq = this.#due.shift()
      if (seq === undefined) return
      this.#start(seq, undefined)
    }
  }

  #readLater(error: unknown): void {
    this.#options.log('error', `consumer ${this.#options.name}: ${messageOf(error)}`)
    this.#later(readAgainMs, () => void this.#pump())
  }

  #later(ms: number, task: () => void): void {
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(timer)
      task()
    })
    this.#timers.add(timer)
  }

  #start(seq: number, entry: LogEntry | undefined): void {
    this.#active += 1
    void this.#deliver(seq, entry)
      .catch(error => this.#retryAfterFault(seq, error))
      .finally(() => {
        this.#active -= 1
        void this.#pump()
        this.#settle()
      })
  }

  // The log itself failed (its disk, or it closes): nothing was decided about the event.
  #retryAfterFault(seq: number, error: unknown): void {
    if (this.#stopped) return
    this.#options.log('error', `consumer ${this.#options.name}, event ${seq}: ${messageOf(error)}`)
    this.#later(readAgainMs, () => this.#isDue(seq))
  }

  #isDue(seq: number): void {
    this.#due.push(seq)
    void this.#pump()
  }

  /** One try. An event that waited comes back from the log, so that waiting holds no memory. */
  async #deliver(seq: number, given: LogEntry | undefined): Promise<void> {
    const { events, progress, journal, clock, name, topic } = this.#options
    const open = progress.open.get(seq)
    const entry = given ?? (await events.get(seq))
    if (!open || !entry) return this.#done(seq)
    const to = (open.failure ? this.route.deadLetterSink : this.route.subscriber) ?? ''
    const startedAt = clock.now()
    const outcome = await this.#try(entry, open)
    const step = nextStep(open, outcome, this.route)
    journal.tried(journalKey(seq), name, attemptOf(open, outcome, step, { to, ms: clock.now() - startedAt }), {
      broker: topic,
      logged: entry,
    })
    this.#take(step, entry)
  }

  #try(entry: LogEntry, { failure }: Open): Promise<Outcome> {
    const { route } = this
    if (!failure) return trySubscriber(entry, route, this.#options)
    // Without a sink any more there is nobody left to try.
    if (route.deadLetterSink === undefined) return Promise.resolve(refused(failure.code, ''))
    return tryDeadLetterSink(entry, failure, route.deadLetterSink, { ...this.#options, policy: route.policy })
  }

  #take(step: Step, { seq, event }: LogEntry): void {
    if (step.type === 'again') {
      this.#note(seq, step.open)
      if (step.waitMs === 0) this.#isDue(seq)
      else if (!this.#stopped) this.#later(step.waitMs, () => this.#isDue(seq))
      return
    }
    if (step.type === 'drop') {
      const { id, type, source } = event.attributes
      this.#options.log('error', `consumer ${this.#options.name} dropped an event: ${step.reason}`, {
        id,
        type,
        source,
      })
    }
    this.#done(seq)
  }

  #note(seq: number, open: Open): void {
    this.#options.progress.note(seq, open)
    this.#options.events.touch()
  }

  #done(seq: number): void {
    this.#options.progress.done(seq)
    this.#options.events.touch()
  }

  #settle(): void {
    if (this.#active === 0 && !this.#reading) for (const idle of this.#idle.splice(0)) idle()
  }
}

// Delivers one broker's events to one trigger: reads from its place in the log, a bounded number at a time.
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { Filter } from '../filter/filter.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Failure, Open, Progress } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { LogEntry } from '../log/tail.ts'
import type { Send } from '../send.ts'
import { judge, judgeDeadLetter, noAnswer, type Outcome } from './outcome.ts'
import { type RetryPolicy, waitBefore } from './policy.ts'
import { deadLetterRequest, failureOf, subscriberRequest } from './request.ts'

/** Where a trigger's events go, as its objects say at the moment. */
export interface Route {
  filter: Filter
  /** Undefined while the subscriber has no address: each try then counts as unanswered. */
  subscriber: string | undefined
  deadLetterSink: string | undefined
  policy: RetryPolicy
}

export interface DispatchLimits {
  /** Tries under way at once, a trigger. */
  concurrency: number
  /** Events under way or waiting for another try, a trigger: beyond that the log keeps the others. */
  maxOpen: number
}

export interface DispatcherOptions {
  /** Of the trigger, for the log: `NAMESPACE/NAME`. */
  name: string
  /** `NAMESPACE/NAME` of the broker. */
  broker: string
  namespace: string
  events: EventLog
  progress: Progress
  route: Route
  limits: DispatchLimits
  clock: Clock
  log: Log
  send: Send
  /** Takes an event back into the broker; resolves when it is on disk. False: its time to live is used up. */
  reply(broker: string, reply: LoggedEvent): Promise<boolean>
}

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
    this.#stopListening = options.events.onAppend(options.broker, () => void this.#pump())
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
    const { events, broker, progress } = this.#options
    const room = this.#room()
    if (room <= 0) return
    const { entries, scanned } = await events.read(broker, progress.read, Math.min(room, readBatch))
    if (this.#stopped) return
    for (const entry of entries) {
      if (this.route.filter(entry.event)) {
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
    this.#options.log('error', `trigger ${this.#options.name}: ${messageOf(error)}`)
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
    this.#options.log('error', `trigger ${this.#options.name}, event ${seq}: ${messageOf(error)}`)
    this.#later(readAgainMs, () => this.#isDue(seq))
  }

  #isDue(seq: number): void {
    this.#due.push(seq)
    void this.#pump()
  }

  /** One try. An event that waited comes back from the log, so that waiting holds no memory. */
  async #deliver(seq: number, given: LogEntry | undefined): Promise<void> {
    const { events, progress } = this.#options
    const open = progress.open.get(seq)
    const entry = given ?? (await events.get(seq))
    if (!open || !entry) return this.#done(seq)
    if (open.failure) return this.#toDeadLetterSink(entry, open, open.failure)
    const subscriber = this.route.subscriber
    const outcome = await this.#trySubscriber(entry, subscriber)
    if (outcome.type !== 'failure') return this.#done(seq)
    const tries = open.tries + 1
    if (outcome.retry && tries <= this.route.policy.retries) return this.#tryLater(seq, { tries }, outcome)
    this.#giveUp(entry, outcome, subscriber ?? '')
  }

  async #trySubscriber(entry: LogEntry, subscriber: string | undefined): Promise<Outcome> {
    if (subscriber === undefined) return noAnswer('the subscriber has no address')
    const { namespace, send, clock, broker, reply, log, name } = this.#options
    const target = { url: subscriber, namespace, timeoutMs: this.route.policy.timeoutMs }
    const answer = await attempt(send(subscriberRequest(entry, target)), response => judge(response, clock.now()))
    if (answer.type !== 'reply') return answer
    try {
      const taken = await reply(broker, { event: withTtlOf(entry, answer.event), headers: answer.headers })
      if (!taken) log('warn', `trigger ${name}: the reply to event ${entry.event.attributes.id} went round too often`)
      return { type: 'done' }
    } catch (error) {
      return noAnswer(error)
    }
  }

  #giveUp(entry: LogEntry, outcome: Outcome & { type: 'failure' }, subscriber: string): void {
    const failure = failureOf(outcome, subscriber)
    if (this.route.deadLetterSink === undefined) {
      this.#drop(entry, `the subscriber failed with ${failure.code}`)
    } else {
      this.#note(entry.seq, { tries: 0, failure })
      this.#isDue(entry.seq)
    }
  }

  async #toDeadLetterSink(entry: LogEntry, open: Open, failure: Failure): Promise<void> {
    const { namespace, send, clock } = this.#options
    const { deadLetterSink: url, policy } = this.route
    if (url === undefined) return this.#drop(entry, `the subscriber failed with ${failure.code}`)
    const request = deadLetterRequest(entry, failure, { url, namespace, timeoutMs: policy.timeoutMs })
    const outcome = await attempt(send(request), response => judgeDeadLetter(response, clock.now()))
    if (outcome.type !== 'failure') return this.#done(entry.seq)
    const tries = open.tries + 1
    if (outcome.retry && tries <= policy.retries) return this.#tryLater(entry.seq, { tries, failure }, outcome)
    this.#drop(entry, `the subscriber failed with ${failure.code}, the dead-letter sink with ${outcome.code}`)
  }

  #tryLater(seq: number, open: Open, outcome: Outcome & { type: 'failure' }): void {
    this.#note(seq, open)
    const wait = waitBefore(this.route.policy, open.tries, outcome.retryAfterMs)
    if (!this.#stopped) this.#later(wait, () => this.#isDue(seq))
  }

  #drop({ seq, event }: LogEntry, reason: string): void {
    const { id, type, source } = event.attributes
    this.#options.log('error', `trigger ${this.#options.name} dropped an event: ${reason}`, { id, type, source })
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

/** Judges an answer; none at all is a failure like any other. */
async function attempt(sent: ReturnType<Send>, judged: (response: Awaited<typeof sent>) => Outcome): Promise<Outcome> {
  try {
    return judged(await sent)
  } catch (error) {
    return noAnswer(error)
  }
}

/** A reply goes on with what is left of the time to live of the event it answers. */
function withTtlOf({ event }: LoggedEvent, reply: LoggedEvent['event']): LoggedEvent['event'] {
  const { knativebrokerttl = '' } = event.attributes
  return { attributes: { ...reply.attributes, knativebrokerttl }, data: reply.data }
}

// What brokers and channels kept in the log have in common: a topic that takes events, and consumers at their places in it.
import { type Clock, sleep } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { Send } from '../../seams/send.ts'
import { Dispatcher, type DispatchLimits, journalKey, type Route } from '../delivery/dispatcher.ts'
import type { Journal } from '../journal/journal.ts'
import type { EventLog } from './event-log.ts'
import { Progress } from './progress.ts'
import { encodeRecord, type LoggedEvent } from './record.ts'

export interface TopicsOptions {
  events: EventLog
  limits: DispatchLimits
  clock: Clock
  log: Log
  send: Send
  journal: Journal
  /** Takes a reply into a broker of whatever class; resolves when it is durable. False: it went round too often. */
  reply(broker: string, reply: LoggedEvent): Promise<boolean>
}

/** One that consumes a topic. */
export interface TopicConsumer {
  uid: string
  /** `NAMESPACE/NAME` of the Trigger or Subscription. */
  name: string
  topic: string
  namespace: string
  route: Route
  /** False until everything it needs has been found: a new consumer only begins then. */
  complete: boolean
}

// What is not answered by then is delivered again after the next start.
const drainMs = 2_000

export class Topics {
  readonly #options: TopicsOptions
  readonly #served = new Map<string, Dispatcher>()

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** Resolves once all are on disk. Rejects with `LogFull` at the log's bound; `reserve` may use the last tenth. */
  async accept(topic: string, batch: readonly LoggedEvent[], reserve = false): Promise<void> {
    const { events, journal } = this.#options
    const taken = batch.map(one => ({ ...one, record: encodeRecord(one) }))
    await Promise.all(
      taken.map(async one => journal.arrived(journalKey(await events.append(topic, one, reserve)), topic, one)),
    )
  }

  /** Keeps nothing for consumers that no longer are: those of the file whose uid is not in `alive`. */
  retain(alive: ReadonlySet<string>): void {
    const { events } = this.#options
    for (const uid of [...events.saved.keys()]) if (!alive.has(uid)) events.forget(uid)
  }

  serve(consumer: TopicConsumer): void {
    const { uid, route } = consumer
    const dispatcher = this.#served.get(uid)
    if (!dispatcher) {
      this.#begin(consumer)
      return
    }
    // A sink that lost its address is still where events go, as a subscription keeps what it was resolved to.
    const { deadLetterSink = consumer.complete ? undefined : dispatcher.route.deadLetterSink } = route
    dispatcher.route = { ...route, deadLetterSink }
  }

  withdraw(uid: string): void {
    void this.#served.get(uid)?.stop()
    this.#served.delete(uid)
    this.#options.events.forget(uid)
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#served.values()].map(dispatcher => dispatcher.settled()))
  }

  async stop(): Promise<void> {
    const stopped = Promise.all([...this.#served.values()].map(dispatcher => dispatcher.stop()))
    const given = new AbortController()
    await Promise.race([stopped, sleep(this.#options.clock, drainMs, given.signal).catch(() => {})])
    given.abort()
  }

  // A consumer begins once everything it needs is there; from then on it keeps its place.
  #begin({ uid, name, topic, namespace, route, complete }: TopicConsumer): void {
    const { events, limits, clock, log, send, journal, reply } = this.#options
    const saved = events.saved.get(uid)
    if (!saved && !complete) return
    const progress = saved ? new Progress(saved.read, saved.open) : new Progress(events.last)
    events.track(uid, topic, progress)
    const parts = { name, topic, namespace, events, progress, route, limits, clock, log, send, journal, reply }
    this.#served.set(uid, new Dispatcher(parts))
  }
}

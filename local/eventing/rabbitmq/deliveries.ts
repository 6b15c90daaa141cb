// Delivers what a trigger's queues hold: the tries of each event, and which of them the server has been told of.
import { sleep } from '../../kernel/clock.ts'
import { messageOf as textOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { type AttemptOptions, tryDeadLetterSink, trySubscriber } from '../delivery/attempt.ts'
import { attemptOf } from '../delivery/attempt-record.ts'
import type { Route } from '../delivery/dispatcher.ts'
import { nextStep, type Step } from '../delivery/next-step.ts'
import { type Outcome, refused } from '../delivery/outcome.ts'
import type { Journal } from '../journal/journal.ts'
import type { Failure, Open } from '../log/progress.ts'
import { eventOf, type QueuedEvent } from './message.ts'
import type { Delivery } from './queue-consumer.ts'

export interface DeliveriesOptions extends AttemptOptions {
  /** Of the trigger: `NAMESPACE/NAME`. */
  name: string
  /** `NAMESPACE/NAME` too. */
  broker: string
  log: Log
  journal: Pick<Journal, 'tried'>
  route(): Route
  /** Puts an event that the subscriber was given up for into the dead-letter queue; resolves when it is on disk. */
  bury(event: QueuedEvent, failure: Failure): Promise<void>
}

interface Flight {
  event: QueuedEvent
  /** The newest delivery of it: after a loss of the connection the server sends it again while it is being tried. */
  delivery: Delivery
}

/** Events whose end is remembered, so that one the server sends again in its ignorance is not delivered twice. */
const remembered = 1_000
const buryAgainMs = 1_000

/** The journal's key of a message. */
export const journalKey = (id: string) => `rabbitmq:${id}`

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #flights = new Map<string, Flight>()
  readonly #ended = new Set<string>()
  readonly #stopped = new AbortController()
  #trying = 0
  #idle: (() => void)[] = []

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  take(delivery: Delivery): void {
    const { content, properties } = delivery.message
    const event = eventOf(content, properties)
    if (event) this.#takeEvent(event, delivery)
    else this.#refuse(delivery)
  }

  /** Resolves when no try is under way; waits for another one may be pending. */
  settled(): Promise<void> {
    if (this.#trying === 0) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  /** Begins no further try. What is open stays in its queue. */
  stop(): Promise<void> {
    this.#stopped.abort()
    return this.settled()
  }

  #takeEvent(event: QueuedEvent, delivery: Delivery): void {
    const key = keyOf(event)
    const flight = this.#flights.get(key)
    if (this.#ended.has(key)) delivery.ack()
    else if (flight) flight.delivery = delivery
    else this.#begin(key, { event, delivery })
  }

  #begin(key: string, flight: Flight): void {
    this.#flights.set(key, flight)
    this.#carry(flight)
      .then(
        () => this.#end(key, flight),
        error => {
          if (!this.#stopped.signal.aborted) this.#options.log('error', `${this.#who}: ${textOf(error)}`)
        },
      )
      .finally(() => this.#flights.delete(key))
  }

  /** Resolves when nothing more is owed to the event; rejects when it stays where it is. */
  async #carry({ event }: Flight): Promise<void> {
    const { clock } = this.#options
    if (!this.#isMeant(event)) return
    let open: Open = { tries: 0, ...(event.failure ? { failure: event.failure } : {}) }
    for (;;) {
      this.#stopped.signal.throwIfAborted()
      const step = await this.#try(event, open)
      if (step.type !== 'again') return this.#tell(step, event)
      if (step.open.failure && !open.failure) return this.#bury(event, step.open.failure)
      open = step.open
      await sleep(clock, step.waitMs, this.#stopped.signal)
    }
  }

  // Without the filter's consent it came by a binding that knows less; a dead letter passed it already.
  #isMeant({ failure, logged: { event, only } }: QueuedEvent): boolean {
    if (only !== undefined) return only === this.#options.name
    return failure !== undefined || this.#options.route().filter(event)
  }

  async #try(event: QueuedEvent, open: Open): Promise<Step> {
    const { clock, journal, name, broker } = this.#options
    const route = this.#options.route()
    const startedAt = clock.now()
    this.#trying++
    try {
      const outcome = await this.#request(event, open, route)
      const step = nextStep(open, outcome, route)
      const to = (open.failure ? route.deadLetterSink : route.subscriber) ?? ''
      const attempt = attemptOf(open, outcome, step, { to, ms: clock.now() - startedAt })
      journal.tried(journalKey(event.id), name, attempt, { broker, logged: event.logged })
      return step
    } finally {
      this.#trying--
      if (this.#trying === 0) for (const idle of this.#idle.splice(0)) idle()
    }
  }

  #request({ logged }: QueuedEvent, { failure }: Open, route: Route): Promise<Outcome> {
    if (!failure) return trySubscriber(logged, route, this.#options)
    // Without a sink any more there is nobody left to try.
    if (route.deadLetterSink === undefined) return Promise.resolve(refused(failure.code, ''))
    return tryDeadLetterSink(logged, failure, route.deadLetterSink, { ...this.#options, policy: route.policy })
  }

  // Only what is safe in the other queue may leave this one.
  async #bury(event: QueuedEvent, failure: Failure): Promise<void> {
    const { clock, log, bury } = this.#options
    for (;;) {
      try {
        return await bury(event, failure)
      } catch (error) {
        log('warn', `${this.#who}: the dead letter ${event.id} waits: ${textOf(error)}`)
        await sleep(clock, buryAgainMs, this.#stopped.signal)
      }
    }
  }

  #tell(step: Step, { logged }: QueuedEvent): void {
    if (step.type !== 'drop') return
    const { id, type, source } = logged.event.attributes
    this.#options.log('error', `${this.#who} dropped an event: ${step.reason}`, { id, type, source })
  }

  #end(key: string, { delivery }: Flight): void {
    this.#ended.add(key)
    if (this.#ended.size > remembered) for (const oldest of this.#ended.values().take(1)) this.#ended.delete(oldest)
    delivery.ack()
  }

  // Somebody else put it there: nothing can be made of it, and it must not come again and again.
  #refuse(delivery: Delivery): void {
    this.#options.log('error', `${this.#who}: a message that is no event was put into its queue`)
    delivery.reject()
  }

  get #who(): string {
    return `consumer ${this.#options.name}`
  }
}

/** A dead letter has the id of its event, and an end of its own. */
const keyOf = ({ id, failure }: QueuedEvent) => (failure ? `dead ${id}` : id)

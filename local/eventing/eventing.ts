// Knative Eventing whole: the brokers' ingress, their log, and what each trigger delivers.
import { type Broker, eventing, type Trigger } from '../api/eventing/types.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import { isTrue } from '../kernel/conditions.ts'
import type { Log } from '../kernel/log.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { Random } from '../kernel/random.ts'
import { arrived } from './broker/arrival.ts'
import { createIngress, type InternalService } from './broker/ingress.ts'
import { Dispatcher, type DispatchLimits, type Route } from './delivery/dispatcher.ts'
import { effectiveDelivery, policyOf } from './delivery/policy.ts'
import { filterOf } from './filter/filter.ts'
import { defaultLogLimits, type LogLimits } from './log/capacity.ts'
import { type EventLog, openLog } from './log/event-log.ts'
import { Progress } from './log/progress.ts'
import type { LoggedEvent } from './log/record.ts'
import { isOurs } from './reconcile/broker.ts'
import { keyOf, startControllers } from './reconcile/controllers.ts'
import { brokerIngressHost } from './reconcile/destination.ts'
import type { TriggerFacts } from './reconcile/trigger.ts'
import type { Send } from './send.ts'

export interface EventingLimits extends LogLimits, DispatchLimits {
  /** Bytes of one request to the ingress. */
  maxBodyBytes: number
}

export const defaultLimits: EventingLimits = {
  ...defaultLogLimits,
  concurrency: 50,
  maxOpen: 1_000,
  maxBodyBytes: 1024 * 1024,
}

export interface EventingOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  send: Send
  /** The SQLite file of the log: `broker.db` in the state folder. */
  file: string
  limits?: Partial<EventingLimits>
}

export interface Eventing {
  /** Serves `host`. */
  ingress: InternalService
  host: string
  /** Resolves when statuses stand and no delivery is under way; waits for another try may be pending. */
  settled(): Promise<void>
  /** Ends the tries under way, writes everything down and closes the file. */
  stop(): Promise<void>
}

// What is not answered by then is delivered again after the next start.
const drainMs = 2_000

interface Served {
  uid: string
  dispatcher: Dispatcher
}

/** Opens the log and starts to deliver. The store must hold its objects by then: events of triggers unknown to it go. */
export async function createEventing(options: EventingOptions): Promise<Eventing> {
  const { store, clock, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const events = await openLog(options.file, { clock, log, limits })
  const deliveries = new Deliveries(options, limits, events)
  const controllers = startControllers({
    store,
    clock,
    log,
    serve: (trigger, facts) => deliveries.serve(trigger, facts),
    withdraw: key => deliveries.withdraw(key),
  })
  const ingress = createIngress({
    maxBodyBytes: limits.maxBodyBytes,
    now: () => clock.now(),
    knows: broker => knows(store, broker),
    append: (broker, batch) => Promise.all(batch.map(one => events.append(broker, one))),
    warn: message => log('warn', message),
  })
  return {
    ingress,
    host: brokerIngressHost,
    async settled() {
      await controllers.settled()
      await deliveries.settled()
    },
    async stop() {
      controllers.stop()
      await deliveries.stop()
      await events.close()
    },
  }
}

/** The dispatchers of all triggers that have a broker. */
class Deliveries {
  readonly #options: EventingOptions
  readonly #limits: EventingLimits
  readonly #events: EventLog
  readonly #served = new Map<string, Served>()

  constructor(options: EventingOptions, limits: EventingLimits, events: EventLog) {
    this.#options = options
    this.#limits = limits
    this.#events = events
    const triggers = options.store.list<Trigger>(eventing.trigger)
    const alive = new Set(triggers.filter(one => knows(options.store, brokerKey(one))).map(one => one.metadata.uid))
    for (const uid of [...events.saved.keys()]) if (!alive.has(uid)) events.forget(uid)
  }

  serve(trigger: Trigger, facts: TriggerFacts): void {
    const key = keyOf(trigger)
    const uid = trigger.metadata.uid ?? key
    if (this.#served.get(key)?.uid !== uid) this.withdraw(key)
    const served = this.#served.get(key)
    const route = routeOf(trigger, facts)
    if (!served) {
      this.#begin(trigger, uid, route, facts)
      return
    }
    // A sink that lost its address is still where events go, as a subscription keeps what it was resolved to.
    const { deadLetterSink = served.dispatcher.route.deadLetterSink } = route
    served.dispatcher.route = facts.deadLetterSink ? { ...route, deadLetterSink } : route
  }

  withdraw(key: string): void {
    const served = this.#served.get(key)
    if (!served) return
    this.#served.delete(key)
    void served.dispatcher.stop()
    this.#events.forget(served.uid)
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#served.values()].map(({ dispatcher }) => dispatcher.settled()))
  }

  async stop(): Promise<void> {
    const stopped = Promise.all([...this.#served.values()].map(({ dispatcher }) => dispatcher.stop()))
    const given = new AbortController()
    await Promise.race([stopped, sleep(this.#options.clock, drainMs, given.signal).catch(() => {})])
    given.abort()
  }

  // A subscription begins once everything it needs is there; from then on it keeps its place.
  #begin(trigger: Trigger, uid: string, route: Route, facts: TriggerFacts): void {
    const saved = this.#events.saved.get(uid)
    if (!saved && !isComplete(facts)) return
    const { clock, log, send } = this.#options
    const namespace = trigger.metadata.namespace ?? ''
    const broker = brokerKey(trigger)
    const progress = saved ? new Progress(saved.read, saved.open) : new Progress(this.#events.last)
    this.#events.track(uid, broker, progress)
    const dispatcher = new Dispatcher({
      name: keyOf(trigger),
      broker,
      namespace,
      events: this.#events,
      progress,
      route,
      limits: this.#limits,
      clock,
      log,
      send,
      reply: (to, reply) => this.#reply(to, reply),
    })
    this.#served.set(keyOf(trigger), { uid, dispatcher })
  }

  async #reply(broker: string, { event, headers }: LoggedEvent): Promise<boolean> {
    const taken = arrived(event, this.#options.clock.now())
    if (!taken) return false
    await this.#events.append(broker, { event: taken, headers }, true)
    return true
  }
}

function routeOf(trigger: Trigger, { broker, subscriber, deadLetterSink }: TriggerFacts): Route {
  return {
    filter: filterOf(trigger.spec),
    subscriber: 'url' in subscriber ? subscriber.url : undefined,
    deadLetterSink: deadLetterSink && 'url' in deadLetterSink ? deadLetterSink.url : undefined,
    policy: policyOf(effectiveDelivery(trigger.spec.delivery, broker.spec.delivery)),
  }
}

function isComplete({ broker, subscriber, deadLetterSink }: TriggerFacts): boolean {
  return isTrue(broker.status?.conditions) && 'url' in subscriber && !(deadLetterSink && 'error' in deadLetterSink)
}

const brokerKey = (trigger: Trigger) => `${trigger.metadata.namespace ?? ''}/${trigger.spec.broker}`

function knows(store: ObjectStore, key: string): boolean {
  const [namespace = '', name = ''] = key.split('/')
  const broker = store.get<Broker>(eventing.broker, namespace, name)
  return broker !== undefined && isOurs(broker)
}

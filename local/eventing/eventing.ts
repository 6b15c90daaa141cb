// Knative Eventing whole: brokers, channels, flows and sources as their objects say, and what became of each event.
import { type Broker, eventing, type Trigger } from '../api/eventing/types.ts'
import { type InMemoryChannel, messaging } from '../api/messaging/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { GroupKind } from '../kernel/object.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { Random } from '../kernel/random.ts'
import { notFound } from '../kernel/refusals.ts'
import type { InternalService } from '../seams/internal-service.ts'
import type { Send } from '../seams/send.ts'
import { arrived } from './broker/arrival.ts'
import { channelIngress } from './broker/channel-ingress.ts'
import { createIngress } from './broker/ingress.ts'
import type { BrokerClass, BrokerClassOptions } from './broker-class.ts'
import type { DispatchLimits } from './delivery/dispatcher.ts'
import { alsoTelling } from './journal/also-telling.ts'
import { EventJournal } from './journal/event-journal.ts'
import { type EventsControl, eventsControl } from './journal/events-control.ts'
import type { Journal } from './journal/journal.ts'
import { logJournalStore } from './journal/log-journal-store.ts'
import { defaultLogLimits, type LogLimits } from './log/capacity.ts'
import { channelBasedClass } from './log/channel-based-class.ts'
import { openLog } from './log/event-log.ts'
import type { LoggedEvent } from './log/record.ts'
import { Topics } from './log/topics.ts'
import { dispatcherHost, isChannelTopic } from './messaging/in-memory-channels.ts'
import { type Classes, classOf } from './reconcile/brokers.ts'
import { type KindController, startControllers } from './reconcile/controllers.ts'
import { brokerIngressHost } from './reconcile/destination.ts'
import { kindControllers } from './reconcile/kind-controllers.ts'
import { brokerKey } from './reconcile/triggers.ts'
import { type Containers, noContainers } from './sources/container-sources.ts'

export interface EventingLimits extends LogLimits, DispatchLimits {
  /** Bytes of one request to the ingress. */
  maxBodyBytes: number
}

const defaultLimits: EventingLimits = {
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
  /** Runs the containers of ContainerSources; without it they are said not to run. */
  containers?: Containers
  /** Told of every step of every event, as the journal is. */
  observer?: Journal
  /** Further classes of brokers, beside the one whose events this log keeps. */
  classes?: readonly ((options: BrokerClassOptions) => BrokerClass)[]
  /** Further kinds: controllers of sources that need more than the room has. */
  controllers?: readonly ((options: FurtherControllerOptions) => KindController)[]
}

export interface FurtherControllerOptions extends Pick<EventingOptions, 'store' | 'clock' | 'random' | 'log' | 'send'> {
  /** Looks at an object again although nothing in the store changed. */
  again(kind: GroupKind, key: string): void
}

export interface Eventing {
  /** The brokers' ingress. */
  ingress: InternalService
  /** What is to be served in the mesh, by its full host: the ingress, and the channels' dispatcher. */
  services: ReadonlyMap<string, InternalService>
  /** What became of each event, and giving them out again. */
  events: EventsControl
  /** Resolves when statuses stand and no delivery is under way; waits for another try may be pending. */
  settled(): Promise<void>
  /** Ends the tries under way, writes everything down and closes the file. */
  stop(): Promise<void>
}

/** Opens the log and starts to deliver. The store must hold its objects by then: events of consumers unknown to it go. */
export async function createEventing(options: EventingOptions): Promise<Eventing> {
  const { store, clock, random, log, send } = options
  const limits = { ...defaultLimits, ...options.limits }
  const events = await openLog(options.file, { clock, log, limits })
  const journal = new EventJournal({ clock, store: logJournalStore(events) })
  await journal.load()
  const classes = new Map<string, BrokerClass>()
  const accept = (broker: string, batch: readonly LoggedEvent[], reserve?: boolean) =>
    servingClass(store, classes, broker).accept(broker, batch, reserve)
  const noted = options.observer ? alsoTelling(journal, options.observer) : journal
  const shared = { clock, log, send, journal: noted, reply: replies(clock, accept) }
  const topics = new Topics({ ...shared, events, limits })
  topics.retain(consumersIn(store))
  const changed = (broker: string) => controllers.again(eventing.broker, broker)
  const makers = [() => channelBasedClass(topics), ...(options.classes ?? [])]
  for (const make of makers) {
    const made = make({ ...shared, store, random, changed })
    classes.set(made.name, made)
  }
  const parts = { store, clock, random, log, send }
  const again = (kind: GroupKind, key: string) => controllers.again(kind, key)
  const further = (options.controllers ?? []).map(make => make({ ...parts, again }))
  const controllers = startControllers({ store, clock, log }, [
    ...kindControllers({ ...parts, classes, topics, again, containers: options.containers ?? noContainers }),
    ...further,
  ])
  const ingressOptions = {
    maxBodyBytes: limits.maxBodyBytes,
    now: () => clock.now(),
    warn: (message: string) => log('warn', message),
  }
  const ingress = createIngress({ ...ingressOptions, knows: broker => knows(store, classes, broker), append: accept })
  const channels = channelIngress({
    ...ingressOptions,
    knows: channel => knowsChannel(store, channel),
    append: (topic, batch) => topics.accept(topic, batch),
  })
  return {
    ingress,
    services: new Map([
      [brokerIngressHost, ingress],
      [dispatcherHost, channels],
    ]),
    events: eventsControl({
      ...{ store, journal },
      accept: (to, batch, reserve) =>
        isChannelTopic(to) ? topics.accept(to, batch, reserve) : accept(to, batch, reserve),
      arrived: event => arrived(event, clock.now()) ?? event,
    }),
    async settled() {
      await controllers.settled()
      await Promise.all([...classes.values()].map(one => one.settled()))
    },
    async stop() {
      await controllers.stop()
      await Promise.all([...classes.values()].map(one => one.stop()))
      await journal.close()
      await events.close()
    },
  }
}

/** Takes replies into their brokers, as long as they have time to live. */
function replies(clock: Clock, accept: BrokerClass['accept']): BrokerClassOptions['reply'] {
  return async (broker, { event, headers }) => {
    const taken = arrived(event, clock.now())
    if (!taken) return false
    await accept(broker, [{ event: taken, headers }], true)
    return true
  }
}

/** The class of a broker. Throws when the broker is gone. */
function servingClass(store: ObjectStore, classes: Classes, broker: string): BrokerClass {
  const found = findBroker(store, broker)
  const held = found && classOf(classes, found)
  if (!held) {
    const [namespace = '', name = ''] = broker.split('/')
    throw notFound({ ...eventing.broker, namespace, name })
  }
  return held
}

function findBroker(store: ObjectStore, key: string): Broker | undefined {
  const [namespace = '', name = ''] = key.split('/')
  return store.get<Broker>(eventing.broker, namespace, name)
}

function knows(store: ObjectStore, classes: Classes, key: string): boolean {
  const broker = findBroker(store, key)
  return broker !== undefined && classOf(classes, broker) !== undefined
}

function knowsChannel(store: ObjectStore, key: string): boolean {
  const [namespace = '', name = ''] = key.split('/')
  return store.get(messaging.inMemoryChannel, namespace, name) !== undefined
}

/** The uids of everything that may have a place in the log. */
function consumersIn(store: ObjectStore): Set<string> {
  const triggers = store.list<Trigger>(eventing.trigger).filter(one => findBroker(store, brokerKey(one)))
  const channels = store.list<InMemoryChannel>(messaging.inMemoryChannel)
  return new Set([
    ...triggers.map(one => one.metadata.uid ?? ''),
    ...channels.flatMap(channel => (channel.spec.subscribers ?? []).map(one => one.uid)),
  ])
}

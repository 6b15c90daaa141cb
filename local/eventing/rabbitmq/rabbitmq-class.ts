// The broker class RabbitMQBroker: events are kept by a RabbitMQ server until each trigger is done with them.
import { randomUUID } from 'node:crypto'
import { rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { Broker, Trigger } from '../../api/eventing/types.ts'
import { eventing } from '../../api/eventing/types.ts'
import { sleep } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { BrokerClass, BrokerClassOptions, Consumer, Holding } from '../broker-class.ts'
import type { LoggedEvent } from '../log/record.ts'
import { type BrokerConfig, brokerConfigOf } from './broker-config.ts'
import { conditions, findingsOf } from './broker-findings.ts'
import type { Open } from './connection.ts'
import { journalKey } from './deliveries.ts'
import { messageOf } from './message.ts'
import type { PublisherLimits } from './publisher.ts'
import { publisherLimits } from './publisher.ts'
import type { RabbitmqServer } from './server.ts'
import { RabbitmqServers } from './servers.ts'
import { bindingArguments, declareExchange, exchangeName, triggerNames } from './topology.ts'
import { type Binding, TriggerQueue } from './trigger-queue.ts'

const rabbitmqClassName = 'RabbitMQBroker'

export interface RabbitmqClassSettings {
  /** The value of RABBITMQ_URL: the server of every RabbitmqCluster that a broker refers to by name. */
  defaultUrl: string | undefined
  limits?: Partial<PublisherLimits>
  open?: Open | undefined
}

interface RabbitmqClassOptions extends BrokerClassOptions, RabbitmqClassSettings {}

interface Held {
  uid: string
  exchange: string
  config: BrokerConfig
  server: RabbitmqServer
  /** Why the server refuses the exchange. */
  refusal?: string
}

// What is not answered by then is delivered again after the next start.
const drainMs = 2_000

/** The class, for `classes` of `createEventing`. Nothing is loaded or connected until a broker asks for it. */
export function rabbitmqClass(settings: RabbitmqClassSettings): (options: BrokerClassOptions) => BrokerClass {
  return options => new RabbitmqClass({ ...options, ...settings })
}

class RabbitmqClass implements BrokerClass {
  readonly name = rabbitmqClassName
  readonly conditions = conditions
  readonly #options: RabbitmqClassOptions
  readonly #servers: RabbitmqServers
  readonly #held = new Map<string, Held>()
  readonly #queues = new Map<string, TriggerQueue>()
  // By key, with what is wrong with their configuration.
  readonly #unconfigured = new Set<string>()
  readonly #stopWatching: () => void

  constructor(options: RabbitmqClassOptions) {
    this.#options = options
    const { clock, random, log, open } = options
    const limits = { ...publisherLimits, ...options.limits }
    this.#servers = new RabbitmqServers({ clock, random, log, limits, open, changed: server => this.#changed(server) })
    this.#stopWatching = options.store.watch(({ object }) => this.#reconsider(object))
  }

  hold(broker: Broker): Holding {
    const { store, defaultUrl } = this.#options
    const key = `${broker.metadata.namespace ?? ''}/${broker.metadata.name}`
    const config = brokerConfigOf(broker, store, defaultUrl)
    const before = this.#held.get(key)
    this.#unconfigured.delete(key)
    if ('error' in config) {
      this.#unconfigured.add(key)
      return { findings: findingsOf(broker, store, config) }
    }
    const isSame = before?.uid === broker.metadata.uid && JSON.stringify(before?.config) === JSON.stringify(config)
    if (before && !isSame) this.release(key)
    const held = isSame && before ? before : this.#begin(key, broker, config)
    const { server, refusal } = held
    return { findings: findingsOf(broker, store, { server: server.name, state: server.state, refusal }) }
  }

  release(broker: string): void {
    this.#unconfigured.delete(broker)
    const held = this.#held.get(broker)
    if (!held) return
    this.#held.delete(broker)
    const { server, exchange } = held
    server.undeclare(exchange)
    server
      .withChannel(async channel => void (await channel.deleteExchange(exchange)))
      .catch(error => this.#options.log('warn', `broker ${broker}: ${exchange} stays on ${server.name}: ${error}`))
      .finally(() => this.#servers.release(server))
  }

  async accept(broker: string, events: readonly LoggedEvent[], reserve = false): Promise<void> {
    const held = this.#held.get(broker)
    if (!held) throw new Error(`broker ${broker} has no server`)
    const { journal } = this.#options
    const messages = events.map(logged => ({ logged, id: randomUUID() }))
    // All are encoded before the first is sent: a batch with one that cannot be is refused whole.
    const encoded = messages.map(({ logged, id }) => ({ ...messageOf(logged, id), ...this.#pastExchange(logged) }))
    await Promise.all(encoded.map(message => held.server.publish(held.exchange, message, reserve)))
    for (const { logged, id } of messages) journal.arrived(journalKey(id), broker, logged)
  }

  serve(consumer: Consumer): void {
    const queue = this.#queues.get(consumer.uid)
    const binding = this.#bindingOf(consumer)
    if (queue) {
      queue.update(consumer, binding)
      return
    }
    const held = this.#held.get(consumer.broker)
    if (!held || !consumer.complete) return
    const { uid, name, namespace, broker } = consumer
    const { clock, log, send, journal, reply } = this.#options
    const { exchange, config } = held
    // Its own use of the server: it may have to outlive the broker's by the time its removal takes.
    const server = this.#servers.of(config.address)
    const names = triggerNames(name, uid, held.uid)
    const parts = { name, namespace, broker, clock, log, send, journal, reply, server, exchange, names }
    this.#queues.set(uid, new TriggerQueue({ ...parts, queueType: config.queueType }, consumer, binding))
  }

  withdraw(uid: string): void {
    const queue = this.#queues.get(uid)
    this.#queues.delete(uid)
    void queue?.remove().finally(() => this.#servers.release(queue.server))
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(queue => queue.settled()))
  }

  async stop(): Promise<void> {
    this.#stopWatching()
    const stopped = Promise.all([...this.#queues.values()].map(queue => queue.stop()))
    const given = new AbortController()
    await Promise.race([stopped, sleep(this.#options.clock, drainMs, given.signal).catch(() => {})])
    given.abort()
    await this.#servers.close()
  }

  #begin(key: string, broker: Broker, config: BrokerConfig): Held {
    const server = this.#servers.of(config.address)
    const exchange = exchangeName(broker)
    const held: Held = { uid: broker.metadata.uid ?? key, exchange, config, server }
    this.#held.set(key, held)
    server
      .declare(exchange, channel => declareExchange(channel, exchange))
      .catch(error => {
        held.refusal = String(error)
        this.#options.changed(key)
      })
    return held
  }

  // A replay passes no binding: the filter may have changed since. Without its consumer it is nobody's, and ends.
  #pastExchange({ only }: LoggedEvent): { queue?: string } {
    const queue = [...this.#queues.values()].find(each => each.name === only)?.names.queue
    return queue === undefined ? {} : { queue }
  }

  #bindingOf({ name }: Consumer): Binding {
    const [namespace = '', trigger = ''] = name.split('/')
    return bindingArguments(this.#options.store.get<Trigger>(eventing.trigger, namespace, trigger)?.spec ?? {})
  }

  // A broker without a server that it can use waits for these.
  #reconsider({ kind }: KubeObject): void {
    if (kind !== rabbitmq.brokerConfig.kind && kind !== 'Secret') return
    for (const key of [...this.#unconfigured, ...this.#held.keys()]) this.#options.changed(key)
  }

  #changed(server: RabbitmqServer): void {
    for (const [key, held] of this.#held) if (held.server === server) this.#options.changed(key)
  }
}

// A trigger on the server: its queue and the one for its dead letters, each consumed and delivered from.
import { sleep } from '../../kernel/clock.ts'
import type { Consumer } from '../broker-class.ts'
import type { DeliveriesOptions } from './deliveries.ts'
import { Deliveries } from './deliveries.ts'
import { messageOf } from './message.ts'
import { QueueConsumer } from './queue-consumer.ts'
import type { RabbitmqServer } from './server.ts'
import {
  type bindingArguments,
  declareDeadLetters,
  declareQueue,
  type QueueType,
  removeTrigger,
  type TriggerNames,
} from './topology.ts'

/** The annotation that says how many events are under way at once: 1, the default, keeps their order. */
export const parallelismAnnotation = 'rabbitmq.eventing.knative.dev/parallelism'

export interface TriggerQueueOptions extends Omit<DeliveriesOptions, 'route' | 'bury'> {
  server: RabbitmqServer
  exchange: string
  names: TriggerNames
  queueType: QueueType
}

const newQuorumQueueMs = 1_500

export type Binding = ReturnType<typeof bindingArguments>

export class TriggerQueue {
  readonly #options: TriggerQueueOptions
  readonly #deliveries: Deliveries
  #consumers: QueueConsumer[] = []
  #consumer: Consumer
  #binding: Binding
  #parallelism: number
  #buries = false
  #stopped = false

  constructor(options: TriggerQueueOptions, consumer: Consumer, binding: Binding) {
    this.#options = options
    this.#consumer = consumer
    this.#binding = binding
    this.#parallelism = parallelismOf(consumer)
    this.#deliveries = new Deliveries({
      ...options,
      route: () => this.#consumer.route,
      bury: async (event, failure) => {
        await this.#declareDeadLetters()
        const { server, names } = options
        await server.publish(names.deadLetterExchange, messageOf(event.logged, event.id, failure), true)
      },
    })
    options.server.publishAfter(this.#begin())
  }

  /** Of the Trigger: `NAMESPACE/NAME`. */
  get name(): string {
    return this.#options.name
  }

  get names(): TriggerNames {
    return this.#options.names
  }

  get server(): RabbitmqServer {
    return this.#options.server
  }

  /** Goes on with what changed. */
  update(consumer: Consumer, binding: Binding): void {
    // A sink that lost its address is still where events go.
    const { deadLetterSink = consumer.complete ? undefined : this.#consumer.route.deadLetterSink } = consumer.route
    this.#consumer = { ...consumer, route: { ...consumer.route, deadLetterSink } }
    if (JSON.stringify(binding) !== JSON.stringify(this.#binding)) this.#rebind(binding)
    const buries = deadLetterSink !== undefined && !this.#buries
    if (buries) void this.#told(this.#declareDeadLetters()).then(() => this.#consume())
    else if (parallelismOf(consumer) !== this.#parallelism) void this.#consume()
  }

  settled(): Promise<void> {
    return this.#deliveries.settled()
  }

  /** Takes nothing more, and resolves when no try is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    const consumers = this.#consumers
    for (const consumer of consumers) this.#options.server.forget(consumer)
    await Promise.all(consumers.map(consumer => consumer.stop()))
    await this.#deliveries.stop()
    await Promise.all(consumers.map(consumer => consumer.close()))
  }

  /** Stops, and removes everything from the server. */
  async remove(): Promise<void> {
    void this.stop()
    const { server, names, log, name } = this.#options
    for (const declared of [names.queue, names.deadLetterQueue]) server.undeclare(declared)
    try {
      await server.withChannel(channel => removeTrigger(channel, names))
    } catch (error) {
      log('warn', `trigger ${name}: its queue ${names.queue} stays on ${server.name}: ${String(error)}`)
    }
  }

  // A quorum queue that is killed with its server in its first half second is lost to it (its directory of queues is
  // written that late), so nothing is accepted for a new one before that is over.
  async #begin(): Promise<void> {
    const { server, names, queueType, clock } = this.#options
    const isThere = server.withChannel(async channel => void (await channel.checkQueue(names.queue)))
    const isNew = await isThere.then(
      () => false,
      () => true,
    )
    await this.#declare()
    if (this.#consumer.route.deadLetterSink !== undefined) await this.#told(this.#declareDeadLetters())
    // A change that came meanwhile has seen to it already.
    if (!this.#stopped && this.#consumers.length === 0) await this.#consume()
    if (isNew && queueType === 'quorum') await sleep(clock, newQuorumQueueMs)
  }

  #declare(): Promise<void> {
    const { server, names, queueType, exchange } = this.#options
    const binding = this.#binding
    return this.#told(
      server.declare(names.queue, async channel => {
        await declareQueue(channel, names, queueType)
        await channel.bindQueue(names.queue, exchange, '', binding)
      }),
    )
  }

  // Whoever publishes to the exchange must know that its queue stands: the server drops what goes nowhere.
  async #declareDeadLetters(): Promise<void> {
    const { server, names, queueType } = this.#options
    if (this.#buries) return
    await server.declare(names.deadLetterQueue, channel => declareDeadLetters(channel, names, queueType))
    this.#buries = true
  }

  // The new binding first: in between, an event may match both, and comes once.
  #rebind(binding: Binding): void {
    const { server, names, exchange } = this.#options
    const old = this.#binding
    this.#binding = binding
    void this.#declare()
    void this.#told(
      server.withChannel(async channel => {
        await channel.unbindQueue(names.queue, exchange, '', old)
      }),
    )
  }

  // What is under way is sent again by the server, and known by its id. It goes back first: it counts among those that
  // may be under way at once.
  async #consume(): Promise<void> {
    const { server, names } = this.#options
    const before = this.#consumers
    this.#parallelism = parallelismOf(this.#consumer)
    const queues = [names.queue, ...(this.#buries ? [names.deadLetterQueue] : [])]
    const consumers = queues.map(queue => this.#consumerOf(queue))
    this.#consumers = consumers
    for (const consumer of before) server.forget(consumer)
    await Promise.all(before.map(consumer => consumer.stop()))
    await Promise.all(before.map(consumer => consumer.close()))
    if (this.#stopped || this.#consumers !== consumers) return
    for (const consumer of consumers) void server.consume(consumer)
  }

  #consumerOf(queue: string): QueueConsumer {
    const { names, clock, log, name } = this.#options
    return new QueueConsumer({
      ...{ queue, tag: queue, prefetch: this.#parallelism, clock },
      take: delivery => this.#deliveries.take(delivery),
      failed: why => {
        log('warn', `trigger ${name}: queue ${queue}: ${why}`)
        // It may be that somebody deleted it.
        void this.#declare()
        if (queue === names.queue) return
        this.#buries = false
        void this.#told(this.#declareDeadLetters())
      },
    })
  }

  async #told(work: Promise<void>): Promise<void> {
    const { log, name, server } = this.#options
    await work.catch(error => log('error', `trigger ${name}: RabbitMQ at ${server.name}: ${String(error)}`))
  }
}

const mostParallel = 1_000

/** Admission refuses others on a cluster; here they count as 1. */
export function parallelismOf({ annotations }: Pick<Consumer, 'annotations'>): number {
  const text = annotations[parallelismAnnotation] ?? ''
  const count = Number(text)
  return /^\d{1,4}$/.test(text) && count >= 1 && count <= mostParallel ? count : 1
}

// One RabbitMQ server as brokers and sources share it: what is declared on it, published to it and consumed from it.
import type { Channel, ChannelModel } from 'amqplib'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { Random } from '../../kernel/random.ts'
import type { RabbitmqAddress } from './address.ts'
import { type Connection, connectTo, type Models, type Open } from './connection.ts'
import type { OutgoingMessage } from './message.ts'
import { Publisher, type PublisherLimits } from './publisher.ts'
import type { QueueConsumer } from './queue-consumer.ts'

export interface ServerOptions {
  address: RabbitmqAddress
  clock: Clock
  random: Random
  log: Log
  limits: PublisherLimits
  open?: Open | undefined
  /** Whether it can be reached has changed. */
  changed(): void
}

/** Something that must stand on the server: declared anew on each connection, for the server may have lost it. */
export type Declaration = (channel: Channel) => Promise<void>

/** `up`, or why it is not; undefined while the first attempt is under way. */
export type ServerState = { up: true } | { up: false; why: string | undefined }

export class RabbitmqServer {
  /** `HOST:PORT`, for messages. */
  readonly name: string
  readonly #options: ServerOptions
  readonly #publisher: Publisher
  readonly #connection: Connection
  // By name, in the order they were asked for.
  readonly #declarations = new Map<string, Declaration>()
  readonly #declaring = new Set<Promise<unknown>>()
  readonly #settling = new Set<Promise<unknown>>()
  readonly #consumers = new Set<QueueConsumer>()
  #models: Models | undefined
  #state: ServerState = { up: false, why: undefined }

  constructor(options: ServerOptions) {
    const { address, clock, random, limits, open } = options
    this.#options = options
    this.name = `${address.hostname}:${address.port}`
    this.#publisher = new Publisher(clock, limits)
    this.#connection = connectTo({
      address,
      clock,
      random,
      open,
      up: models => this.#up(models),
      down: why => this.#down(why),
    })
  }

  get state(): ServerState {
    return this.#state
  }

  /** Sees to it that this stands, now and after each loss. Rejects with the server's refusal; what is away comes later. */
  declare(name: string, declaration: Declaration): Promise<void> {
    this.#declarations.set(name, declaration)
    if (!this.#state.up) return Promise.resolve()
    const work = this.withChannel(declaration)
    until(work, this.#declaring)
    return work
  }

  /** Nothing is published until this has ended: it sees to something that must not miss an event. */
  publishAfter(work: Promise<unknown>): void {
    until(work, this.#settling)
  }

  /** Takes a declaration back; what stands on the server stays. */
  undeclare(name: string): void {
    this.#declarations.delete(name)
  }

  /** Does something on a channel of its own. Rejects while the server is away. */
  async withChannel(work: Declaration): Promise<void> {
    if (!this.#models) throw new Error('the server is away')
    await onChannel(this.#models.publishing, work)
  }

  /** Resolves when the message is on disk, in each queue that was asked for before. Rejects as `Publisher.publish`. */
  async publish(exchange: string, message: OutgoingMessage, reserve: boolean): Promise<void> {
    const before = [...this.#declaring, ...this.#settling]
    if (before.length > 0) await Promise.allSettled(before)
    await this.#publisher.publish(exchange, message, reserve)
  }

  /** Consumes as long as it is wanted, once what it consumes stands. */
  async consume(consumer: QueueConsumer): Promise<void> {
    this.#consumers.add(consumer)
    if (this.#declaring.size > 0) await Promise.allSettled(this.#declaring)
    if (this.#models && this.#state.up && this.#consumers.has(consumer)) await consumer.begin(this.#models.consuming)
  }

  forget(consumer: QueueConsumer): void {
    this.#consumers.delete(consumer)
  }

  async close(): Promise<void> {
    this.#publisher.stop()
    await this.#connection.close()
  }

  async #up(models: Models): Promise<void> {
    this.#models = models
    for (const [name, declaration] of this.#declarations) await this.#declareOn(models, name, declaration)
    const channel = await models.publishing.createConfirmChannel()
    channel.on('error', error => this.#options.log('error', `RabbitMQ at ${this.name}: ${error.message}`))
    // The publisher has only this one: without it the connection is of no use.
    channel.on('close', () => void models.publishing.close().catch(() => {}))
    this.#state = { up: true }
    this.#publisher.begin(channel)
    for (const consumer of this.#consumers) void consumer.begin(models.consuming)
    this.#options.changed()
  }

  // A refusal concerns one broker or trigger; the others go on.
  async #declareOn({ publishing }: Models, name: string, declaration: Declaration): Promise<void> {
    try {
      await onChannel(publishing, declaration)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#options.log('error', `RabbitMQ at ${this.name} refuses ${name}: ${why}`)
    }
  }

  #down(why: string): void {
    const before = this.#state
    this.#models = undefined
    this.#state = { up: false, why }
    this.#publisher.pause(why)
    for (const consumer of this.#consumers) consumer.pause()
    if (before.up || before.why !== why) this.#options.changed()
  }
}

/** A refusal closes the channel, so each piece of work has one of its own. */
async function onChannel(model: ChannelModel, work: Declaration): Promise<void> {
  const channel = await model.createChannel()
  // Told by the work's own rejection.
  channel.on('error', () => {})
  try {
    await work(channel)
  } finally {
    await channel.close().catch(() => {})
  }
}

/** Keeps `work` in `pending` until it ends. */
function until(work: Promise<unknown>, pending: Set<Promise<unknown>>): void {
  pending.add(work)
  const done = () => void pending.delete(work)
  work.then(done, done)
}

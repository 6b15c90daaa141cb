// A message server in memory behind what the room uses of amqplib, for its unit tests; what a real one does is tested on one.
import { EventEmitter } from 'node:events'
import type { ChannelModel, ConsumeMessage } from 'amqplib'
import type { Open } from '../rabbitmq/connection.ts'

type Headers = Record<string, unknown>
type Take = (message: ConsumeMessage | null) => void

interface Stored {
  content: Buffer
  properties: Headers & { headers: Headers }
  redelivered: boolean
}

interface Queue {
  arguments: Headers
  ready: Stored[]
  consumers: Set<Consumer>
}

interface Consumer {
  channel: Channel
  tag: string
  queue: string
  take: Take
}

interface Exchange {
  type: string
  bindings: { queue: string; arguments: Headers }[]
}

/** All that can happen without time going by has happened. */
export const turn = () => new Promise<void>(resolve => setImmediate(resolve))

export class AmqpServer {
  readonly exchanges = new Map<string, Exchange>()
  readonly queues = new Map<string, Queue>()
  /** What was asked of it, as `METHOD NAME`. */
  readonly asked: string[] = []
  /** Why no connection is made at the moment. */
  away: string | undefined
  /** The server refuses what is asked by this `METHOD NAME`, which closes the channel. */
  readonly refuses = new Map<string, string>()
  /** False: what is published is not confirmed. */
  confirms = true
  readonly connections = new Set<Model>()

  readonly open: Open = async (_address, purpose) => {
    if (this.away !== undefined) throw new Error(this.away)
    const model = new Model(this, purpose)
    this.connections.add(model)
    return model as unknown as ChannelModel
  }

  /** All connections break; what was not acknowledged is given out again. */
  drop(why: string): void {
    for (const model of [...this.connections]) model.break(new Error(why))
  }

  /** What the queue holds and has given to nobody. */
  waiting(queue: string): string[] {
    return (this.queues.get(queue)?.ready ?? []).map(({ content }) => content.toString())
  }

  publish(exchange: string, key: string, message: Stored): void {
    const bindings = this.exchanges.get(exchange)?.bindings.filter(({ arguments: wanted }) => fits(wanted, message))
    const queues = exchange === '' ? [key] : new Set(bindings?.map(({ queue }) => queue))
    for (const queue of queues) this.queues.get(queue)?.ready.push({ ...message })
    for (const queue of queues) this.give(queue)
  }

  /** Gives what is ready to whoever has room for it. */
  give(name: string): void {
    const queue = this.queues.get(name)
    for (const consumer of queue?.consumers ?? []) {
      while (queue && queue.ready.length > 0 && consumer.channel.hasRoom) {
        const message = queue.ready.shift()
        if (message) consumer.channel.deliver(consumer, message)
      }
    }
  }
}

function fits(wanted: Headers, { properties: { headers } }: Stored): boolean {
  const asked = Object.entries(wanted).filter(([name]) => !name.startsWith('x-'))
  return asked.every(([name, value]) => name in headers && (value === null || headers[name] === value))
}

/** A connection. */
class Model extends EventEmitter {
  readonly purpose: string
  readonly #server: AmqpServer
  readonly #channels = new Set<Channel>()

  constructor(server: AmqpServer, purpose: string) {
    super()
    this.#server = server
    this.purpose = purpose
    // As the room's own way to open one does: told by `close` as well.
    this.on('error', () => {})
  }

  async createChannel(): Promise<Channel> {
    if (!this.#server.connections.has(this)) throw new Error('Connection closed')
    const channel = new Channel(this.#server, () => this.#channels.delete(channel))
    this.#channels.add(channel)
    return channel
  }

  createConfirmChannel(): Promise<Channel> {
    return this.createChannel()
  }

  async close(): Promise<void> {
    this.break()
  }

  break(why?: Error): void {
    if (!this.#server.connections.delete(this)) return
    for (const channel of [...this.#channels]) channel.end()
    if (why) this.emit('error', why)
    this.emit('close', why)
  }
}

class Channel extends EventEmitter {
  readonly #server: AmqpServer
  readonly #closed: () => void
  readonly #given = new Map<number, { queue: string; message: Stored }>()
  #prefetch = 0
  #lastTag = 0
  #isOpen = true

  constructor(server: AmqpServer, closed: () => void) {
    super()
    this.#server = server
    this.#closed = closed
  }

  get hasRoom(): boolean {
    return this.#isOpen && (this.#prefetch === 0 || this.#given.size < this.#prefetch)
  }

  async assertExchange(name: string, type: string): Promise<void> {
    this.#ask(`assertExchange ${name}`)
    if (!this.#server.exchanges.has(name)) this.#server.exchanges.set(name, { type, bindings: [] })
  }

  async assertQueue(name: string, options: { arguments: Headers }): Promise<void> {
    this.#ask(`assertQueue ${name}`)
    const made = { arguments: options.arguments, ready: [], consumers: new Set<Consumer>() }
    if (!this.#server.queues.has(name)) this.#server.queues.set(name, made)
  }

  async checkQueue(name: string): Promise<void> {
    this.#ask(`checkQueue ${name}`)
    if (!this.#server.queues.has(name)) this.#refuse(`no queue '${name}'`)
  }

  async bindQueue(queue: string, exchange: string, _key: string, wanted: Headers = {}): Promise<void> {
    this.#ask(`bindQueue ${queue}`)
    this.#server.exchanges.get(exchange)?.bindings.push({ queue, arguments: wanted })
  }

  async unbindQueue(queue: string, exchange: string, _key: string, wanted: Headers): Promise<void> {
    this.#ask(`unbindQueue ${queue}`)
    const found = this.#server.exchanges.get(exchange)
    const isIt = (one: Exchange['bindings'][number]) =>
      one.queue === queue && JSON.stringify(one.arguments) === JSON.stringify(wanted)
    if (found) found.bindings = found.bindings.filter(one => !isIt(one))
  }

  async deleteQueue(name: string): Promise<void> {
    this.#ask(`deleteQueue ${name}`)
    const consumers = this.#server.queues.get(name)?.consumers ?? []
    this.#server.queues.delete(name)
    for (const { take } of consumers) take(null)
  }

  async deleteExchange(name: string): Promise<void> {
    this.#ask(`deleteExchange ${name}`)
    this.#server.exchanges.delete(name)
  }

  async prefetch(count: number): Promise<void> {
    this.#prefetch = count
  }

  async consume(queue: string, take: Take, { consumerTag: tag }: { consumerTag: string }): Promise<void> {
    this.#ask(`consume ${queue}`)
    const found = this.#server.queues.get(queue)
    if (!found) return this.#refuse(`no queue '${queue}'`)
    found.consumers.add({ channel: this, tag, queue, take })
    this.#server.give(queue)
  }

  async cancel(tag: string): Promise<void> {
    this.#leave(one => one.channel === this && one.tag === tag)
  }

  deliver({ queue, take, tag: consumerTag }: Consumer, message: Stored): void {
    const deliveryTag = ++this.#lastTag
    this.#given.set(deliveryTag, { queue, message })
    const { content, properties, redelivered } = message
    take({ content, properties, fields: { deliveryTag, redelivered, consumerTag } } as unknown as ConsumeMessage)
  }

  ack({ fields: { deliveryTag } }: ConsumeMessage): void {
    this.#take(deliveryTag)
  }

  reject({ fields: { deliveryTag } }: ConsumeMessage): void {
    const { queue, message } = this.#take(deliveryTag)
    const exchange = this.#server.queues.get(queue)?.arguments['x-dead-letter-exchange']
    if (typeof exchange === 'string') this.#server.publish(exchange, '', message)
  }

  publish(
    exchange: string,
    key: string,
    content: Buffer,
    properties: Headers,
    confirm: (error: Error | null) => void,
  ): boolean {
    this.#ask(`publish ${exchange || key}`)
    const headers = (properties.headers ?? {}) as Headers
    this.#server.publish(exchange, key, { content, properties: { ...properties, headers }, redelivered: false })
    if (this.#server.confirms) queueMicrotask(() => confirm(null))
    return true
  }

  async close(): Promise<void> {
    if (!this.#isOpen) throw new Error('Channel closed')
    this.end()
  }

  end(why?: Error): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#closed()
    this.#leave(one => one.channel === this)
    for (const { queue, message } of [...this.#given.values()].reverse()) {
      this.#server.queues.get(queue)?.ready.unshift({ ...message, redelivered: true })
    }
    const queues = new Set([...this.#given.values()].map(({ queue }) => queue))
    this.#given.clear()
    if (why) this.emit('error', why)
    this.emit('close')
    for (const queue of queues) this.#server.give(queue)
  }

  #ask(what: string): void {
    if (!this.#isOpen) throw new Error('Channel closed')
    this.#server.asked.push(what)
    const refusal = this.#server.refuses.get(what)
    if (refusal !== undefined) this.#refuse(refusal)
  }

  #refuse(why: string): never {
    const error = new Error(why)
    this.end(error)
    throw error
  }

  #take(tag: number): { queue: string; message: Stored } {
    const given = this.#given.get(tag)
    if (!this.#isOpen || !given) throw new Error('Channel closed')
    this.#given.delete(tag)
    queueMicrotask(() => this.#server.give(given.queue))
    return given
  }

  #leave(who: (consumer: Consumer) => boolean): void {
    for (const { consumers } of this.#server.queues.values()) {
      for (const consumer of consumers) if (who(consumer)) consumers.delete(consumer)
    }
  }
}

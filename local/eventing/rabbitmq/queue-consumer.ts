// Consumes a queue as long as it is wanted: begins anew when the channel is closed or the server cancels it.
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'

export interface Delivery {
  message: ConsumeMessage
  /** False when the channel is gone: the server delivers it again. */
  ack(): boolean
  /** To the dead-letter exchange of the queue, if it has one. */
  reject(): void
}

export interface QueueConsumerOptions {
  queue: string
  /** Of this consumer on the server; another one than others' of the queue. */
  tag: string
  /** Messages under way at once. */
  prefetch: number
  clock: Clock
  take(delivery: Delivery): void
  /** It could not be consumed, or not any more: why. It is tried again. */
  failed(why: string): void
  /** It is being consumed. */
  began?(): void
}

const againAfterMs = 1_000

export class QueueConsumer {
  readonly #options: QueueConsumerOptions
  #model: ChannelModel | undefined
  #channel: Channel | undefined
  #again: Timer | undefined
  #stopped = false

  constructor(options: QueueConsumerOptions) {
    this.#options = options
  }

  /** Consumes over this connection, until it is lost or `stop`. */
  async begin(model: ChannelModel): Promise<void> {
    if (this.#stopped) return
    this.#model = model
    this.#notAgain()
    try {
      await this.#open(model)
      this.#options.began?.()
    } catch (error) {
      if (this.#model === model) this.#failed(messageOf(error))
    }
  }

  /** Its connection is lost. */
  pause(): void {
    this.#model = undefined
    this.#channel = undefined
    this.#notAgain()
  }

  /** Takes nothing more. What it took can still be acknowledged, until `close`. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#notAgain()
    await this.#channel?.cancel(this.#options.tag).catch(() => {})
  }

  async close(): Promise<void> {
    const channel = this.#channel
    this.#channel = undefined
    await channel?.close().catch(() => {})
  }

  async #open(model: ChannelModel): Promise<void> {
    const { queue, tag, prefetch } = this.#options
    const channel = await model.createChannel()
    this.#channel = channel
    let why = 'the channel was closed'
    channel.on('error', error => {
      why = error.message
    })
    channel.on('close', () => this.#lost(channel, why))
    await channel.prefetch(prefetch)
    await channel.consume(queue, message => this.#take(channel, message), { consumerTag: tag })
  }

  #take(channel: Channel, message: ConsumeMessage | null): void {
    if (this.#channel !== channel) return
    if (message) this.#options.take(this.#delivery(channel, message))
    // The server took the consumer away: its queue is gone, or has moved.
    else if (!this.#stopped) void channel.close().catch(() => {})
  }

  #delivery(channel: Channel, message: ConsumeMessage): Delivery {
    const carryOut = (answer: () => void) => {
      if (this.#channel !== channel) return false
      try {
        answer()
        return true
      } catch {
        return false
      }
    }
    return {
      message,
      ack: () => carryOut(() => channel.ack(message)),
      reject: () => void carryOut(() => channel.reject(message, false)),
    }
  }

  #lost(channel: Channel, why: string): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    if (!this.#stopped && this.#model) this.#failed(why)
  }

  #failed(why: string): void {
    // A refusal is told twice: by the request, and by the end of its channel.
    if (this.#again) return
    this.#options.failed(why)
    const model = this.#model
    if (model && !this.#stopped) this.#again = this.#options.clock.after(againAfterMs, () => void this.begin(model))
  }

  #notAgain(): void {
    this.#again?.cancel()
    this.#again = undefined
  }
}

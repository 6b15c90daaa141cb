// Publishes with confirms: an event counts as taken when the server says that it is on disk.
import type { ConfirmChannel } from 'amqplib'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { LogFull } from '../log/capacity.ts'
import type { OutgoingMessage } from './message.ts'

export interface PublisherLimits {
  /** Messages and bytes that may wait for their confirms; new events are refused a tenth earlier than replies. */
  maxWaiting: number
  maxWaitingBytes: number
  /** Milliseconds until a message without confirm is given back to its sender: the server is away, or blocked. */
  confirmWithinMs: number
}

export const publisherLimits: PublisherLimits = {
  maxWaiting: 10_000,
  maxWaitingBytes: 32 * 1024 * 1024,
  confirmWithinMs: 5_000,
}

/** The server did not confirm in time. The event may have been taken all the same. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed'
}

interface Waiting {
  exchange: string
  message: OutgoingMessage
  since: number
  settle(error?: Error): void
}

const ingressShare = 0.9
const sweepMs = 250

export class Publisher {
  readonly #limits: PublisherLimits
  readonly #clock: Clock
  // In the order published; sent again in that order on a new channel.
  readonly #waiting = new Set<Waiting>()
  #bytes = 0
  #channel: ConfirmChannel | undefined
  #away = 'it is being connected to'
  #awaySince: number
  #sweeper: Timer | undefined

  constructor(clock: Clock, limits: PublisherLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#awaySince = clock.now()
  }

  /**
   * Resolves when the server has the message on disk. While it is away, messages wait for it within the bounds. Rejects
   * with `LogFull` beyond them, with `NotConfirmed` when it stays away. `reserve` may use the last tenth of the room.
   */
  publish(exchange: string, message: OutgoingMessage, reserve = false): Promise<void> {
    const share = reserve ? 1 : ingressShare
    const { maxWaiting, maxWaitingBytes, confirmWithinMs } = this.#limits
    const full = this.#waiting.size >= maxWaiting * share || this.#bytes + message.bytes > maxWaitingBytes * share
    if (full) return Promise.reject(new LogFull())
    const now = this.#clock.now()
    if (!this.#channel && now - this.#awaySince > confirmWithinMs) return Promise.reject(this.#notConfirmed())
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        exchange,
        message,
        since: now,
        settle: error => {
          if (!this.#waiting.delete(waiting)) return
          this.#bytes -= message.bytes
          if (error) reject(error)
          else resolve()
        },
      }
      this.#waiting.add(waiting)
      this.#bytes += message.bytes
      if (this.#channel) this.#send(this.#channel, waiting)
      this.#sweeper ??= this.#clock.every(sweepMs, () => this.#sweep())
    })
  }

  /** Goes on with this channel: what waits is sent, again if it was sent before. */
  begin(channel: ConfirmChannel): void {
    this.#channel = channel
    for (const waiting of [...this.#waiting]) this.#send(channel, waiting)
  }

  /** The channel is lost. */
  pause(why: string): void {
    if (this.#channel) this.#awaySince = this.#clock.now()
    this.#channel = undefined
    this.#away = why
  }

  /** Gives everything back that waits. */
  stop(): void {
    this.pause('the runtime stops')
    for (const waiting of [...this.#waiting]) waiting.settle(this.#notConfirmed())
    this.#sweeper?.cancel()
  }

  #send(channel: ConfirmChannel, waiting: Waiting): void {
    const { content, options, queue } = waiting.message
    // The exchange without a name leads to each queue by its own.
    const [exchange, key] = queue === undefined ? [waiting.exchange, ''] : ['', queue]
    try {
      channel.publish(exchange, key, content, options, error => {
        // A channel that closes calls back too; its messages wait for the next one.
        if (this.#channel !== channel) return
        waiting.settle(error ? new NotConfirmed('the server refused the message') : undefined)
      })
    } catch (error) {
      // Closed, but its event is still to come; anything else is the message's own fault.
      if (error instanceof RangeError || error instanceof TypeError) waiting.settle(error)
    }
  }

  #sweep(): void {
    const due = this.#clock.now() - this.#limits.confirmWithinMs
    for (const waiting of [...this.#waiting]) {
      if (waiting.since > due) break
      waiting.settle(this.#notConfirmed())
    }
    if (this.#waiting.size > 0) return
    this.#sweeper?.cancel()
    this.#sweeper = undefined
  }

  #notConfirmed(): NotConfirmed {
    const why = this.#channel ? 'it does not confirm' : this.#away
    return new NotConfirmed(`RabbitMQ did not take the event within ${this.#limits.confirmWithinMs} ms: ${why}`)
  }
}

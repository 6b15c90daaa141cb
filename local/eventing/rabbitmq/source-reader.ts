// Reads one queue for a RabbitmqSource and gives each message to the sink: acknowledged once the sink has taken it.
import type { RabbitmqSource } from '../../api/sources/rabbitmq-source.ts'
import { type Clock, sleep } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { type Random, uuid } from '../../kernel/random.ts'
import type { Send } from '../../seams/send.ts'
import { judgeTaken, noAnswer } from '../delivery/outcome.ts'
import { policyOf, waitBefore } from '../delivery/policy.ts'
import { replyRequest } from '../delivery/request.ts'
import { type Delivery, QueueConsumer } from './queue-consumer.ts'
import type { RabbitmqServer } from './server.ts'
import { type SourceNames, sourceEvent, traceOf } from './source-event.ts'

export interface SourceReaderOptions {
  server: RabbitmqServer
  source: RabbitmqSource
  sink: string
  clock: Clock
  random: Random
  log: Log
  send: Send
  /** `problem` may be another one. */
  changed(): void
}

/** What Knative's adapter waits without a delivery spec; it tries once unless that says more. */
const defaultDelivery = { backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' } as const

export class SourceReader {
  readonly #options: SourceReaderOptions
  readonly #names: SourceNames
  readonly #consumer: QueueConsumer
  readonly #stopped = new AbortController()
  #problem: string | undefined = 'the queue is not being read yet'

  constructor(options: SourceReaderOptions) {
    this.#options = options
    const { server, source, clock } = options
    const { queueName: queue, parallelism = 1 } = source.spec.rabbitmqResourcesConfig
    this.#names = { namespace: source.metadata.namespace ?? '', name: source.metadata.name, queue }
    this.#declare()
    this.#consumer = new QueueConsumer({
      queue,
      tag: source.metadata.uid ?? queue,
      prefetch: parallelism,
      clock,
      take: delivery => void this.#deliver(delivery),
      failed: why => this.#found(why),
      began: () => this.#found(undefined),
    })
    void server.consume(this.#consumer)
  }

  /** Why the queue is not being read. */
  get problem(): string | undefined {
    const { server } = this.#options
    if (!server.state.up) return `RabbitMQ at ${server.name} cannot be used: ${server.state.why ?? 'connecting'}`
    return this.#problem
  }

  /** Takes nothing more. What the sink has not taken yet is given back to the queue. */
  async stop(): Promise<void> {
    const { server } = this.#options
    this.#stopped.abort()
    server.forget(this.#consumer)
    server.undeclare(this.#declarationKey)
    await this.#consumer.stop()
    await this.#consumer.close()
  }

  get #declarationKey(): string {
    return `source ${this.#names.namespace}/${this.#names.name}`
  }

  // A queue that is there already is taken as it is; another one is made as Knative's operator makes it.
  #declare(): void {
    const { server, source } = this.#options
    const { predeclared, exchangeName = '', queueName } = source.spec.rabbitmqResourcesConfig
    if (predeclared) return
    const declared = server.declare(this.#declarationKey, async channel => {
      await channel.assertExchange(exchangeName, 'headers', { durable: true })
      await channel.assertQueue(queueName, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
      await channel.bindQueue(queueName, exchangeName, '', { 'x-match': 'all' })
    })
    declared.catch(error => this.#found(messageOf(error)))
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { log } = this.#options
    try {
      if (await this.#give(delivery)) delivery.ack()
      else delivery.reject()
    } catch (error) {
      // Stopped while it waited: the queue has it.
      if (this.#stopped.signal.aborted) return
      log('error', `${this.#declarationKey}: a message is refused: ${messageOf(error)}`)
      delivery.reject()
    }
  }

  async #give({ message: { content, properties } }: Delivery): Promise<boolean> {
    const { clock, random, log, send, sink, source } = this.#options
    const policy = policyOf({ ...defaultDelivery, ...source.spec.delivery })
    const event = sourceEvent(content, properties, this.#names, () => uuid(random))
    const target = { url: sink, namespace: this.#names.namespace, timeoutMs: policy.timeoutMs }
    const request = replyRequest({ event, headers: traceOf(properties) }, target)
    for (let tries = 1; ; tries++) {
      const outcome = await send(request).then(response => judgeTaken(response, clock.now()), noAnswer)
      if (outcome.type !== 'failure') return true
      if (!outcome.retry || tries > policy.retries) {
        log('error', `${this.#declarationKey}: ${sink} answered ${outcome.code}, the message is given up`)
        return false
      }
      await sleep(clock, waitBefore(policy, tries, outcome.retryAfterMs), this.#stopped.signal)
    }
  }

  #found(problem: string | undefined): void {
    if (this.#problem === problem) return
    this.#problem = problem
    this.#options.changed()
  }
}

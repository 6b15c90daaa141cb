// What stands on the server for a broker and its triggers: an exchange each, a queue a trigger, one more for dead letters.
import type { Channel } from 'amqplib'
import type { Broker, Trigger } from '../../api/eventing/types.ts'

export type QueueType = 'quorum' | 'classic'

/** The names of one trigger's own things; those of Knative's operator (eventing-rabbitmq pkg/rabbitmqnaming). */
export interface TriggerNames {
  queue: string
  deadLetterExchange: string
  deadLetterQueue: string
}

/** The exchange that takes a broker's events. */
export function exchangeName({ metadata: { namespace = '', name, uid = '' } }: Broker): string {
  return `b.${namespace}.${name}.${uid}`
}

/** `trigger` is `NAMESPACE/NAME`. */
export function triggerNames(trigger: string, uid: string, brokerUid: string): TriggerNames {
  const name = trigger.replace('/', '.')
  return {
    queue: `${name}.${brokerUid}`,
    deadLetterExchange: `t.${name}.dlx.${uid}`,
    deadLetterQueue: `t.${name}.dlq.${uid}`,
  }
}

/**
 * The arguments of the binding: what the exchange can decide by itself, so that a queue gets no more than it needs to.
 * Filters of other dialects are decided when the event is here. An attribute with any value is asked for by its name.
 */
export function bindingArguments({ filter, filters }: Pick<Trigger['spec'], 'filter' | 'filters'>) {
  const attributes = filters?.length ? {} : (filter?.attributes ?? {})
  const wanted = Object.entries(attributes).map(([name, value]) => [name, value === '' ? null : value])
  return { 'x-match': 'all', ...Object.fromEntries(wanted) } as Record<string, string | null>
}

/** Exchanges compare headers, which are the attributes of the event. */
export async function declareExchange(channel: Channel, exchange: string): Promise<void> {
  await channel.assertExchange(exchange, 'headers', { durable: true })
}

/** The trigger's queue. What is rejected from it goes to its dead-letter exchange, once there is one. */
export async function declareQueue(channel: Channel, names: TriggerNames, type: QueueType): Promise<void> {
  const queueArguments = { 'x-queue-type': type, 'x-dead-letter-exchange': names.deadLetterExchange }
  await channel.assertQueue(names.queue, { durable: true, arguments: queueArguments })
}

export async function declareDeadLetters(channel: Channel, names: TriggerNames, type: QueueType): Promise<void> {
  await channel.assertExchange(names.deadLetterExchange, 'fanout', { durable: true })
  await channel.assertQueue(names.deadLetterQueue, { durable: true, arguments: { 'x-queue-type': type } })
  await channel.bindQueue(names.deadLetterQueue, names.deadLetterExchange, '')
}

export async function removeTrigger(channel: Channel, names: TriggerNames): Promise<void> {
  await channel.deleteQueue(names.queue)
  await channel.deleteExchange(names.deadLetterExchange)
  await channel.deleteQueue(names.deadLetterQueue)
}

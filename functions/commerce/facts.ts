// What the services of the shop tell each other: facts about orders, as CloudEvents of the broker.
import type { CloudEventV1 } from 'cloudevents'
import type { Env } from '../lib/env.ts'
import { type OutgoingEvent, PoisonEvent, publish } from '../lib/events.ts'

export type FactType =
  | 'user.created'
  | 'customer.created'
  | 'order.placed'
  | 'order.failed'
  | 'order.cancelled'
  | 'inventory.reserved'
  | 'inventory.rejected'
  | 'payment.captured'
  | 'payment.failed'
  | 'payment.refunded'
  | 'fulfillment.completed'
  | 'return.requested'
  | 'return.accepted'

export interface Line {
  sku: string
  title: string
  quantity: number
  /** Of one piece, in cents. */
  price: number
  /** Delivered by e-mail. */
  digital: boolean
}

/** What every fact about an order carries, so that no consumer has to ask back. */
export interface OrderFacts {
  orderId: string
  customerId: string
  lines: readonly Line[]
  /** In cents. */
  total: number
  /** Why something failed, or who wanted the money back: `return` or `compensation`. */
  reason?: string
}

export interface Fact<T = unknown> {
  /** Made of type and subject: the same fact told again, by whoever repeats a step, is the same event. */
  id: string
  type: string
  source: string
  /** RFC 3339. */
  time: string
  /** The order, customer or user it is about. */
  subject: string
  /** The id of the fact that led to this one; empty for the first. */
  cause: string
  data: T
}

/** A fact about `subject` that follows from `cause`. `now` in milliseconds since the epoch. */
export function fact<T>(
  type: FactType,
  source: string,
  subject: string,
  data: T,
  cause: Pick<Fact, 'id'> | undefined,
  now: number,
): Fact<T> {
  const time = new Date(now).toISOString()
  return { id: `${type}:${subject}`, type, source, time, subject, cause: cause?.id ?? '', data }
}

/** Tells everybody who listens. Rejects unless the broker has it for good. */
export function tell(env: Env, told: Fact, headers: Record<string, string>): Promise<void> {
  return publish(env, outgoing(told), headers)
}

export function outgoing({ cause, ...attributes }: Fact): OutgoingEvent {
  return { ...attributes, extensions: cause ? { causedby: cause } : {} }
}

/** The fact in an event. */
export function factOf(event: CloudEventV1<unknown>): Fact {
  const { id, type, source, time, subject = '', data } = event
  const cause = typeof event.causedby === 'string' ? event.causedby : ''
  return { id, type, source, time: time ?? '', subject, cause, data }
}

/** What a fact about an order carries. Throws `PoisonEvent` when it is none: repeating it mends nothing. */
export function orderFacts({ id, data }: Pick<Fact, 'id' | 'data'>): OrderFacts {
  const given = (data ?? {}) as Partial<OrderFacts>
  const { orderId, customerId, lines, total } = given
  const complete = isName(orderId) && isName(customerId) && isAmount(total)
  if (complete && Array.isArray(lines) && lines.length > 0 && lines.every(isLine)) return given as OrderFacts
  throw new PoisonEvent(`event ${id} is about no order`)
}

function isLine(line: Partial<Line> | null): boolean {
  return isName(line?.sku) && isAmount(line?.price) && isAmount(line?.quantity) && line?.quantity !== 0
}

const isName = (value: unknown) => typeof value === 'string' && value !== ''
/** Whole, and never negative: whoever owes money is told so by what a fact is, not by a sign. */
const isAmount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

// An order and the statuses it goes through; what each fact makes of it is decided here, without a store or a clock.
import type { Document } from '../../lib/store.ts'
import type { FactType, Line, OrderFacts } from '../facts.ts'

export type Status = 'PLACED' | 'PAID' | 'FULFILLED' | 'REJECTED' | 'FAILED' | 'CANCELLED' | 'RETURNED'

export interface Step {
  status: Status
  /** RFC 3339. */
  at: string
}

export interface Order extends Document {
  customerId: string
  lines: readonly Line[]
  /** In cents. */
  total: number
  status: Status
  /** Why it did not end well; empty otherwise. */
  reason: string
  placedAt: string
  history: readonly Step[]
  /** The broker has `order.placed`. */
  announced: boolean
}

/** Nothing follows these but a return. */
export const endings: readonly Status[] = ['FULFILLED', 'REJECTED', 'FAILED', 'CANCELLED', 'RETURNED']

/** A new order. `now` in milliseconds since the epoch. */
export function newOrder(id: string, customerId: string, lines: readonly Line[], now: number): Order {
  const placedAt = new Date(now).toISOString()
  const total = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
  const begin = { status: 'PLACED', reason: '', history: [{ status: 'PLACED', at: placedAt }] } as const
  return { _id: id, customerId, lines, total, ...begin, placedAt, announced: false }
}

/** The statuses that lead from one to the other, both by what a fact says and by what must have come before it. */
const paths: Partial<Record<FactType, Partial<Record<Status, readonly Status[]>>>> = {
  'inventory.rejected': { PLACED: ['REJECTED'] },
  'payment.captured': { PLACED: ['PAID'] },
  'payment.failed': { PLACED: ['FAILED'] },
  // Facts may overtake each other: what was delivered has been paid.
  'fulfillment.completed': { PLACED: ['PAID', 'FULFILLED'], PAID: ['FULFILLED'] },
  'payment.refunded': { FULFILLED: ['RETURNED'] },
  'order.failed': { PLACED: ['FAILED'], PAID: ['FAILED'] },
  'order.cancelled': { PLACED: ['CANCELLED'], PAID: ['CANCELLED'] },
}

/** The order's fields after a fact; undefined when it changes nothing. `now` in milliseconds since the epoch. */
export function after(
  order: Order,
  type: string,
  reason: string,
  now: number,
): Pick<Order, 'status' | 'reason' | 'history'> | undefined {
  const path = paths[type as FactType]?.[order.status]
  const status = path?.at(-1)
  if (!path || !status) return undefined
  const at = new Date(now).toISOString()
  return { status, reason, history: [...order.history, ...path.map(each => ({ status: each, at }))] }
}

export function factsOf({ _id, customerId, lines, total }: Order, reason?: string): OrderFacts {
  return { orderId: _id, customerId, lines, total, ...(reason ? { reason } : {}) }
}

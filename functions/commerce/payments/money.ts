// Charges and refunds: at most one of each for an order, whatever comes first and however often.
import type { Document, Store } from '../../lib/store.ts'
import type { OrderFacts } from '../facts.ts'

export interface Payment extends Document {
  orderId: string
  /** In cents. */
  amount: number
  kind: 'CHARGE' | 'REFUND'
  /** FORBIDDEN: the order was given up before it was charged, and must not be any more. */
  status: 'CAPTURED' | 'FAILED' | 'REFUNDED' | 'FORBIDDEN'
  reason: string
}

const collection = 'payments'

export const chargeId = (orderId: string) => `charge-${orderId}`
export const refundId = (orderId: string) => `refund-${orderId}`

/** The one amount that the provider, which does not exist, declines: 13 cents. */
const declinedAmount = 13

/** The charge of an order, made now unless there is one. Kept before it is told of, so that nobody pays twice. */
export function charge(store: Store, { orderId, total }: Pick<OrderFacts, 'orderId' | 'total'>): Promise<Payment> {
  const declined = total === declinedAmount
  return keep(store, {
    ...{ _id: chargeId(orderId), orderId, amount: total, kind: 'CHARGE' },
    ...(declined ? { status: 'FAILED', reason: 'the card was declined' } : { status: 'CAPTURED', reason: '' }),
  })
}

/** Gives the whole charge back; undefined when there is nothing to give back, which a later charge then respects. */
export async function refund(
  store: Store,
  { orderId, total }: Pick<OrderFacts, 'orderId' | 'total'>,
): Promise<Payment | undefined> {
  const base = { orderId, amount: total, reason: '' }
  const charged = await keep(store, { ...base, _id: chargeId(orderId), kind: 'CHARGE', status: 'FORBIDDEN' })
  if (charged.status !== 'CAPTURED') return undefined
  return keep(store, { ...base, _id: refundId(orderId), amount: charged.amount, kind: 'REFUND', status: 'REFUNDED' })
}

/** Whoever inserts first decides; everybody gets what was decided. */
async function keep(store: Store, payment: Payment): Promise<Payment> {
  if (await store.insert(collection, payment)) return payment
  return ((await store.get(collection, payment._id)) ?? payment) as Payment
}

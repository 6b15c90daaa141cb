// Whether an order can be returned: what is asked of its peers, and what their answers mean.
import type { Line } from '../facts.ts'

export interface Delivered {
  status: string
  customerId: string
  lines: readonly Line[]
  total: number
}

export const orderQuery =
  'query ($id: ID!) { order(id: $id) { status customerId total lines { sku title quantity price digital } } }'

export const paymentsQuery = 'query ($id: ID!) { payments(orderId: $id) { id kind status } }'

/** The order and the id of its charge, or why it cannot be returned. */
export function chargeOf(
  orderId: string,
  order: Delivered | null,
  payments: readonly { id: string; kind: string; status: string }[],
): { order: Delivered; charge: string } | { refusal: string } {
  if (!order) return { refusal: `there is no order "${orderId}"` }
  const charge = payments.find(({ kind, status }) => kind === 'CHARGE' && status === 'CAPTURED')
  if (!charge) return { refusal: `order ${orderId} was not paid` }
  // Asked again, a return that is on its way or done is the same one.
  if (order.status !== 'FULFILLED' && order.status !== 'RETURNED') {
    return { refusal: `order ${orderId} is ${order.status}: what was not delivered cannot come back` }
  }
  return { order, charge: charge.id }
}

// What facts make of orders, and how an order is stopped before its goods are on their way.
import { change } from '../../lib/store.ts'
import { topicsOf } from '../../lib/topics.ts'
import { ask } from '../ask.ts'
import { type Fact, fact, orderFacts } from '../facts.ts'
import type { Call } from '../service.ts'
import { after, factsOf, type Order } from './order.ts'

/** The topic on which an order's changes are announced to those who watch it. */
export const topicOf = (orderId: string) => `order-${orderId}`

/** Takes a fact about an order in. One that changes nothing, or comes again, is let pass. */
export async function follow(told: Fact, call: Call): Promise<void> {
  const { orderId, reason } = orderFacts(told)
  // Given back because the order was stopped: it says so already.
  if (told.type === 'payment.refunded' && reason !== 'return') return
  await apply(orderId, told.type, reason ?? '', call)
}

async function apply(orderId: string, type: string, reason: string, { env, store, log }: Call): Promise<void> {
  const changed = await change<Order>(store, 'orders', orderId, order => after(order, type, reason, Date.now()))
  if (changed) log('order changed', { order: orderId, status: changed.status })
  // Told even when nothing changed: the telling may have failed after the change, and this be its repetition.
  await (await topicsOf(env)).publish(topicOf(orderId), type)
}

/**
 * Stops an order: the goods first, because what is on its way stays sold; then everybody is told, and undoes what was
 * done for it. False when it is too late. May be repeated.
 */
export async function stop(
  orderId: string,
  type: 'order.failed' | 'order.cancelled',
  reason: string,
  call: Call,
  cause?: Fact,
): Promise<boolean> {
  const query = 'mutation ($orderId: ID!) { _hold(orderId: $orderId) }'
  const held = await ask<{ _hold: boolean }>(call.env, 'fulfillment', {
    query,
    variables: { orderId },
    headers: call.headers,
  })
  if (!held._hold) return false
  await apply(orderId, type, reason, call)
  const order = (await call.store.get('orders', orderId)) as Order | undefined
  const stopped = type === 'order.failed' ? 'FAILED' : 'CANCELLED'
  if (order?.status !== stopped) return false
  await call.tell(fact(type, 'orders', orderId, factsOf(order, reason), cause, Date.now()))
  return true
}

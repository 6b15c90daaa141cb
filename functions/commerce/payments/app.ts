// payments: takes the money for an order, and gives it back.
import { type Fact, fact, type OrderFacts, orderFacts } from '../facts.ts'
import { paymentsSchema } from '../payments.schema.ts'
import { type ById, type ByIds, row } from '../rows.ts'
import { type Call, type Consumer, service } from '../service.ts'
import { charge, chargeId, type Payment, refund, refundId } from './money.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'payments'

/** The second step of an order. */
const chargeStep: Consumer = async (reserved, call) => {
  const order = orderFacts(reserved)
  const payment = await charge(call.store, order)
  const captured = payment.status === 'CAPTURED'
  const data = captured ? order : { ...order, reason: payment.reason }
  const outcome = about(captured ? 'payment.captured' : 'payment.failed', data, reserved)
  await call.tell(outcome)
  call.log(captured ? 'payment captured' : 'payment failed', { order: order.orderId, amount: payment.amount })
  return captured ? outcome : undefined
}

function about(type: 'payment.captured' | 'payment.failed' | 'payment.refunded', data: OrderFacts, cause: Fact): Fact {
  return fact(type, 'payments', data.orderId, data, cause, Date.now())
}

async function giveBack(told: Fact, reason: 'return' | 'compensation', call: Call): Promise<undefined> {
  const order = orderFacts(told)
  const refunded = await refund(call.store, order)
  if (!refunded) return
  await call.tell(about('payment.refunded', { ...order, reason }, told))
  call.log('payment refunded', { order: order.orderId, amount: refunded.amount })
}

export default service({
  schema: paymentsSchema,
  resolvers: {
    Query: {
      payment: async (_, { id }: ById, { store }) => visible(await store.get(collection, id)),
      payments: (_, { orderId }: { orderId: string }, call) => paymentsOf(orderId, call),
      _orders: (_, { ids }: ByIds) => ids.map(id => ({ id })),
    },
    Order: {
      payment: async ({ id }: ById, _, { store }) => visible(await store.get(collection, chargeId(id))),
      payments: ({ id }: ById, _, call) => paymentsOf(id, call),
    },
  },
  consumers: {
    '/charge': chargeStep,
    '/events': (told, call) => giveBack(told, told.type === 'return.requested' ? 'return' : 'compensation', call),
  },
})

async function paymentsOf(orderId: string, { store }: Call): Promise<object[]> {
  const found = await Promise.all([chargeId(orderId), refundId(orderId)].map(id => store.get(collection, id)))
  return found.flatMap(payment => visible(payment) ?? [])
}

/** A charge that was forbidden before it was tried is no payment. */
function visible(payment: object | undefined): object | null {
  return payment && (payment as Payment).status !== 'FORBIDDEN' ? row(payment as Payment) : null
}

// exchanges: takes goods back, once the order was delivered and paid.
import { ask } from '../ask.ts'
import { exchangesSchema } from '../exchanges.schema.ts'
import { fact, orderFacts } from '../facts.ts'
import { refuse } from '../graphql-endpoint.ts'
import { type ById, type ByIds, type Paged, row, rows } from '../rows.ts'
import { type Call, service } from '../service.ts'
import { chargeOf, type Delivered, orderQuery, paymentsQuery } from './returnable.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'returns'
/** One return an order: it has the order's own id. */
const returnId = (orderId: string) => `return-${orderId}`

export default service({
  schema: exchangesSchema,
  resolvers: {
    Query: {
      return: async (_, { id }: ById, { store }) => row(await store.get(collection, id)),
      returns: (_, { first }: Paged, { store }) => rows(store, collection, first),
      _orders: (_, { ids }: ByIds) => ids.map(id => ({ id })),
    },
    Mutation: {
      requestReturn: (_, { orderId, reason }: { orderId: string; reason: string }, call) =>
        requestReturn(orderId, reason, call),
    },
    Order: {
      return: async ({ id }: ById, _, { store }) => row(await store.get(collection, returnId(id))),
    },
    Return: {
      order: ({ orderId }: { orderId: string }) => ({ id: orderId }),
    },
  },
  consumers: {
    // The money is back: the return is done.
    async '/events'(refunded, call) {
      const order = orderFacts(refunded)
      if (order.reason !== 'return') return undefined
      const accepted = await call.store.update(collection, returnId(order.orderId), { status: 'ACCEPTED' })
      if (accepted) await call.tell(fact('return.accepted', 'exchanges', order.orderId, order, refunded, Date.now()))
      return undefined
    },
  },
})

/** Throws a `GraphQLError` unless there is an order that was delivered and paid. May be repeated. */
async function requestReturn(orderId: string, reason: string, call: Call): Promise<object> {
  const { env, headers, store } = call
  const variables = { id: orderId }
  const [{ order }, { payments }] = await Promise.all([
    ask<{ order: Delivered | null }>(env, 'orders', { query: orderQuery, variables, headers }),
    ask<{ payments: { id: string; kind: string; status: string }[] }>(env, 'payments', {
      ...{ query: paymentsQuery, variables, headers },
    }),
  ])
  const found = chargeOf(orderId, order, payments)
  if ('refusal' in found) throw refuse(found.refusal, 'NOT_RETURNABLE')
  const _id = returnId(orderId)
  await store.insert(collection, { _id, orderId, paymentId: found.charge, reason, status: 'REQUESTED' })
  const { customerId, lines, total } = found.order
  const data = { orderId, customerId, lines, total, reason }
  await call.tell(fact('return.requested', 'exchanges', orderId, data, undefined, Date.now()))
  return row(await store.get(collection, _id)) ?? {}
}

// orders: what customers want, and how far it has come.
import { type Line, orderFacts } from '../facts.ts'
import { refuse } from '../graphql-endpoint.ts'
import { ordersSchema } from '../orders.schema.ts'
import { type ById, type ByIds, type Paged, row, rows, rowsById } from '../rows.ts'
import { service } from '../service.ts'
import { follow, stop } from './follow.ts'
import type { Order, Status } from './order.ts'
import { announce, place, type Wanted } from './place.ts'
import { watchOrder } from './watch.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'orders'
/** Orders one sweep looks at. */
const sweepSize = 100

export default service({
  schema: ordersSchema,
  resolvers: {
    Query: {
      order: async (_, { id }: ById, { store }) => row(await store.get(collection, id)),
      orders: (_, { first, status }: Paged & { status?: Status | null }, { store }) =>
        rows(store, collection, first, { status }),
      _orders: (_, { ids }: ByIds, { store }) => rowsById(store, collection, ids),
      _customers: (_, { ids }: ByIds) => ids.map(id => ({ id })),
    },
    Mutation: {
      placeOrder: async (_, wanted: Wanted, call) => row(await place(wanted, call)),
      async cancelOrder(_, { id }: ById, call) {
        if (!(await call.store.get(collection, id))) throw refuse(`there is no order "${id}"`, 'NOT_FOUND')
        if (!(await stop(id, 'order.cancelled', 'cancelled by the customer', call))) {
          throw refuse(`order ${id} cannot be cancelled any more`, 'TOO_LATE')
        }
        return row(await call.store.get(collection, id))
      },
    },
    Subscription: {
      orderStatus: { subscribe: (_, { id }: ById, { env, store }) => watchOrder(env, store, id) },
    },
    Customer: {
      orders: ({ id }: ById, { first }: Paged, { store }) => rows(store, collection, first, { customerId: id }),
    },
    Order: {
      customer: ({ customerId }: Order) => ({ id: customerId }),
    },
    Line: {
      product: ({ sku }: Line) => ({ sku }),
    },
  },
  consumers: {
    async '/events'(told, call) {
      await follow(told, call)
      return undefined
    },
    // What a step of an order could not take after all its tries ends here.
    async '/given-up'(told, call) {
      await stop(orderFacts(told).orderId, 'order.failed', 'a step of the order gave up', call, told)
      return undefined
    },
    // Orders that were kept, but whose announcement failed.
    async '/sweep'(_, call) {
      const forgotten = await call.store.list(collection, sweepSize, { where: { announced: false } })
      for (const order of forgotten) await announce(order as Order, call)
      return undefined
    },
  },
  prepare: store => store.prepare(collection, { indexed: ['customerId', 'status', 'announced'] }),
})

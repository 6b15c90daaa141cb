// inventory: what there is to buy; sets pieces aside for orders, and takes them back.
import { type Fact, fact, orderFacts } from '../facts.ts'
import { refuse } from '../graphql-endpoint.ts'
import { inventorySchema } from '../inventory.schema.ts'
import { type Call, type Consumer, service } from '../service.ts'
import { move, type Product } from './movement.ts'
import { release, reserve, sell, takeBack } from './reservation.ts'
import { shelves } from './shelves.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'products'
const mostRows = 200

/** The first step of an order: the reply goes on to the next one, and everybody is told. */
const reserveStep: Consumer = async (placed, call) => {
  const order = orderFacts(placed)
  const reserved = await reserve(call.store, order.orderId, order.lines)
  const type = reserved ? 'inventory.reserved' : 'inventory.rejected'
  const data = reserved ? order : { ...order, reason: 'not enough in stock' }
  const outcome = fact(type, 'inventory', order.orderId, data, placed, Date.now())
  await call.tell(outcome)
  call.log(reserved ? 'pieces reserved' : 'order rejected', { order: order.orderId })
  return reserved ? outcome : undefined
}

/** By type of fact: what becomes of pieces that were set aside. */
const outcomes: Readonly<Record<string, (told: Fact, call: Call) => Promise<unknown>>> = {
  'order.failed': (told, { store }) => release(store, orderFacts(told).orderId),
  'order.cancelled': (told, { store }) => release(store, orderFacts(told).orderId),
  'payment.failed': (told, { store }) => release(store, orderFacts(told).orderId),
  'fulfillment.completed': (told, { store }) => sell(store, orderFacts(told).orderId),
  async 'payment.refunded'(told, { store }) {
    const { orderId, reason } = orderFacts(told)
    if (reason === 'return') await takeBack(store, orderId)
  },
}

export default service({
  schema: inventorySchema,
  resolvers: {
    Query: {
      product: async (_, { sku }, { store }) => productRow(await store.get(collection, sku)),
      products: async (_, { first }, { store }) =>
        (await store.list(collection, Math.min(Math.max(0, first), mostRows))).map(productRow).reverse(),
      _products: (_, { skus }: { skus: string[] }, { store }) =>
        Promise.all(skus.map(async sku => productRow(await store.get(collection, sku)))),
    },
    Mutation: {
      reserve: (_, { orderId, lines }, { store }) => reserve(store, orderId, positive(lines)),
      release: (_, { orderId }, { store }) => release(store, orderId),
      async restock(_, { sku, quantity, key }, { store }) {
        const [piece = { sku, quantity }] = positive([{ sku, quantity }])
        if (!(await store.get(collection, sku))) throw refuse(`there is no product "${sku}"`)
        await move(store, { ...piece, subject: key ?? crypto.randomUUID(), kind: 'restock' })
        return productRow(await store.get(collection, sku))
      },
    },
  },
  consumers: {
    '/reserve': reserveStep,
    async '/events'(told, call) {
      await outcomes[told.type]?.(told, call)
      return undefined
    },
  },
  async prepare(store) {
    for (const product of shelves) await store.insert(collection, product)
  },
})

function productRow(product: object | undefined): object | null {
  return product ? { ...product, sku: (product as Product)._id } : null
}

function positive<T extends { quantity: number }>(pieces: readonly T[]): readonly T[] {
  if (pieces.every(({ quantity }) => quantity > 0)) return pieces
  throw refuse('a quantity is at least 1')
}

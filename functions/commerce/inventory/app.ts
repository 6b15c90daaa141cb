// inventory: what there is to buy; sets pieces aside for orders, and takes them back.
import type { Store } from '../../lib/store.ts'
import { fact, type OrderFacts, orderFacts } from '../facts.ts'
import { refuse } from '../graphql-endpoint.ts'
import { inventorySchema } from '../inventory.schema.ts'
import { type Paged, pageSize } from '../rows.ts'
import { type Consumer, service } from '../service.ts'
import { mostPieces, move, type Product } from './movement.ts'
import { type Piece, release, reserve, sell, takeBack } from './reservation.ts'
import { shelves } from './shelves.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'products'

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
const outcomes = new Map<string, (order: OrderFacts, store: Store) => Promise<unknown>>([
  ['order.failed', ({ orderId }, store) => release(store, orderId)],
  ['order.cancelled', ({ orderId }, store) => release(store, orderId)],
  ['payment.failed', ({ orderId }, store) => release(store, orderId)],
  ['fulfillment.completed', ({ orderId }, store) => sell(store, orderId)],
  ['payment.refunded', async ({ orderId, reason }, store) => reason === 'return' && takeBack(store, orderId)],
])

export default service({
  schema: inventorySchema,
  resolvers: {
    Query: {
      product: async (_, { sku }: { sku: string }, { store }) => productRow(await store.get(collection, sku)),
      // As they were put on the shelves; a store lists the newest first.
      products: async (_, { first }: Paged, { store }) =>
        (await store.list(collection, pageSize(null))).reverse().slice(0, pageSize(first)).map(productRow),
      _products: (_, { skus }: { skus: readonly string[] }, { store }) =>
        Promise.all(skus.map(async sku => productRow(await store.get(collection, sku)))),
    },
    Mutation: {
      reserve: (_, { orderId, lines }: { orderId: string; lines: readonly Piece[] }, { store }) =>
        reserve(store, orderId, pieces(lines)),
      release: (_, { orderId }: { orderId: string }, { store }) => release(store, orderId),
      restock: (_, delivery: Delivery, { store }) => restock(store, delivery),
    },
  },
  consumers: {
    '/reserve': reserveStep,
    async '/events'(told, call) {
      await outcomes.get(told.type)?.(orderFacts(told), call.store)
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

interface Delivery extends Piece {
  key?: string | null
}

async function restock(store: Store, { key, ...piece }: Delivery): Promise<object | null> {
  pieces([piece])
  if (!(await store.get(collection, piece.sku))) throw refuse(`there is no product "${piece.sku}"`)
  const outcome = await move(store, { ...piece, subject: key ?? crypto.randomUUID(), kind: 'restock' })
  if (outcome === 'refused') throw refuse(`"${piece.sku}": there is room for ${mostPieces} pieces`)
  return productRow(await store.get(collection, piece.sku))
}

/** The pieces, as long as they are some. Throws a `GraphQLError`. */
function pieces(wanted: readonly Piece[]): readonly Piece[] {
  if (wanted.length > 0 && wanted.every(({ quantity }) => quantity > 0)) return wanted
  throw refuse('at least one piece of something')
}

// Pieces move between stock, held and sold: each movement once, however often it is asked for.
import { change, type Document, type Store } from '../../lib/store.ts'

export interface Product extends Document {
  title: string
  /** In cents. */
  price: number
  stock: number
  held: number
  sold: number
  digital: boolean
  /** Ids of the latest movements: those of which it may not yet be noted that they are done. */
  recent: readonly string[]
}

export type MovementKind = 'hold' | 'release' | 'sell' | 'return' | 'restock'

export interface Movement {
  /** What it is done for: an order, or the key of a delivery. */
  subject: string
  sku: string
  kind: MovementKind
  quantity: number
}

/** What a movement adds to each place, for each piece: stock + held + sold only changes by a restock. */
const effects: Record<MovementKind, { stock: number; held: number; sold: number }> = {
  hold: { stock: -1, held: 1, sold: 0 },
  release: { stock: 1, held: -1, sold: 0 },
  sell: { stock: 0, held: -1, sold: 1 },
  return: { stock: 1, held: 0, sold: -1 },
  restock: { stock: 1, held: 0, sold: 0 },
}

/** Of one product, in all places together: what GraphQL can say, which counts in 32 bits. */
export const mostPieces = 2 ** 31 - 1

/** Far more than can be under way at once for one product. */
const mostRecent = 500

export type Outcome = 'done' | 'refused'

const collection = 'movements'

/**
 * Carries a movement out unless it was already; `refused` when there are too few pieces, or no room, which stays so. Repeating it
 * after a crash at any point finishes it: it is noted, applied to the product with its id, and noted as done.
 */
export async function move(store: Store, movement: Movement): Promise<Outcome> {
  const id = idOf(movement)
  await store.insert(collection, { _id: id, ...movement, outcome: 'open' })
  const noted = await store.get(collection, id)
  if (noted?.outcome === 'done' || noted?.outcome === 'refused') return noted.outcome
  await change<Product>(store, 'products', movement.sku, product => moved(product, movement))
  const product = (await store.get('products', movement.sku)) as Product | undefined
  const outcome = product?.recent.includes(id) ? 'done' : 'refused'
  await store.update(collection, id, { outcome }, { outcome: 'open' })
  return ((await store.get(collection, id))?.outcome as Outcome | undefined) ?? outcome
}

/** Whether it was carried out. */
export async function wasDone(store: Store, movement: Movement): Promise<boolean> {
  return (await store.get(collection, idOf(movement)))?.outcome === 'done'
}

function idOf({ subject, sku, kind }: Movement): string {
  return `${kind}:${subject}:${sku}`
}

/** The product's fields after the movement; undefined when it was applied before, or there are too few pieces, or too many. */
export function moved(product: Product, movement: Movement): Partial<Product> | undefined {
  const id = idOf(movement)
  if (product.recent.includes(id)) return undefined
  const effect = effects[movement.kind]
  const after = {
    stock: product.stock + effect.stock * movement.quantity,
    held: product.held + effect.held * movement.quantity,
    sold: product.sold + effect.sold * movement.quantity,
  }
  if (after.stock < 0 || after.held < 0 || after.sold < 0) return undefined
  // Only here do pieces come to be: what there is room for as a whole always finds a place when it moves on.
  if (movement.kind === 'restock' && after.stock + after.held + after.sold > mostPieces) return undefined
  return { ...after, recent: [...product.recent, id].slice(-mostRecent) }
}

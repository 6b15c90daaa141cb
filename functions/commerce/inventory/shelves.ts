// What a new shop has on its shelves.
import type { Product } from './movement.ts'

type Stocked = Pick<Product, '_id' | 'title' | 'price' | 'stock' | 'digital'>

/** Prices in cents. The sticker costs what no card provider accepts here: orders of it fail, for demonstrations. */
const stocked: readonly Stocked[] = [
  { _id: 'mug', title: 'Enamel mug', price: 1_490, stock: 100, digital: false },
  { _id: 'lamp', title: 'Desk lamp', price: 5_900, stock: 25, digital: false },
  { _id: 'poster', title: 'Night sky poster', price: 1_950, stock: 3, digital: false },
  { _id: 'ebook', title: 'Field guide (e-book)', price: 990, stock: 100_000, digital: true },
  { _id: 'sticker', title: 'Unlucky sticker', price: 13, stock: 50, digital: false },
]

export const shelves: readonly Product[] = stocked.map(product => ({ ...product, held: 0, sold: 0, recent: [] }))

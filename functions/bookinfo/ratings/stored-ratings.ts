// The stars people gave, kept in the store so that they outlive the instance.
import type { Store } from '../../lib/store.ts'

/** Stars from 0 to 5 by reviewer. */
export type Ratings = Record<string, number>

/** What a product has before anybody rated it. */
const initial: Ratings = { Reviewer1: 5, Reviewer2: 4 }
const collection = 'ratings'

/** The ratings in a parsed body, or undefined when it is anything else. */
export function asRatings(value: unknown): Ratings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const stars = Object.values(value)
  return stars.every(each => Number.isInteger(each) && each >= 0 && each <= 5) ? (value as Ratings) : undefined
}

export async function ratingsOf(store: Store | undefined, id: number): Promise<Ratings> {
  const found = await store?.get(collection, String(id))
  return asRatings(found?.ratings) ?? initial
}

/** Puts these ratings in place of the product's earlier ones. */
export async function keepRatings(store: Store | undefined, id: number, ratings: Ratings): Promise<void> {
  const _id = String(id)
  if (await store?.insert(collection, { _id, ratings })) return
  await store?.update(collection, _id, { ratings })
}

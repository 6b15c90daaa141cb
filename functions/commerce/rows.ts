// Documents of a store as GraphQL types: `_id` is their id.
import type { Document, Store } from '../lib/store.ts'

/** Most rows one query gives. */
const mostRows = 200

export function row(document: Document): Record<string, unknown>
export function row(document: Document | undefined): Record<string, unknown> | null
export function row(document: Document | undefined): Record<string, unknown> | null {
  return document ? { ...document, id: document._id } : null
}

export async function rows(
  store: Store,
  collection: string,
  first: number,
  where: Readonly<Record<string, string | undefined>> = {},
): Promise<Record<string, unknown>[]> {
  const limit = Math.min(Math.max(0, first), mostRows)
  const given = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined))
  const found = await store.list(collection, limit, { where: given })
  return found.map(document => row(document))
}

/** For each id its row, or null: as the batches of the stitched schema ask for them. */
export async function rowsById(
  store: Store,
  collection: string,
  ids: readonly string[],
): Promise<(Record<string, unknown> | null)[]> {
  return Promise.all(ids.map(async id => row(await store.get(collection, id))))
}

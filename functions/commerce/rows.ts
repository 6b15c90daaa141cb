// Documents of a store as GraphQL types: `_id` is their id.
import type { Document, Store } from '../lib/store.ts'

/** Arguments that many queries have. */
export interface ById {
  id: string
}
export interface ByIds {
  ids: readonly string[]
}
export interface Paged {
  first: number | null
}

/** Most rows one query gives. */
const mostRows = 200

/** How many rows a caller gets who asks for `first`; who asks for null gets as many as there may be. */
export function pageSize(first: number | null, most = mostRows): number {
  return Math.min(Math.max(0, first ?? most), most)
}

export function row(document: Document): Record<string, unknown>
export function row(document: Document | undefined): Record<string, unknown> | null
export function row(document: Document | undefined): Record<string, unknown> | null {
  return document ? { ...document, id: document._id } : null
}

export async function rows(
  store: Store,
  collection: string,
  first: number | null,
  where: Readonly<Record<string, string | null | undefined>> = {},
): Promise<Record<string, unknown>[]> {
  const given = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined && value !== null))
  const found = await store.list(collection, pageSize(first), { where: given })
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

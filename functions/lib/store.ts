// What functions keep, and the README of everything below that keeps something.
//
// | a function needs                          | it asks for       | with a server     | embedded otherwise                |
// |-------------------------------------------|-------------------|-------------------|-----------------------------------|
// | documents and append-only logs            | storeOf(env)      | MONGODB_URI       | SQLite at STORE_PATH, or in memory |
// | messages to all instances of the service  | topicsOf(env)     | REDIS_URL         | a log of its store, read anew      |
// | values with an end, rate limits           | cacheOf(env)      | REDIS_URL         | documents of its store             |
//
// (`storeOf` is in stores.ts, `topicsOf` in topics.ts, `cacheOf` in cache.ts.) All three open on first use and may be
// asked for in each request. A service's `app.ts` exports `requireStore` as `start`, so that it refuses to start on a
// cluster without a lasting place:
//
//   export { requireStore as start } from '../../lib/stores.ts'
//   const store = await storeOf(c.env)                          // undefined only when STORE=off
//
// What holds for every adapter, tested by one suite on real servers (store-suite.ts):
// * Documents are JSON: a Date comes back as its string, a field that is undefined is not there.
// * Each operation is atomic on one document. There are no transactions: a change across documents is a sequence of
//   such operations, each of which may be repeated (insert with a chosen `_id`, update with `when`, append with a key).
// * Two that change one document at once: `change` below reads, decides, writes on the condition that nobody came
//   between, and decides anew when somebody did.
//
//   await store.prepare('users', { unique: ['email'] })         // once, before the first use; may be repeated
//   if (!(await store.insert('users', { _id: id, email }))) …   // the id or the address is taken
//   await change(store, 'stock', sku, ({ left }) => (left >= n ? { left: left - n } : undefined))
//   await store.append('events', event.id, event)               // a second delivery of it changes nothing
//   for (const { position, entry } of await store.read('events', seen, 100)) …
//
// * A server that is away: every operation rejects with `StoreUnavailable` within seconds, which an HTTP handler answers
//   with 503 and an event consumer with any 5xx (the broker tries again); nothing is queued in the process. When the
//   server is back the same store object works again. Whether an operation that rejected so was carried out is unknown.

export interface Document {
  readonly _id: string
  readonly [field: string]: unknown
}

/** What a field is compared with; null also means that it is not there. */
export type Scalar = string | number | boolean | null | undefined

export interface Selection {
  /** Only documents whose top-level fields have these values. */
  where?: Readonly<Record<string, Scalar>>
  /** Only what was inserted before the document with this `_id`: the next page. */
  before?: string
}

export interface CollectionShape {
  /** No two documents have the same string or number in such a field. */
  unique?: readonly string[]
  /** Fields that `where` selects by, where a collection becomes large. */
  indexed?: readonly string[]
}

export interface LogEntry {
  /** Strictly increasing within a log, not dense. */
  position: number
  key: string
  entry: unknown
}

export interface Store {
  /** Sees to indexes. Rejects with `KeyTaken` when documents that are there contradict. */
  prepare(collection: string, shape: CollectionShape): Promise<void>
  /** Inserts unless a document with this `_id`, or with the value of a unique field, is there already; says whether it inserted. */
  insert(collection: string, document: Document): Promise<boolean>
  get(collection: string, id: string): Promise<Document | undefined>
  /** The last inserted first. */
  list(collection: string, limit: number, selection?: Selection): Promise<Document[]>
  count(collection: string, where?: Selection['where']): Promise<number>
  /**
   * Sets fields of one document, leaving the others (a field set to undefined goes); with `when`, only if those fields
   * have these values. Returns the document as it is afterwards, or undefined when none matched. Rejects with `KeyTaken`.
   */
  update(
    collection: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    when?: Readonly<Record<string, unknown>>,
  ): Promise<Document | undefined>
  /** Removes one document; with `when`, only if those fields have these values. Says whether it did. */
  remove(collection: string, id: string, when?: Readonly<Record<string, unknown>>): Promise<boolean>
  /** Removes all documents whose `field` is a number below `bound`; says how many. */
  removeBelow(collection: string, field: string, bound: number): Promise<number>
  /** Adds to the end of a log unless an entry has that key already; gives the position of the entry with this key. */
  append(log: string, key: string, entry: unknown): Promise<number>
  /** Entries after a position (0: from the start), in order. What a reader was given is never preceded by something new. */
  read(log: string, after: number, limit: number): Promise<LogEntry[]>
  /** The position of the last entry; 0 when there is none. */
  last(log: string): Promise<number>
  /** Removes the entries up to and including a position, but for the last of all. Their keys are forgotten. */
  trim(log: string, upTo: number): Promise<void>
  close(): Promise<void>
}

/** The store cannot be reached or written: for a while, as a rule. The message names it and says why. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Another document has this value in a unique field. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
}

/** How often a change is decided anew before the document counts as too busy. */
const changeTries = 100

/**
 * Changes one document by a decision on what it is: `decide` gives the fields to set, or undefined to leave it. Returns
 * the document as it is afterwards, undefined when there is none or it was left. Counts `version` up with each change.
 * `decide` may run several times and must have no effect of its own. Rejects with `StoreUnavailable` when others always
 * come between.
 */
export async function change<T extends Document>(
  store: Pick<Store, 'get' | 'update'>,
  collection: string,
  id: string,
  decide: (found: T) => Readonly<Record<string, unknown>> | undefined,
): Promise<T | undefined> {
  for (let tries = 0; tries < changeTries; tries++) {
    const found = (await store.get(collection, id)) as T | undefined
    const fields = found && decide(found)
    if (!fields) return undefined
    const version = Number(found.version ?? 0) + 1
    const changed = await store.update(collection, id, { ...fields, version }, { version: found.version })
    if (changed) return changed as T
  }
  throw new StoreUnavailable(`${collection}/${id} changed ${changeTries} times while a change to it was decided`)
}

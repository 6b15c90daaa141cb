// Documents and logs in MongoDB: one collection each, every operation atomic on one document.
import type { Collection, Db, Filter, MongoClient, MongoServerError } from 'mongodb'
import {
  type CollectionShape,
  type Document,
  KeyTaken,
  type LogEntry,
  type Scalar,
  type Selection,
  type Store,
  StoreUnavailable,
} from './store.ts'
import { asJson, checkComparable, checkFields, checkName } from './store-rules.ts'

/** Milliseconds: a server that is away is told within them. */
const awayAfterMs = 3_000
const operationMs = 10_000

/** A document as MongoDB has it: `_order` says which of two was inserted later. */
interface Kept extends Document {
  readonly _order: number
}

interface KeptEntry {
  /** The position. */
  readonly _id: number
  readonly key: string
  readonly entry: unknown
}

/** Opens the database that the address names (`test` without a name). Connects on first use, and again after a loss. */
export async function openMongodbStore(uri: string): Promise<Store> {
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: awayAfterMs,
    connectTimeoutMS: awayAfterMs,
    waitQueueTimeoutMS: awayAfterMs,
    socketTimeoutMS: operationMs,
    maxPoolSize: 20,
    ignoreUndefined: true,
  })
  return new MongodbStore(client)
}

class MongodbStore implements Store {
  readonly #client: MongoClient
  readonly #database: Db
  readonly #logs = new Map<string, Promise<Collection<KeptEntry>>>()
  #order = 0

  constructor(client: MongoClient) {
    this.#client = client
    this.#database = client.db()
  }

  prepare(collection: string, { unique = [], indexed = [] }: CollectionShape): Promise<void> {
    return this.#told(async () => {
      checkComparable([...unique, ...indexed])
      const documents = this.#documents(collection)
      for (const field of unique) await documents.createIndex({ [field]: 1 }, { unique: true, sparse: true })
      for (const field of indexed) await documents.createIndex({ [field]: 1, _order: -1 })
    })
  }

  insert(collection: string, document: Document): Promise<boolean> {
    return this.#told(async () => {
      checkFields(document)
      const kept = { ...asJson(document), _order: this.#nextOrder() } as Kept
      return unlessTaken(this.#documents(collection).insertOne(kept))
    })
  }

  get(collection: string, id: string): Promise<Document | undefined> {
    return this.#told(async () => shown(await this.#documents(collection).findOne({ _id: { $eq: id } })))
  }

  list(collection: string, limit: number, { where = {}, before }: Selection = {}): Promise<Document[]> {
    return this.#told(async () => {
      const documents = this.#documents(collection)
      const filter = filterOf(where)
      if (limit <= 0) return []
      if (before !== undefined) {
        const page = await documents.findOne({ _id: { $eq: before } })
        if (!page) return []
        Object.assign(filter, { _order: { $lt: page._order } })
      }
      const found = await documents.find(filter).sort({ _order: -1 }).limit(limit).toArray()
      return found.flatMap(each => shown(each) ?? [])
    })
  }

  count(collection: string, where: Selection['where'] = {}): Promise<number> {
    return this.#told(() => this.#documents(collection).countDocuments(filterOf(where)))
  }

  update(
    collection: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    when: Readonly<Record<string, unknown>> = {},
  ): Promise<Document | undefined> {
    return this.#told(async () => {
      checkFields(fields)
      const filter = conditionOf(id, when)
      const documents = this.#documents(collection)
      const change = changeOf(fields)
      if (!change) return shown(await documents.findOne(filter))
      return shown(await documents.findOneAndUpdate(filter, change, { returnDocument: 'after' }))
    })
  }

  remove(collection: string, id: string, when: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    return this.#told(async () => {
      const { deletedCount } = await this.#documents(collection).deleteOne(conditionOf(id, when))
      return deletedCount === 1
    })
  }

  removeBelow(collection: string, field: string, bound: number): Promise<number> {
    return this.#told(async () => {
      checkComparable([field])
      const { deletedCount } = await this.#documents(collection).deleteMany({ [field]: { $lt: bound } } as Filter<Kept>)
      return deletedCount
    })
  }

  /**
   * The next position is claimed by inserting it: whoever comes second finds it taken and goes one further. So no entry
   * appears behind one that was read already, which a counter could not promise.
   */
  append(log: string, key: string, entry: unknown): Promise<number> {
    return this.#told(async () => {
      const entries = await this.#log(log)
      const kept = asJson(entry ?? null)
      for (;;) {
        const position = (await lastOf(entries)) + 1
        if (await unlessTaken(entries.insertOne({ _id: position, key, entry: kept }))) return position
        const there = await entries.findOne({ key: { $eq: key } })
        if (there) return there._id
      }
    })
  }

  read(log: string, after: number, limit: number): Promise<LogEntry[]> {
    return this.#told(async () => {
      if (limit <= 0) return []
      const entries = await this.#log(log)
      const found = await entries
        .find({ _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, key, entry }) => ({ position: _id, key, entry }))
    })
  }

  last(log: string): Promise<number> {
    return this.#told(async () => lastOf(await this.#log(log)))
  }

  trim(log: string, upTo: number): Promise<void> {
    return this.#told(async () => {
      const entries = await this.#log(log)
      // The last entry says where the log goes on.
      const bound = Math.min(upTo, (await lastOf(entries)) - 1)
      await entries.deleteMany({ _id: { $lte: bound } })
    })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #documents(collection: string): Collection<Kept> {
    checkName(collection)
    return this.#database.collection<Kept>(collection)
  }

  #log(log: string): Promise<Collection<KeptEntry>> {
    checkName(log)
    const open = async () => {
      const entries = this.#database.collection<KeptEntry>(`log.${log}`)
      await entries.createIndex({ key: 1 }, { unique: true })
      return entries
    }
    const opened = this.#logs.get(log) ?? open()
    this.#logs.set(log, opened)
    opened.catch(() => this.#logs.delete(log))
    return opened
  }

  // By the clock, so that instances agree about as well as their clocks do; within one it always grows.
  #nextOrder(): number {
    this.#order = Math.max(this.#order + 1, Date.now() * 1_000)
    return this.#order
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof TypeError || error instanceof StoreUnavailable) throw error
      const message = error instanceof Error ? error.message : String(error)
      if (isDuplicate(error)) throw new KeyTaken(message)
      const { hosts } = this.#client.options
      throw new StoreUnavailable(`MongoDB at ${hosts.join(', ')} did not carry it out: ${message}`, { cause: error })
    }
  }
}

const duplicateKey = 11_000

const isDuplicate = (error: unknown) => (error as Partial<MongoServerError> | undefined)?.code === duplicateKey

async function unlessTaken(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

function shown(kept: Kept | null): Document | undefined {
  if (!kept) return undefined
  const { _order, ...document } = kept
  return document
}

// `$eq` keeps a value from being read as an operator; null finds what is not there as well.
function filterOf(where: Readonly<Record<string, unknown>>): Filter<Kept> {
  checkComparable(Object.keys(where))
  return Object.fromEntries(Object.entries(where).map(([field, value]) => [field, { $eq: asJson(value ?? null) }]))
}

function conditionOf(id: string, when: Readonly<Record<string, unknown>>): Filter<Kept> {
  return { ...filterOf(when as Record<string, Scalar>), _id: { $eq: id } }
}

function changeOf(fields: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(fields).filter(([field]) => field !== '_id')
  const set = entries.filter(([, value]) => value !== undefined).map(([field, value]) => [field, asJson(value)])
  const unset = entries.filter(([, value]) => value === undefined).map(([field]) => [field, ''])
  if (entries.length === 0) return undefined
  return {
    ...(set.length > 0 ? { $set: Object.fromEntries(set) } : {}),
    ...(unset.length > 0 ? { $unset: Object.fromEntries(unset) } : {}),
  }
}

async function lastOf(entries: Collection<KeptEntry>): Promise<number> {
  const [last] = await entries
    .find({}, { projection: { _id: 1 } })
    .sort({ _id: -1 })
    .limit(1)
    .toArray()
  return last?._id ?? 0
}

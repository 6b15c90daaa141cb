// Records and their owner: each change counts the version up and is told to everybody with the whole record.
import type { Env } from '../lib/env.ts'
import { publish } from '../lib/events.ts'
import { change, type Document, type Store } from '../lib/store.ts'
import { storeOf } from '../lib/stores.ts'

export interface Versioned extends Document {
  /** 1 when it is made, one more with each change, its end included. */
  version: number
  /** Its end: the record stays, so that versions go on and late readers learn of it. */
  deleted: boolean
  /** What is still to be told of it: `created`, `updated` or `deleted`; empty when everybody knows. */
  pending: string
}

export interface Owner {
  /** Where the records are kept. */
  collection: string
  /** What facts about them begin with: `user`, `asset`, `appconfig`. */
  kind: string
  /** The service that owns them. */
  source: string
  /** The record as others see it, in facts too; `visible` when left out. */
  show?(record: Versioned): Fields
}

export type Fields = Readonly<Record<string, unknown>>
type Headers = Record<string, string>

/** `id` instead of `_id`, the version under a name that no record has a use for itself, and nothing of how it is kept. */
export function visible(record: Versioned): Fields {
  const { _id, version, deleted: _deleted, pending: _pending, ...fields } = record
  return { id: _id, recordVersion: version, ...fields }
}

export class Records<T extends Versioned> {
  readonly #owner: Owner
  readonly #env: Env
  readonly #headers: Headers

  constructor(owner: Owner, env: Env, headers: Headers) {
    this.#owner = owner
    this.#env = env
    this.#headers = headers
  }

  /** Undefined when there is none, or no longer. */
  async get(id: string): Promise<T | undefined> {
    const found = (await (await keeperOf(this.#env)).get(this.#owner.collection, id)) as T | undefined
    return found?.deleted ? undefined : found
  }

  async list(limit: number, where: Readonly<Record<string, string>> = {}): Promise<T[]> {
    const store = await keeperOf(this.#env)
    return (await store.list(this.#owner.collection, limit, { where: { ...where, deleted: false } })) as T[]
  }

  /** Undefined when the id is taken, be it by a record that has ended. */
  async create(id: string, fields: Fields): Promise<T | undefined> {
    const record = { ...fields, _id: id, version: 1, deleted: false, pending: 'created' }
    const inserted = await (await keeperOf(this.#env)).insert(this.#owner.collection, record)
    return inserted ? this.#tell(record as unknown as T) : undefined
  }

  /** Sets fields of a record that is there; `decide` may look at it first, and leave it by giving undefined. */
  update(id: string, decide: (found: T) => Fields | undefined): Promise<T | undefined> {
    return this.#change(id, found => {
      const fields = found.deleted ? undefined : decide(found)
      // Nobody knows of it yet: then what everybody is told is still that it was made.
      return fields && { ...fields, pending: found.pending === 'created' ? 'created' : 'updated' }
    })
  }

  delete(id: string, fields: Fields = {}): Promise<T | undefined> {
    return this.#change(id, found => (found.deleted ? undefined : { ...fields, deleted: true, pending: 'deleted' }))
  }

  /** Undoes an end. */
  restore(id: string, fields: Fields = {}): Promise<T | undefined> {
    return this.#change(id, found => (found.deleted ? { ...fields, deleted: false, pending: 'updated' } : undefined))
  }

  /** Tells what could not be told when it happened. */
  async tellForgotten(limit: number): Promise<void> {
    const store = await keeperOf(this.#env)
    for (const pending of ['created', 'updated', 'deleted']) {
      const forgotten = await store.list(this.#owner.collection, limit, { where: { pending } })
      for (const record of forgotten) await this.#tell(record as T)
    }
  }

  async #change(id: string, decide: (found: T) => Fields | undefined): Promise<T | undefined> {
    const changed = await change<T>(await keeperOf(this.#env), this.#owner.collection, id, decide)
    return changed && this.#tell(changed)
  }

  /** Told before whoever asked for the change is answered; what fails here is told by `tellForgotten`. */
  async #tell(record: T): Promise<T> {
    const { kind, source, collection, show = visible } = this.#owner
    const { _id: id, version, pending } = record
    const event = {
      id: `${kind}:${id}:${version}`,
      type: `${kind}.${pending}`,
      source,
      subject: id,
      data: show(record),
    }
    await publish(this.#env, event, this.#headers)
    await (await keeperOf(this.#env)).update(collection, id, { pending: '' }, { version })
    return record
  }
}

/** The store of a service that has nothing to do without one. */
export async function keeperOf(env: Env): Promise<Store> {
  const store = await storeOf(env)
  if (!store) throw new Error('this service keeps records: STORE=off is none of its settings')
  return store
}

// What a service knows of records that others own: built from facts, whatever order they come in.
import type { CloudEventV1 } from 'cloudevents'
import { PoisonEvent } from '../lib/events.ts'
import { change, type Document, type Store } from '../lib/store.ts'

/** A record as a fact carries it. */
export interface Told {
  id: string
  recordVersion: number
  [field: string]: unknown
}

/** The record in a fact. Throws `PoisonEvent` when there is none: repeating it mends nothing. */
export function recordOf({ id, data }: CloudEventV1<unknown>): Told {
  const told = data as Partial<Told> | null | undefined
  if (typeof told?.id === 'string' && Number.isSafeInteger(told.recordVersion)) return told as Told
  throw new PoisonEvent(`event ${id} carries no record with an id and a version`)
}

/**
 * Remembers a record unless a newer version is known already. `ended` records are remembered too, so that an older fact
 * that comes late does not bring them back. Says whether anything changed.
 */
export async function remember(store: Store, collection: string, told: Told, ended: boolean): Promise<boolean> {
  const { id, recordVersion, ...fields } = told
  const next = { ...fields, known: recordVersion, ended }
  if (await store.insert(collection, { _id: id, ...next })) return true
  const changed = await change(store, collection, id, found => (Number(found.known) < recordVersion ? next : undefined))
  return changed !== undefined
}

/** Undefined when it is not known, or ended. */
export async function recall(store: Store, collection: string, id: string): Promise<Document | undefined> {
  const found = await store.get(collection, id)
  return found?.ended ? undefined : found
}

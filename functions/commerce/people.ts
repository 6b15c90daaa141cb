// Users and customers alike: somebody with an e-mail address that nobody else has.
import type { Document } from '../lib/store.ts'
import { type FactType, fact } from './facts.ts'
import { refuse } from './graphql-endpoint.ts'
import { row } from './rows.ts'
import type { Call } from './service.ts'

const addressShape = /^[^\s@]{1,64}@[^\s@]{1,255}$/

export interface Newcomer {
  collection: string
  id: string
  email: string
  fields: Readonly<Record<string, unknown>>
  /** Told when it is kept. */
  type: FactType
}

/** Keeps a newcomer and tells of it. Throws a `GraphQLError` for an address that is none, or is taken. */
export async function welcome(newcomer: Newcomer, call: Call): Promise<Record<string, unknown>> {
  const { collection, id, fields, type } = newcomer
  const email = newcomer.email.trim().toLowerCase()
  if (!addressShape.test(email)) throw refuse(`"${newcomer.email}" is no e-mail address`)
  const document: Document = { _id: id, ...fields, email }
  if (!(await call.store.insert(collection, document))) throw refuse(`${email} is there already`, 'TAKEN')
  await call.tell(fact(type, collection, id, { id, ...fields, email }, undefined, Date.now()))
  return row(document)
}

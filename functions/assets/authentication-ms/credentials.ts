// Credentials: what is kept of passwords, here and nowhere else. Others name one by its id, which proves nothing.
import { hashPassword, isPassword } from '../../lib/passwords.ts'
import type { Document, Store } from '../../lib/store.ts'
import { recall } from '../read-model.ts'

/** A user as the facts told it. */
export interface KnownUser extends Document {
  email: string
  /** The credential that counts now. */
  credentialId: string
}

interface Credential extends Document {
  /** Whose it is, or will be when they are told of. */
  userId: string
  /** As `lib/passwords.ts` keeps it. */
  kept: string
  /** Since when it has been seen to be no user's, in milliseconds since the epoch; null as long as it was not. */
  unusedSince: number | null
}

const collection = 'credentials'
const users = 'users'
const pageSize = 100

/**
 * How long a credential that is no user's is kept, in milliseconds: a user it was made for may yet be told of, and one
 * who ended may come back.
 */
export const unusedMs = 7 * 24 * 60 * 60_000

/** Keeps a password, and gives the id by which the user's record names it. It counts from when the user is told with it. */
export async function keepPassword(store: Store, userId: string, password: string): Promise<string> {
  const _id = crypto.randomUUID()
  const credential: Credential = { _id, userId, kept: await hashPassword(password), unusedSince: null }
  await store.insert(collection, credential)
  return _id
}

/** Whether a password is the one that was kept. Takes as long when there is no such credential. */
export async function isKept(store: Store, id: string, password: string): Promise<boolean> {
  const found = (await store.get(collection, id)) as Credential | undefined
  return isPassword(password, found?.kept)
}

/** The user of that id, or else of that e-mail address. */
export async function findUser(store: Store, name: string): Promise<KnownUser | undefined> {
  const byId = await knownUser(store, name)
  if (byId) return byId
  const [found] = await store.list(users, 1, { where: { email: name.toLowerCase(), ended: false } })
  return found as KnownUser | undefined
}

export async function knownUser(store: Store, id: string): Promise<KnownUser | undefined> {
  return (await recall(store, users, id)) as KnownUser | undefined
}

/** Removes what has been no user's for long: of passwords that were replaced, users that ended or never came to be. */
export async function forgetUnused(store: Store, now: number): Promise<number> {
  let page = (await store.list(collection, pageSize)) as Credential[]
  for (let last = page.at(-1); last; last = page.at(-1)) {
    for (const credential of page) await mark(store, credential, now)
    page = (await store.list(collection, pageSize, { before: last._id })) as Credential[]
  }
  return store.removeBelow(collection, 'unusedSince', now - unusedMs)
}

async function mark(store: Store, { _id, userId, unusedSince }: Credential, now: number): Promise<void> {
  const isUsed = (await knownUser(store, userId))?.credentialId === _id
  if (isUsed === (unusedSince === null)) return
  await store.update(collection, _id, { unusedSince: isUsed ? null : now })
}

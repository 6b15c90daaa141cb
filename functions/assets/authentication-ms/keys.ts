// The keys tokens are signed with: the newest signs, older ones still verify until the last token of theirs is over.
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Document, Store } from '../../lib/store.ts'

export const algorithm = 'ES256'
/** How long a token counts, in milliseconds. */
export const tokenMs = 60 * 60_000
/** A key that is not replaced by `rotate` is replaced after this. */
const signsForMs = 24 * 60 * 60_000
/** Time for everybody who keeps the keys to have seen a new one, beyond the life of the last token. */
const overlapMs = 30 * 60_000

interface Key extends Document {
  privateKey: JWK
  publicKey: JWK
  createdAt: number
}

const collection = 'keys'
const mostKeys = 10

/** The key that signs now; made when there is none, or it has signed long enough. `now` in milliseconds. */
export async function signingKey(
  store: Store,
  now: number,
): Promise<{ kid: string; key: Awaited<ReturnType<typeof importJWK>> }> {
  const newest = (await keys(store))[0]
  const { _id, privateKey } = newest && now - newest.createdAt < signsForMs ? newest : await rotate(store, now)
  return { kid: _id, key: await importJWK(privateKey, algorithm) }
}

/** Makes a new key, which signs from now on. */
export async function rotate(store: Store, now: number): Promise<Key> {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const [privateKey, publicKey] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)])
  const key: Key = { _id: crypto.randomUUID(), privateKey, publicKey, createdAt: now }
  await store.insert(collection, key)
  await store.removeBelow(collection, 'createdAt', now - signsForMs - tokenMs - overlapMs)
  return key
}

/** For a JWKS: all keys whose tokens may still be around. There is always one, so that nobody keeps an empty set. */
export async function publicKeys(store: Store, now: number): Promise<JWK[]> {
  await signingKey(store, now)
  return (await keys(store)).map(({ _id, publicKey }) => ({ ...publicKey, kid: _id, alg: algorithm, use: 'sig' }))
}

export async function verifyingKey(
  store: Store,
  kid: string,
): Promise<Awaited<ReturnType<typeof importJWK>> | undefined> {
  const found = (await store.get(collection, kid)) as Key | undefined
  return found && importJWK(found.publicKey, algorithm)
}

async function keys(store: Store): Promise<Key[]> {
  return (await store.list(collection, mostKeys)) as Key[]
}

// The key sessions are signed with: given by a Secret, or made once and shared by all instances through the store.
import { type Env, perEnv } from '../../lib/env.ts'
import { requireStore, storeOf } from '../../lib/stores.ts'

const shortest = 16

/** Refuses to start where no key would last. Throws an Error that says what to set. */
export function requireKey(env: Env): void {
  if (!env.SESSION_KEY) requireStore(env)
  else if (env.SESSION_KEY.length < shortest) {
    throw new Error(`SESSION_KEY has ${env.SESSION_KEY.length} characters, it should have ${shortest} or more`)
  }
}

/** The HMAC key of this environment. Rejects while the store cannot be reached. */
export function sessionKey(env: Env): Promise<CryptoKey> {
  return keyOf(env)()
}

const keyOf = perEnv('session.key', env => {
  let key: Promise<CryptoKey> | undefined
  const load = async () => {
    try {
      return await importKey(env.SESSION_KEY || (await sharedSecret(env)))
    } catch (error) {
      // The next visitor tries again.
      key = undefined
      throw error
    }
  }
  return () => {
    key ??= load()
    return key
  }
})

/** Of instances that start together the first one's secret is taken by all. */
async function sharedSecret(env: Env): Promise<string> {
  const fresh = [...crypto.getRandomValues(new Uint8Array(32))].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const store = await storeOf(env)
  if (!store || (await store.insert('keys', { _id: 'session', secret: fresh }))) return fresh
  return String((await store.get('keys', 'session'))?.secret)
}

function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['sign', 'verify'])
}

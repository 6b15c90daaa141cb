// Which store a function gets, decided by its environment.
import { type Env, perEnv } from './env.ts'
import { openMongodbStore } from './mongodb-store.ts'
import { reopening } from './reopening.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

/**
 * A function that stores exports this as `start`: it then refuses to start where its documents could not last.
 * Throws an Error that says what to set.
 */
export function requireStore(env: Env): void {
  choose(env)
}

/** The store of a function, opened on first use; undefined when `STORE=off`. A failure to open is tried anew by the next call. */
export function storeOf(env: Env): Promise<Store> | undefined {
  return opener(env)?.()
}

const opener = perEnv('store', env => {
  const open = choose(env)
  return open && reopening(open)
})

function choose(env: Env): (() => Promise<Store>) | undefined {
  if (env.STORE === 'off') return undefined
  const { MONGODB_URI: uri, STORE_PATH: path } = env
  if (uri) {
    if (!/^mongodb(\+srv)?:\/\//.test(uri)) throw new Error('MONGODB_URI should look like mongodb://HOST:PORT/DATABASE')
    return () => openMongodbStore(uri)
  }
  if (path) return () => openSqliteStore(path)
  if (env.KUBERNETES_SERVICE_HOST) {
    throw new Error(
      'this function stores documents, and on a cluster its own disk goes away with the pod: set MONGODB_URI, or STORE_PATH to a file on a volume',
    )
  }
  // On a developer's machine without any setting: kept as long as the process lives.
  return () => openSqliteStore(':memory:')
}

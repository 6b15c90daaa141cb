// Which store a function gets, decided by its environment.
import { type Env, perEnv } from './env.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

interface Choice {
  open(): Promise<Store>
}

/**
 * A function that stores exports this as `start`: it then refuses to start where its documents could not last.
 * Throws an Error that says what to set.
 */
export function requireStore(env: Env): void {
  choose(env)
}

/** The store of a function, opened on first use; undefined when `STORE=off`. A failure to open is tried anew by the next call. */
export function storeOf(env: Env): Promise<Store> | undefined {
  return opener(env)()
}

const opener = perEnv('store', env => {
  const choice = choose(env)
  let opening: Promise<Store> | undefined
  const open = async ({ open }: Choice) => {
    try {
      return await open()
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  return () => {
    if (choice) opening ??= open(choice)
    return opening
  }
})

function choose(env: Env): Choice | undefined {
  if (env.STORE === 'off') return undefined
  if (env.MONGODB_URI) {
    throw new Error(
      'MONGODB_URI is set, but MongoDB is not supported yet: unset it and set STORE_PATH to a file for SQLite',
    )
  }
  const path = env.STORE_PATH
  if (path) return { open: () => openSqliteStore(path) }
  if (env.KUBERNETES_SERVICE_HOST) {
    throw new Error(
      'this function stores documents, and on a cluster its own disk goes away with the pod: set MONGODB_URI, or STORE_PATH to a file on a volume',
    )
  }
  // On a developer's machine without any setting: kept as long as the process lives.
  return { open: () => openSqliteStore(':memory:') }
}

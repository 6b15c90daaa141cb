// What a function sees as `c.env`: the strings of its environment, and what has been built from them once.

export type Env = Record<string, string | undefined>

export interface Binding<T> {
  /** The value of this environment, made on first use. */
  (env: Env | undefined): T
  /** Puts a value in its place, as the server does for what needs Node. */
  provide(env: Env, value: T): void
}

/** Stands in where a host passes no environment at all, as `app.request('/')` does. */
const noEnv: Env = {}

/**
 * Something made once per environment and kept on it, so that a process may serve many functions side by side.
 * The key is a global symbol: a server and a function bundled apart from each other still share what is bound.
 */
export function perEnv<T>(name: string, make: (env: Env) => T): Binding<T> {
  const key = Symbol.for(`functions.${name}`)
  const read = (env: Env | undefined): T => {
    const bound = (env ?? noEnv) as Env & Record<symbol, T>
    if (!(key in bound)) bound[key] = make(bound)
    return bound[key] as T
  }
  return Object.assign(read, {
    provide(env: Env, value: T) {
      ;(env as Env & Record<symbol, T>)[key] = value
    },
  })
}

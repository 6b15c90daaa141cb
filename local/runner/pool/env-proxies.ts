// Applies the proxies of an environment as Node does when it starts with NODE_USE_ENV_PROXY, but loads TLS and the HTTP
// client only when a function uses them.
import { subscribe } from 'node:diagnostics_channel'
import http from 'node:http'

type Env = Readonly<Record<string, string>>
type Agents = { Agent: typeof http.Agent; globalAgent: http.Agent }

// Both are read by every copy of undici, Node's own included.
const dispatcherSymbols = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')]

/**
 * Sends what `http`, `https`, `fetch` and undici's own functions request through the proxies that `env` names.
 * `dispatcher` makes undici's dispatcher for them; it is called when something is first fetched.
 */
export function useProxies(env: Env, dispatcher: () => unknown): void {
  if (env.http_proxy || env.HTTP_PROXY) proxied(http, env)
  if (env.https_proxy || env.HTTPS_PROXY) whenRequired('https', exported => proxied(exported as Agents, env))
  provideDispatcher(dispatcher)
}

/** The options are those of Node's own global agents. */
function proxied(module: Agents, env: Env): void {
  const options = { keepAlive: true, scheduling: 'lifo', timeout: 5_000, proxyEnv: env } as const
  module.globalAgent = new module.Agent(options)
}

function whenRequired(name: string, use: (exported: unknown) => void): void {
  let used = false
  subscribe('tracing:module.require:end', message => {
    const { id, result } = message as { id: string; result?: unknown }
    if (used || result === undefined || id.replace(/^node:/, '') !== name) return
    used = true
    use(result)
  })
}

function provideDispatcher(make: () => unknown): void {
  let made: unknown
  for (const symbol of dispatcherSymbols) {
    Object.defineProperty(globalThis, symbol, {
      get: () => {
        made ??= make()
        return made
      },
      // undici puts a value in its place when a function sets a dispatcher of its own.
      configurable: true,
      enumerable: false,
    })
  }
}

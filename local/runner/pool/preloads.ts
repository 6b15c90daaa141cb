// Which packages a booted process already holds, and which are left to the project's own node_modules.

/**
 * Modules loaded before a function arrives. None has a default export of its own unless it is CommonJS: the bundle's
 * interop takes the whole module for the default import.
 */
export const preloads = [
  'hono',
  'hono/cookie',
  'hono/cors',
  'hono/factory',
  'hono/http-exception',
  'hono/streaming',
  '@hono/node-server',
  'undici',
  'pino',
] as const

/**
 * Packages loaded only in part, because loading the whole takes a third of a process's boot: exported names and the
 * modules they are. The rest of the package is loaded when a function reads another name.
 */
export const partlyLoaded: Readonly<Record<string, PackageParts>> = {
  undici: {
    parts: {
      Agent: 'undici/lib/dispatcher/agent.js',
      Client: 'undici/lib/dispatcher/client.js',
      Dispatcher: 'undici/lib/dispatcher/dispatcher.js',
      EnvHttpProxyAgent: 'undici/lib/dispatcher/env-http-proxy-agent.js',
      Pool: 'undici/lib/dispatcher/pool.js',
      ProxyAgent: 'undici/lib/dispatcher/proxy-agent.js',
    },
    // As the package's own index does it.
    setUp: "Object.assign(parts.Dispatcher.prototype, require('undici/lib/api'))",
  },
}

export interface PackageParts {
  /** Module by exported name. */
  parts: Readonly<Record<string, string>>
  /** A statement that makes `parts` as complete as they are in the whole package. */
  setUp: string
}

/** Packages too large or too native to bundle: required from the project when a function asks for them. */
export const drivers = ['mongodb', 'ioredis', 'amqplib', 'prom-client'] as const

/**
 * Packages that go into the bundles of the functions that import them, where one file with a code cache loads in a
 * third of the time, and stay outside all others, which only might.
 */
export const bundledWhenImported = ['@google-cloud/functions-framework', '@grpc/grpc-js', '@grpc/proto-loader'] as const

/** The package of an import specifier: `@hono/node-server/conninfo` is `@hono/node-server`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** True when `specifier` stays an import of the bundle. Packages below node_modules bring what they depend on, except hono, their peer. */
export function isExternal(specifier: string, importer: string, bundled: readonly string[] = []): boolean {
  const name = packageOf(specifier)
  if ((drivers as readonly string[]).includes(name)) return true
  if ((bundledWhenImported as readonly string[]).includes(name)) return !bundled.includes(name)
  if (!(preloads as readonly string[]).includes(specifier)) return false
  return packageOf(specifier) === 'hono' || !/[\\/]node_modules[\\/]/.test(importer)
}

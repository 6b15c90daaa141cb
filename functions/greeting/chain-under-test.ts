// The whole greeting system in one process, on free ports: for tests and measurements.
import { type ServeOptions, type Serving, serve } from '../lib/serve.ts'

/** Callees before their callers, so that each is told where the others are. */
const startOrder = ['h', 'g', 'e', 'd', 'c', 'b', 'a', 'gateway'] as const

export interface Chain {
  /** Base URLs by service: `a`, `b`, …, `gateway`. */
  urls: Record<string, string>
  /** Stops one service, as if it had gone away. */
  stop(service: string): Promise<void>
  close(): Promise<void>
}

/** Serves a module on a free loopback port. */
export function serveOnFreePort(module: object, env: ServeOptions['env']): Promise<Serving> {
  return serve(module, {
    listen: { host: '127.0.0.1', port: 0 },
    env: { STORE_PATH: ':memory:', LOG_LEVEL: 'error', ...env },
  })
}

export function urlOf({ address }: Serving): string {
  if (!('port' in address)) throw new Error('not on a port')
  return `http://127.0.0.1:${address.port}`
}

/** A variant of the system: the function of each service, and what tells it who it is. */
interface Variant {
  folderOf(name: string): string
  envOf(name: string): ServeOptions['env']
}

const http: Variant = { folderOf: name => name, envOf: name => ({ HOSTNAME: `pod-${name}` }) }

const grpc: Variant = {
  folderOf: name => (name === 'gateway' ? 'grpc-gateway' : 'grpc'),
  envOf: name => ({ GREETER: name, HOSTNAME: `pod-${name}` }),
}

/** Starts A to H and the gateway, leaves first; `env` goes to all, `own` to single services. */
export function startChain(env?: ServeOptions['env'], own?: Record<string, ServeOptions['env']>): Promise<Chain> {
  return start(http, env, own)
}

/** The same over gRPC. */
export function startGrpcChain(env?: ServeOptions['env'], own?: Record<string, ServeOptions['env']>): Promise<Chain> {
  return start(grpc, env, own)
}

async function start(
  variant: Variant,
  env: ServeOptions['env'] = {},
  own: Record<string, ServeOptions['env']> = {},
): Promise<Chain> {
  const servings = new Map<string, Serving>()
  const urls: Record<string, string> = {}
  const addresses: ServeOptions['env'] = {}
  for (const name of startOrder) {
    const module: object = await import(`./${variant.folderOf(name)}/app.ts`)
    const K_SERVICE = name.length === 1 ? `service-${name}` : name
    const serving = await serveOnFreePort(module, {
      ...env,
      ...addresses,
      ...variant.envOf(name),
      K_SERVICE,
      K_REVISION: `${K_SERVICE}-00001`,
      ...own[name],
    })
    servings.set(name, serving)
    urls[name] = urlOf(serving)
    addresses[`SERVICE_${name.toUpperCase()}_URL`] = urls[name]
  }
  const stop = async (service: string) => servings.get(service)?.close(1_000)
  return {
    urls,
    stop,
    async close() {
      await Promise.all([...servings.keys()].map(stop))
    },
  }
}

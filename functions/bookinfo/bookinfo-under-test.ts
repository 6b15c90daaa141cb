// Bookinfo in one process, on free ports: for tests.
import { type ServeOptions, serve } from '../lib/serve.ts'
import * as details from './details/app.ts'
import * as productpage from './productpage/app.ts'
import * as ratings from './ratings/app.ts'
import * as reviews from './reviews/app.ts'

type Env = ServeOptions['env']

export interface Service {
  url: string
  close(): Promise<void>
}

/** Serves a module, or a Hono app, on a free loopback port. */
export async function serveModule(module: object, env: Env = {}): Promise<Service> {
  const exported = 'default' in module ? module : { default: module }
  const listen = { host: '127.0.0.1', port: 0 }
  const serving = await serve(exported, { listen, env: { LOG_LEVEL: 'silent', STORE_PATH: ':memory:', ...env } })
  if (!('port' in serving.address)) throw new Error('not on a port')
  return { url: `http://127.0.0.1:${serving.address.port}`, close: () => serving.close(1_000) }
}

/** The variables that lead callers to `service`. */
export function at(name: 'DETAILS' | 'REVIEWS' | 'RATINGS', { url }: Service): Env {
  const { hostname, port } = new URL(url)
  return { [`${name}_HOSTNAME`]: hostname, [`${name}_SERVICE_PORT`]: port }
}

export const versions: Readonly<Record<string, Env>> = {
  v1: { ENABLE_RATINGS: 'false' },
  v2: { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' },
  v3: { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' },
}

export interface Bookinfo {
  page: string
  close(): Promise<void>
}

/** Starts everything, with reviews of the version asked for; services given take the place of ours. */
export async function startBookinfo(version: string, given: { ratings?: Service } = {}): Promise<Bookinfo> {
  const started: Service[] = []
  const start = async (module: object, env: Env) => {
    const service = await serveModule(module, env)
    started.push(service)
    return service
  }
  const stars = given.ratings ?? (await start(ratings, {}))
  const facts = await start(details, {})
  const K_REVISION = `reviews-${version}`
  const texts = await start(reviews, { K_REVISION, ...versions[version], ...at('RATINGS', stars) })
  const addresses = { ...at('DETAILS', facts), ...at('REVIEWS', texts), ...at('RATINGS', stars) }
  const { url } = await start(productpage, addresses)
  return {
    page: url,
    async close() {
      await Promise.all(started.map(each => each.close()))
    },
  }
}

// A service of the shop: a GraphQL schema of its own at /graphql, and endpoints that events are delivered to.
import { Hono } from 'hono'
import type { Env } from '../lib/env.ts'
import { takeEvents } from '../lib/event-endpoint.ts'
import { logOf } from '../lib/log.ts'
import { propagate, traceId } from '../lib/propagation.ts'
import { type Store, StoreUnavailable } from '../lib/store.ts'
import { storeOf } from '../lib/stores.ts'
import { type Fact, factOf, outgoing, tell } from './facts.ts'
import { graphqlEndpoint, type Resolvers } from './graphql-endpoint.ts'

/** What a resolver or a consumer works with: the request's environment, and the headers it hands on. */
export interface Call {
  env: Env
  headers: Record<string, string>
  store: Store
  tell(fact: Fact): Promise<void>
  log(message: string, fields?: Record<string, unknown>): void
}

/** Takes a fact in; what it returns is the reply, for those who subscribed to replies. */
export type Consumer = (fact: Fact, call: Call) => Promise<Fact | undefined>

export interface Service {
  schema: string
  resolvers: Resolvers<Call>
  /** By path. A consumer may see a fact more than once, and must then do nothing new. */
  consumers?: Readonly<Record<string, Consumer>>
  /** Once a store, before the first use: indexes, and what a new shop has on its shelves. */
  prepare?(store: Store): Promise<void>
}

export type App = Hono<{ Bindings: Env }>

export function service({ schema, resolvers, consumers = {}, prepare }: Service): App {
  const app: App = new Hono()
  const prepared = new WeakMap<Store, Promise<void>>()
  const callOf = async (env: Env, headers: Record<string, string>): Promise<Call> => {
    const store = await storeOf(env)
    if (!store) throw new StoreUnavailable('the services of the shop keep things: STORE=off is none of their settings')
    await once(prepared, store, prepare)
    const trace_id = traceId(headers)
    return {
      ...{ env, headers, store },
      tell: fact => tell(env, fact, headers),
      log: (message, fields) => logOf(env).info(message, { ...fields, trace_id }),
    }
  }
  graphqlEndpoint(app, { schema, resolvers, contextOf: (env, request) => callOf(env, propagate(request.headers)) })
  for (const [path, consume] of Object.entries(consumers)) {
    takeEvents(app, path, async (event, env, headers) => {
      const reply = await consume(factOf(event), await callOf(env, headers))
      return reply && outgoing(reply)
    })
  }
  return app.notFound(() =>
    Response.json({ error: 'no such path: this is a GraphQL service, at /graphql' }, { status: 404 }),
  )
}

async function once(prepared: WeakMap<Store, Promise<void>>, store: Store, prepare: Service['prepare']): Promise<void> {
  if (!prepare) return
  const known = prepared.get(store) ?? prepare(store)
  prepared.set(store, known)
  try {
    await known
  } catch (error) {
    // The next call tries again.
    prepared.delete(store)
    throw error
  }
}

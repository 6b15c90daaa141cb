// A greeting service over HTTP.
import type { Context } from 'hono'
import { propagate } from '../lib/propagation.ts'
import { documents } from './documents.ts'
import { greet, UpstreamFailed } from './greet.ts'
import { orderOf } from './greeting.ts'
import type { Greeter } from './letters.ts'
import { type App, type Bindings, commonRoutes, json, type Options, refuse } from './routes.ts'
import { pinging } from './upstream.ts'

export function greeter(who: Greeter, options: Options = {}): App {
  const { stores } = who
  const app = commonRoutes(options)

  app.get('/api/ping', async function ping(c) {
    const headers = propagate(c.req.raw.headers)
    const order = orderOf(c.req.query('order'), c.env?.GREETING_ORDER)
    const ask = pinging(c.env, order, headers)
    try {
      const { greetings, partial } = await greet(c.env, who, { order, headers, ask, waitUntil: waitUntil(c) })
      return answer(greetings, partial)
    } catch (error) {
      if (error instanceof UpstreamFailed) return failure(error.message)
      throw error
    }
  })
  if (stores) app.get(`/api/${stores}`, c => documents(c, stores))
  return refuse(app)
}

/** The answer of an edge or a service: what there is, and whether something is missing. */
export function answer(body: object, partial: boolean): Response {
  const headers = partial ? { ...json, 'x-partial': 'true' } : json
  return new Response(`${JSON.stringify(body)}\n`, { headers })
}

export function failure(error: string): Response {
  return new Response(`${JSON.stringify({ error })}\n`, { status: 502, headers: json })
}

/** A host without an execution context (Deno, Bun, a test) runs on anyway. */
function waitUntil(c: Context<Bindings>): (work: Promise<void>) => void {
  return work => {
    try {
      c.executionCtx.waitUntil(work)
    } catch {
      // Hono throws where there is none; the work deals with its own failure.
    }
  }
}

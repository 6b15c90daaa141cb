// A greeting service over HTTP.
import { afterAnswer } from '../lib/after-answer.ts'
import { propagate } from '../lib/propagation.ts'
import { documents } from './documents.ts'
import { greet, UpstreamFailed } from './greet.ts'
import { variantOf } from './greeting.ts'
import type { Greeter } from './letters.ts'
import { type App, commonRoutes, json, type Options, refuse } from './routes.ts'
import { pinging } from './upstream.ts'

export function greeter(who: Greeter, options: Options = {}): App {
  const { stores } = who
  const app = commonRoutes(options)

  app.get('/api/ping', async function ping(c) {
    const headers = propagate(c.req.raw.headers)
    const variant = variantOf(name => c.req.query(name), c.env?.GREETING_ORDER)
    const ask = pinging(c.env, variant, headers, c.req.raw.signal)
    try {
      const { greetings, partial } = await greet(c.env, who, {
        order: variant.order,
        hostname: variant.hostnames ? c.env?.HOSTNAME : undefined,
        headers,
        ask,
        waitUntil: work => afterAnswer(c, work),
      })
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

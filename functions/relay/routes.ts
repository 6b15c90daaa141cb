// The routes every service of the relay has: its own answer at `/`, a greeting at `/hello`, and nothing else.
import { type Context, Hono } from 'hono'
import type { Env } from '../lib/env.ts'
import { propagate, traceHeaders } from '../lib/propagation.ts'
import { json, text } from './content-types.ts'
import { failureFor } from './failure.ts'

export type App = Hono<{ Bindings: Env }>
export type Call = Context<{ Bindings: Env }>

/** Handed back to the caller as well as on to the next service, so that it can be seen what a service was told. */
const echoed: readonly string[] = [...traceHeaders.filter(name => name.startsWith('x-')), 'x-dev-user', 'fail']

/** An app that gives `answer` at `/`, unless the request asks this service to fail. */
export function relayRoutes(answer: (c: Call) => Response | Promise<Response>): App {
  const app: App = new Hono()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(echoOf(c.req.raw.headers))) c.res.headers.set(name, value)
  })
  app.get('/', c => failureFor(c.env, c.req.header('fail')) ?? answer(c))
  app.get('/hello', () => new Response('{"hello":"world!"}', { headers: json }))
  app.all('/hello', () => new Response('{}', { headers: json }))
  app.all('/', () => new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } }))
  return app.notFound(() => new Response('404 page not found\n', { status: 404, headers: text }))
}

/** The headers of a request that its answer repeats. */
export function echoOf(incoming: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(propagate(incoming)).filter(([name]) => echoed.includes(name)))
}

// The routes every greeting service has besides its own: health, status, metrics, echo, and the answers to anything else.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import type { Env } from '../lib/env.ts'
import { metricsOf } from '../lib/metrics.ts'
import { dump } from './request-dump.ts'

export type Bindings = { Bindings: Env }
export type App = Hono<Bindings>

export const json = { 'content-type': 'application/json; charset=utf-8' }
const text = { 'content-type': 'text/plain; charset=utf-8' }

/** An echo is held in memory for a moment; this is the largest body it takes, in bytes. */
const echoLimit = 1_048_576

export interface Options {
  /** Answers browsers of other origins: the services at the edge do. */
  cors?: boolean
}

/** A Hono app with the common routes; the caller adds its own, then `refuse`. */
export function commonRoutes(options: Options = {}): App {
  const app: App = new Hono()
  if (options.cors) app.use(crossOrigin)
  app.get('/api/health', () => new Response('{"alive": true}', { headers: json }))
  app.on(['GET', 'OPTIONS'], '/api/status/:code', c => status(c.req.param('code')))
  app.all('/api/metrics', async c => {
    const { contentType, text } = await metricsOf(c.env).expose()
    return new Response(text, { headers: { 'content-type': contentType } })
  })
  app.all('/api/request-echo', bodyLimit({ maxSize: echoLimit }), async c => {
    return new Response(await dump(c.req.raw), { headers: text })
  })
  return app
}

/** Every other path is 404 in Go's words; a known path with a wrong method is 405. Comes after all routes. */
export function refuse(app: App): App {
  for (const [path, methods] of methodsByPath(app)) {
    app.all(path, () => new Response(null, { status: 405, headers: { allow: methods.join(', ') } }))
  }
  return app.notFound(() => new Response('404 page not found\n', { status: 404, headers: text }))
}

function methodsByPath(app: App): Map<string, string[]> {
  const byPath = new Map<string, string[]>()
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue
    const methods = byPath.get(path) ?? []
    if (method === 'GET') methods.push('GET', 'HEAD')
    else methods.push(method)
    byPath.set(path, methods)
  }
  return byPath
}

/** Answers with the status asked for and no body. Web answers have statuses from 200 to 599; others are refused. */
function status(asked: string): Response {
  const code = /^\d{3}$/.test(asked) ? Number(asked) : 0
  if (code >= 200 && code <= 599) return new Response(null, { status: code })
  const error = `status code "${asked}" should be a number from 200 to 599`
  return new Response(`${JSON.stringify({ error })}\n`, { status: 400, headers: json })
}

const allowMethods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']

/** CORS as the originals set it up: credentials on, any origin or those of ALLOWED_ORIGINS. Costs nothing without an Origin. */
async function crossOrigin(c: Context<{ Bindings: Env }>, next: () => Promise<void>): Promise<Response | undefined> {
  if (!c.req.raw.headers.has('origin')) {
    await next()
    return undefined
  }
  const allowed = (c.env?.ALLOWED_ORIGINS ?? '*').split(',').map(origin => origin.trim())
  // With credentials a browser refuses `*`: the origin is named back.
  const origin = (asking: string) => (allowed.includes('*') || allowed.includes(asking) ? asking : null)
  return (await cors({ origin, credentials: true, allowMethods })(c, next)) ?? undefined
}

// The routes every service of the asset system has besides its own, and how they refuse.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { Env } from '../lib/env.ts'
import { logOf } from '../lib/log.ts'
import { propagate, traceId } from '../lib/propagation.ts'

export type App = Hono<{ Bindings: Env }>

/** Largest record taken, in bytes. */
const mostBytes = 64 * 1024
/** Largest body read at all: facts carry a record and more. */
const mostBytesRead = 1024 * 1024

/** An app that says who it is at `/hello`; a path it does not know is 404, an error nobody expected 503. */
export function service(name: string): App {
  const app: App = new Hono()
  const tooLarge = () => Response.json({ error: `a body has at most ${mostBytesRead} bytes` }, { status: 413 })
  app.use(bodyLimit({ maxSize: mostBytesRead, onError: tooLarge }))
  app.get('/hello', c => c.json({ service: name }))
  app.notFound(() => Response.json({ error: 'no such path' }, { status: 404 }))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return Response.json({ error: error.message }, { status: error.status })
    const trace_id = traceId(propagate(c.req.raw.headers))
    logOf(c.env).error('request failed', { path: c.req.path, error: String(error), trace_id })
    return Response.json({ error: 'not now' }, { status: 503 })
  })
  return app
}

export function refuse(status: 400 | 401 | 403 | 404 | 409 | 413, message: string): HTTPException {
  return new HTTPException(status, { message })
}

/** The JSON object in a body. Throws 400 or 413. */
export async function objectIn(request: { text(): Promise<string> }): Promise<Record<string, unknown>> {
  const text = await request.text()
  if (Buffer.byteLength(text) > mostBytes) throw refuse(413, `a body has at most ${mostBytes} bytes`)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw refuse(400, 'the body is no JSON object')
}

/** Ids are part of paths and of events. */
const idShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The id in a record, or a new one. Throws 400 for one that cannot be. */
export function idIn({ id }: Record<string, unknown>): string {
  if (id === undefined) return crypto.randomUUID()
  if (typeof id === 'string' && idShape.test(id)) return id
  throw refuse(400, 'id: letters, digits, ".", "_" and "-", at most 64')
}

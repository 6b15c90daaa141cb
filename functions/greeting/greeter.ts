// A greeting service: greets, after those it calls; some of them keep their greeting, one publishes it.
import type { Context } from 'hono'
import { type Env, perEnv } from '../lib/env.ts'
import { publish } from '../lib/events.ts'
import { logOf } from '../lib/log.ts'
import { metricsOf } from '../lib/metrics.ts'
import { propagate, traceId } from '../lib/propagation.ts'
import { storeOf } from '../lib/stores.ts'
import { documents } from './documents.ts'
import { type Greeting, newGreeting, type Order, orderOf } from './greeting.ts'
import { type App, commonRoutes, json, refuse } from './routes.ts'
import { gather, type Letter } from './upstream.ts'

export interface Greeter {
  /** `Service-H`; SERVICE_NAME overrides it. */
  name: string
  /** GREETING overrides it. */
  message: string
  /** Whom it calls, in this order, strictly one after another. */
  calls?: readonly Letter[]
  /** The collection in which it keeps its own greetings. */
  stores?: string
  /** Sends its own greeting as an event of this type, from this source, to K_SINK. */
  publishes?: { type: string; source: string }
  /** Answers browsers of other origins. */
  cors?: boolean
}

type Call = Context<{ Bindings: Env }>
type Headers = Record<string, string>

export function greeter(options: Greeter): App {
  const { stores } = options
  const settings = perEnv(`greeter.${options.name}`, env => ({
    name: env.SERVICE_NAME || options.name,
    message: env.GREETING || options.message,
    strict: env.STRICT_UPSTREAM === 'true',
  }))
  const app = commonRoutes(options)

  app.get('/api/ping', async function ping(c) {
    const { name, message, strict } = settings(c.env)
    const headers = propagate(c.req.raw.headers)
    const order = orderOf(c.req.query('order'), c.env?.GREETING_ORDER)
    const before = order === 'pre' ? newGreeting(name, message) : undefined
    const { greetings, partial } = await gather(c.env, options.calls ?? [], order, headers)
    const own = before ?? newGreeting(name, message)
    logOf(c.env).info('greeting', { greeting: own.id, trace_id: traceId(headers) })
    afterwards(c, options, own, headers)
    if (partial && strict) return failure('an upstream service failed')
    return answer(inOrder(own, greetings, order), partial)
  })
  if (stores) app.get(`/api/${stores}`, c => documents(c, stores))
  return refuse(app)
}

function inOrder(own: Greeting, others: Greeting[], order: Order): Greeting[] {
  return order === 'pre' ? [own, ...others] : [...others, own]
}

function answer(greetings: Greeting[], partial: boolean): Response {
  const headers = partial ? { ...json, 'x-partial': 'true' } : json
  return new Response(`${JSON.stringify(greetings)}\n`, { headers })
}

export function failure(error: string): Response {
  return new Response(`${JSON.stringify({ error })}\n`, { status: 502, headers: json })
}

/** Keeps and publishes without holding up the answer, and never changing it: what fails is logged and counted. */
function afterwards(c: Call, { stores, publishes }: Greeter, own: Greeting, headers: Headers): void {
  if (stores && c.env.STORE !== 'off') {
    waitUntil(c, contain(c.env, 'stored', keep(c.env, stores, own), headers))
  }
  if (publishes && c.env.K_SINK) {
    const event = { ...publishes, id: own.id, data: own }
    waitUntil(c, contain(c.env, 'published', publish(c.env, event, headers), headers))
  }
}

/** A host without an execution context (Deno, Bun, a test) runs on anyway. */
function waitUntil(c: Call, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Hono throws where there is none; `contain` has dealt with the work's own failure.
  }
}

async function keep(env: Env, collection: string, greeting: Greeting): Promise<void> {
  await (await storeOf(env))?.insert(collection, { _id: greeting.id, ...greeting })
}

async function contain(env: Env, what: string, work: Promise<void>, headers: Headers): Promise<void> {
  try {
    await work
    logOf(env).debug(`greeting ${what}`, { trace_id: traceId(headers) })
  } catch (error) {
    metricsOf(env).count('greeting_afterwork_failures_total', 'Greetings not stored or not published.', { what })
    logOf(env).error(`greeting not ${what}`, { error: String(error), trace_id: traceId(headers) })
  }
}

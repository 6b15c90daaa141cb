// A hop of the relay: asks the next one, and answers with a line of its own before what it was told.
import { type Answer, call } from '../lib/call.ts'
import { type Env, perEnv } from '../lib/env.ts'
import { logOf } from '../lib/log.ts'
import { metricsOf } from '../lib/metrics.ts'
import { propagate, traceId } from '../lib/propagation.ts'
import { text } from './content-types.ts'
import { type App, type Call, echoOf, relayRoutes } from './routes.ts'

export interface Hop {
  /** What the line says who it is; SERVICE_NAME overrides it. */
  name: string
  /** Whom it asks; UPSTREAM_URI overrides it. */
  upstream: string
}

/** Every hop below may have to start first, one after another. In milliseconds. */
const upstreamTimeoutMs = 30_000

const settingsOf = (defaults: Hop) =>
  perEnv(`hop.${defaults.name}`, env => ({
    name: env.SERVICE_NAME || defaults.name,
    upstream: env.UPSTREAM_URI || defaults.upstream,
    // The original answered 200 whatever the next one said; then nobody, and no rule of a mesh, sees a failure.
    swallows: env.UPSTREAM_ERROR_MODE === 'swallow',
    // The Node variant of the original wrote a blank at the end of its line.
    ending: env.FLAVOUR === 'node' ? ' \n' : '\n',
  }))

export function hop(defaults: Hop): App {
  const settings = settingsOf(defaults)
  return relayRoutes(async c => {
    const { name, upstream, swallows, ending } = settings(c.env)
    const startedAt = performance.now()
    const told = await ask(c, upstream)
    const line = `tooks (${Math.round(performance.now() - startedAt)} ms) ${name} --getRespondFrom--> ${upstream}${ending}`
    if (swallows || told.ok) return new Response(line + told.body, { headers: text })
    return new Response(line + failureBelow(told), { status: 502, headers: text })
  })
}

interface Told {
  ok: boolean
  /** Undefined when there was no answer at all. */
  status?: number
  body: string
}

async function ask(c: Call, upstream: string): Promise<Told> {
  const headers = propagate(c.req.raw.headers)
  const fields = { upstream, headers: echoOf(c.req.raw.headers), trace_id: traceId(headers) }
  try {
    const answer = await call(c.env, upstream, { headers, timeoutMs: upstreamTimeoutMs })
    const told = await toldBy(answer)
    logOf(c.env).info('relayed', { ...fields, status: told.status })
    if (!told.ok) countFailure(c.env)
    return told
  } catch (error) {
    logOf(c.env).error('no answer from upstream', { ...fields, error: String(error) })
    countFailure(c.env)
    return { ok: false, body: '' }
  }
}

async function toldBy(answer: Answer): Promise<Told> {
  return { ok: answer.ok, status: answer.status, body: await answer.text() }
}

function countFailure(env: Env): void {
  metricsOf(env).count('relay_upstream_failures_total', 'Calls of the next service that failed.')
}

/** The lines of the hops below when they had any, so that one reads how far a request came; else what went wrong here. */
function failureBelow({ status, body }: Told): string {
  if (body.startsWith('tooks (')) return body
  return status === undefined ? 'upstream did not answer\n' : `upstream answered ${status}\n`
}

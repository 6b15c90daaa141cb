// Calling the next greeting services: one after another, each failure contained.
import { call } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'
import { logOf } from '../lib/log.ts'
import { metricsOf } from '../lib/metrics.ts'
import { traceId } from '../lib/propagation.ts'
import { asGreetings, type Greeting, type Order } from './greeting.ts'
import type { Letter } from './letters.ts'

export interface Gathered {
  greetings: Greeting[]
  /** Greetings are missing, here or further down. */
  partial: boolean
}

/** Asks one service for its greetings. Rejects unless it answers in time. */
export type Ask = (letter: Letter) => Promise<Gathered>

/** Asks each service in turn, as the originals do; what fails leaves a gap, a log line and a count. */
export async function gather(
  env: Env,
  letters: readonly Letter[],
  ask: Ask,
  headers: Record<string, string>,
): Promise<Gathered> {
  const greetings: Greeting[] = []
  let partial = false
  for (const letter of letters) {
    try {
      const answer = await ask(letter)
      greetings.push(...answer.greetings)
      partial ||= answer.partial
    } catch (error) {
      partial = true
      metricsOf(env).count('greeting_upstream_failures_total', 'Calls without a usable answer, by service.', { letter })
      logOf(env).error('no greeting from upstream', {
        upstream: letter,
        error: String(error),
        trace_id: traceId(headers),
      })
    }
  }
  return { greetings, partial }
}

/** Asks by `GET /api/ping`; anything but 200 with greetings is a failure. */
export function pinging(env: Env, order: Order, headers: Record<string, string>): Ask {
  return async letter => {
    const base = env[`SERVICE_${letter.toUpperCase()}_URL`] ?? `http://service-${letter}.greeting`
    const url = `${base}/api/ping${order === 'pre' ? '?order=pre' : ''}`
    logOf(env).debug('calling', { url, trace_id: traceId(headers) })
    const answer = await call(env, url, { headers })
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    return { greetings: asGreetings(await answer.json()), partial: answer.headers.get('x-partial') === 'true' }
  }
}

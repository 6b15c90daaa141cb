// Calling the next greeting services: one after another, each failure contained.
import { call } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'
import { logOf } from '../lib/log.ts'
import { metricsOf } from '../lib/metrics.ts'
import { traceId } from '../lib/propagation.ts'
import { asGreetings, type Greeting, type Variant } from './greeting.ts'
import type { Letter } from './letters.ts'

export interface Gathered {
  greetings: Greeting[]
  /** Greetings are missing, here or further down. */
  partial: boolean
}

/** How long a chain may take of which nobody says more, in milliseconds: those that sleep wake, those that die are replaced. */
export const patienceMs = 30_000

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
      // Whoever asked has left: there is nobody to ask the others for, and nothing wrong with this one.
      if (error instanceof Error && error.name === 'AbortError') break
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

/**
 * Asks by `GET /api/ping` for greetings of the variant; anything but 200 with greetings is a failure. `signal`: of the
 * request that they are for, given up with it.
 */
export function pinging(
  env: Env,
  { order, hostnames }: Variant,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Ask {
  const asked = [order === 'pre' ? 'order=pre' : '', hostnames ? 'v=2021' : ''].filter(Boolean).join('&')
  return async letter => {
    const base = env[`SERVICE_${letter.toUpperCase()}_URL`] ?? `http://service-${letter}.greeting`
    const url = `${base}/api/ping${asked && `?${asked}`}`
    logOf(env).debug('calling', { url, trace_id: traceId(headers) })
    const answer = await call(env, url, { headers, timeoutMs: patienceMs, signal })
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    return { greetings: asGreetings(await answer.json()), partial: answer.headers.get('x-partial') === 'true' }
  }
}

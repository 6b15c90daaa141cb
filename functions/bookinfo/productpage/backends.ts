// What the page knows of a book: asked from three services, each of which may fail without taking the page along.
import { type Answer, call } from '../../lib/call.ts'
import type { Env } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { metricsOf } from '../../lib/metrics.ts'
import { traceId } from '../../lib/propagation.ts'
import { addressOf } from '../address.ts'

export type Backend = 'details' | 'reviews' | 'ratings'

export interface Fetched {
  status: number
  /** The answer's JSON, or `{ error }` when the status is not 200. */
  body: unknown
  /** The revision that answered, where one did. */
  revision?: string
}

/** How long one try may take, in milliseconds. */
const timeoutMs = 3_000

/** The workshop's planted bug: reviews are asked twice, so their ten seconds of patience never fit into these six. */
const tries: Readonly<Record<Backend, number>> = { details: 1, reviews: 2, ratings: 1 }

/** Asks a service about a product. Never rejects: a failure is a status and a sentence for the reader. */
export async function ask(env: Env, backend: Backend, id: number, headers: Record<string, string>): Promise<Fetched> {
  let status = 500
  for (let left = tries[backend]; left > 0; left--) {
    const answer = await tryOnce(env, backend, id, headers)
    if (answer?.status === 200) return answer
    status = answer?.status ?? 500
  }
  return { status, body: { error: `Sorry, product ${backend} are currently unavailable for this book.` } }
}

async function tryOnce(
  env: Env,
  backend: Backend,
  id: number,
  headers: Record<string, string>,
): Promise<Fetched | undefined> {
  const url = `${addressOf(env, backend)}/${backend}/${id}`
  try {
    const answer = await call(env, url, { headers, timeoutMs })
    count(env, backend, String(answer.status))
    return await fetchedFrom(answer)
  } catch (error) {
    count(env, backend, '500')
    logOf(env).error('no answer from a backend', { url, error: String(error), trace_id: traceId(headers) })
    return undefined
  }
}

async function fetchedFrom(answer: Answer): Promise<Fetched> {
  const revision = answer.headers.get('x-revision')
  const body = answer.status === 200 ? await answer.json() : undefined
  return { status: answer.status, body, ...(revision ? { revision } : {}) }
}

function count(env: Env, destination_app: Backend, response_code: string): void {
  metricsOf(env).count('request_result_total', 'Answers of the services behind the page.', {
    destination_app,
    response_code,
  })
}

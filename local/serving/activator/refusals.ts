// What the activator answers in the function's stead when it has no place to give.
import { Refusal, type RevisionTarget } from '../../seams/upstreams.ts'

// The headers Go's http.Error sets, which the real activator answers with.
const errorHeaders = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

/** No such revision (activator/handler/context_handler.go). */
export function revisionNotFound({ revision }: RevisionTarget): Refusal {
  const sentence = `Error getting active endpoint: revision.serving.knative.dev "${revision}" not found\n`
  return new Refusal(404, sentence, errorHeaders)
}

/** Too many wait already (queue/breaker.go, ErrRequestQueueFull). */
export function queueFull(): Refusal {
  return new Refusal(503, 'pending request queue full\n', errorHeaders)
}

/** The request waited for as long as its revision allows (cmd/activator, the timeout handler around the throttler). */
export function waitedTooLong(): Refusal {
  return new Refusal(504, 'activator request timeout')
}

/** No instance gets ready; a cluster would let the request wait until it times out. `retryAfterMs` is a hint. */
export function neverReady(reason: string, message: string, retryAfterMs?: number): Refusal {
  const retry: Record<string, string> = retryAfterMs ? { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) } : {}
  return new Refusal(503, `${reason}: ${message.trim()}\n`, { ...errorHeaders, ...retry })
}

/** The client is gone, nobody reads this answer. */
export function cancelled(): Refusal {
  return new Refusal(499, 'client closed request\n', errorHeaders)
}

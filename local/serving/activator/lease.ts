// What the activator hands out: a place at an instance of a revision, at once or later, or an answer in its stead.

/** Where an instance listens: a unix socket, or a port of the loopback. */
export type Endpoint = { path: string; protocol: Protocol } | { host: string; port: number; protocol: Protocol }

export type Protocol = 'http1' | 'h2c'

/** Limits of one request in milliseconds; 0 is none (timeoutSeconds, responseStartTimeoutSeconds, idleTimeoutSeconds). */
export interface RequestLimits {
  timeoutMs: number
  responseStartTimeoutMs: number
  idleTimeoutMs: number
}

/** A place at an instance, held until `release` or `fail` is called; a second call does nothing. */
export interface Lease {
  readonly endpoint: Endpoint
  readonly limits: RequestLimits
  /** True when the request waited, or the activator stands in the path for lack of burst capacity. */
  readonly viaActivator: boolean
  /** The pod it is at. */
  readonly instance?: string
  /** The exchange is over. */
  release(): void
  /** The instance refused the connection or died before it answered: it is not offered again until a probe passes. */
  fail(): void
}

export interface PendingLease {
  /** Rejects with a `Refusal` when no place came in time or none will come. */
  readonly granted: Promise<Lease>
  /** The client went away: the request leaves the queue, a lease it was granted meanwhile is released. */
  cancel(): void
}

export interface RevisionTarget {
  namespace: string
  revision: string
  /** True when nobody waits for the answer, as with an event: such a call says nothing of what a request needs next. */
  background?: boolean
}

/** An answer in place of the function's. */
export class Refusal extends Error {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
    super(body)
    this.name = 'Refusal'
    this.status = status
    this.body = body
    this.headers = headers
  }
}

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

export function isPending(lease: Lease | PendingLease): lease is PendingLease {
  return 'granted' in lease
}

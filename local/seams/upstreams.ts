// Places at instances of a revision: the mesh asks for one behind a route, serving's activator gives it.

/** Where an instance listens: a unix socket, or a port of the loopback. */
export type Endpoint = { path: string; protocol: Protocol } | { host: string; port: number; protocol: Protocol }

export type Protocol = 'http1' | 'h2c'

/** Limits of one request in milliseconds; 0 is none (Knative's timeoutSeconds and its two siblings). */
export interface RequestLimits {
  /** From the request's arrival to the first byte of the answer when streaming began, else to its end. */
  timeoutMs: number
  responseStartTimeoutMs: number
  idleTimeoutMs: number
}

/** A place at an instance, held until `release` or `fail` is called; a second call does nothing. */
export interface Lease {
  readonly endpoint: Endpoint
  readonly limits: RequestLimits
  /** True when the request waited, or the activator stands in the path for lack of burst capacity: then `K-Proxy-Request` is set. */
  readonly viaActivator: boolean
  /** The pod it is at. */
  readonly instance?: string
  /** The exchange is over: the last byte of the answer was sent, or the client went away. */
  release(): void
  /** The instance refused the connection or died before it answered: it is not offered again until probed. */
  fail(): void
}

/** Waiting for a place: the revision wakes, or every instance is at its concurrency. */
export interface PendingLease {
  /** Rejects with a `Refusal` when no place came in time or the queue is full. */
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

export interface Upstreams {
  /** A lease at once when an instance has room, else a pending one. Throws `Refusal` when there never will be one. */
  lease(target: RevisionTarget): Lease | PendingLease
}

/** An answer in place of the function's: the activator's, or the queue's. */
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

export function isPending(lease: Lease | PendingLease): lease is PendingLease {
  return 'granted' in lease
}

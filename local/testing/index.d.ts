// The public types of `skiff/testing`: unit tests of routes, without ports, processes or a cluster.
import type { Explanation } from '../mesh/explain/explanation.d.ts'

export type * from '../mesh/explain/explanation.d.ts'

export interface WorldOptions {
  /** Files, folders and patterns such as `istio/relay/**`, relative to `cwd`; or objects as YAML would give them. */
  manifests: readonly (string | object)[]
  /** Draws of weights, faults, mirrors and retry pauses: the same seed, the same draws. Default 1. */
  seed?: number
  /** Default: the current folder. */
  cwd?: string
}

/** A program inside the mesh. Namespace and service account are `default` unless given. */
export interface Caller {
  namespace?: string
  serviceAccount?: string
  /** As `sourceLabels` of a rule see them. */
  labels?: Readonly<Record<string, string>>
}

export interface FetchOptions {
  method?: string
  headers?: Readonly<Record<string, string>> | Headers
  body?: string | Uint8Array
  /** A program inside the mesh, or a client before the ingress gateway (default). */
  from?: Caller | 'outside'
}

/** Who a handler answers as. */
export interface StandIn {
  /** In full: `reviews.default.svc.cluster.local`, or a host outside. */
  host: string
  port: number
  /** Of a DestinationRule; empty for the whole service. */
  subset: string
  /** As Envoy names it: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
  cluster: string
  /** The endpoint's labels. */
  labels: Readonly<Record<string, string>>
  /** Of a Knative Service. */
  revision?: { namespace: string; name: string }
}

/**
 * Answers a request of the mesh in a test. Throwing is a failure of the backend, 500; `Response.error()` breaks the
 * connection off, which is what `retryOn: reset` is about.
 */
export type Handler = (request: Request, standIn: StandIn) => Response | Promise<Response>

/** Time stands still until a test moves it: timeouts, delays and pauses before retries wait for that. */
export interface WorldClock {
  /** Milliseconds since the epoch; a world begins at 2026-01-01T00:00:00Z. */
  now(): number
  /** Moves time on by `ms`; whatever falls due happens at its own moment, and comes to rest before the next. */
  advance(ms: number): Promise<void>
}

export interface World {
  clock: WorldClock
  /**
   * What a client gets. Waits for `clock.advance` where the mesh or a handler waits. `https:` is TLS to the ingress
   * gateway; a program inside the mesh calls `http:`. Nothing ever leaves the process: a request that would is answered
   * by a handler, or by a JSON echo of what a backend would have seen.
   */
  fetch(input: string | URL | Request, options?: FetchOptions): Promise<Response>
  /** Why a request goes where it goes: rules passed over, rewrites, shares. */
  explain(input: string | URL, options?: FetchOptions): Explanation
  /** Answers for a service `reviews.default`, one revision `reviews-v2.default`, a host outside, or `*` for all others. */
  service(name: string, handler: Handler): void
  /** Changes rules in mid-test, as `kubectl apply` does. Rejects with what is refused. */
  apply(...manifests: (string | object)[]): Promise<void>
  /** Takes an object away, as `kubectl delete` does: `delete('VirtualService', 'reviews', 'default')`. */
  delete(kind: string, name: string, namespace?: string): Promise<void>
  close(): Promise<void>
}

/** Rejects with every flaw of the manifests, each with its file and line. */
export function world(options: WorldOptions): Promise<World>

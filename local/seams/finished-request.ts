// A request that a hop of the mesh is done with: the mesh tells of it, telemetry makes logs, metrics and spans of it.
import type { Identity } from './identity.ts'
import type { RevisionTarget } from './upstreams.ts'

export interface FinishedRequest {
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  /** Where it came in: a gateway's port, or an outbound port of the caller. */
  door: 'gateway' | 'outbound'
  port: number
  method: string
  host: string
  target: string
  /** Of the answer; 0 when the client went away before it began. */
  status: number
  /** Envoy's response flags: `-`, `UF`, `URX,UC`, `DI,FI`, … */
  flags: string
  /** Envoy's response code details: `via_upstream`, `route_not_found`, … */
  details: string
  /** As Envoy names them (`outbound|80||service-a.greeting.svc.cluster.local`); empty when none was found. */
  route: string
  cluster: string
  /** The socket asked last; empty when none was. */
  upstreamAddress: string
  revision: RevisionTarget | undefined
  caller: Identity | undefined
  /** Of the request's body and of the answer's. */
  receivedBytes: number
  sentBytes: number
  /** Flat, names in lower case: as they left this hop. To be read at once, not to be kept. */
  headers: readonly string[]
  /** Where the client stood. */
  peer: string
  contentType: string
  /** The pod that took the request, and for how many milliseconds none did. */
  instance: string
  waitedMs: number
  /** What the tracer gave the hop when it began. */
  span: unknown
}

// What is told of a request when it is over; telemetry makes access logs and metrics of it.
import type { Identity } from '../identity.ts'
import type { RevisionTarget } from '../upstreams.ts'

export interface RequestRecord {
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  method: string
  host: string
  target: string
  /** Of the answer; 0 when the client went away before it began. */
  status: number
  /** Envoy's response flags: `-`, `UF`, `UC`, `DC`, `UT`, … */
  flags: string
  /** Envoy's response code details: `via_upstream`, `route_not_found`, … */
  details: string
  revision: RevisionTarget | undefined
  caller: Identity | undefined
  requestId: string
  /** Instances asked. */
  attempts: number
}

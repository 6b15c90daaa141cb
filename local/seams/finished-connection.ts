// A connection that the mesh carried as bytes and that is over: the mesh tells of it, telemetry makes logs of it.
import type { Identity } from './identity.ts'

export interface FinishedConnection {
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  /** Where it came in: a gateway's port, or an outbound port of the caller. */
  door: 'gateway' | 'outbound'
  port: number
  /** Envoy's response flags: `-`, `UH`, `UF,URX`, `UO`, `NC`. */
  flags: string
  /** Why no connection to an endpoint came about, in Envoy's words; empty when one did, or it took too long. */
  failure: string
  /** Of the client's hello; empty when it named none, or was not read. */
  serverName: string
  /** As Envoy names it; empty when there is none of that name. */
  cluster: string
  /** The socket asked; empty when none was. */
  upstreamAddress: string
  caller: Identity | undefined
  /** Where the client stood. */
  peer: string
  receivedBytes: number
  sentBytes: number
}

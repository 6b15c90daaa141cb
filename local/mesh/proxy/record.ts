// What is told of a request when a hop is done with it; telemetry makes access logs and metrics of it.
import type { HeaderList } from '../codec/head.ts'
import type { Identity } from '../identity.ts'
import type { RouteOrigin } from '../table/route.ts'
import type { RevisionTarget } from '../upstreams.ts'
import type { Hop } from './hop.ts'
import type { HopSpan } from './tracing.ts'

export interface RequestRecord {
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
  /** As Envoy names them; empty when none was found. */
  virtualHost: string
  route: string
  cluster: string
  /** The rule in its object. */
  origin: RouteOrigin | undefined
  /** The socket asked last; empty when none was. */
  upstreamAddress: string
  revision: RevisionTarget | undefined
  caller: Identity | undefined
  requestId: string
  /** Tries at the cluster, the first one included; 0 when there was no cluster to ask. */
  attempts: number
  /** Of the request's body and of the answer's. */
  receivedBytes: number
  sentBytes: number
  /** As they left this hop, and where the client stood: for access logs. To be read at once, not to be kept. */
  headers: HeaderList
  peer: string
  contentType: string
  /** The pod that took the request, and for how long none did. */
  instance: string
  waitedMs: number
  span: HopSpan | undefined
}

/** Tells of the hop's end, if anybody wants to know. */
export function report(hop: Hop, status: number, flags: string, details: string): void {
  const { onRequest, clock } = hop.wire
  if (!onRequest) return
  const { incoming, door, route } = hop
  onRequest({
    startedAt: hop.startedAt,
    durationMs: clock.now() - hop.startedAt,
    door: door.kind,
    port: door.port,
    method: incoming.head.method,
    host: incoming.host,
    target: incoming.target,
    status,
    flags: joinedFlags(hop.flags, flags),
    details,
    virtualHost: hop.virtualHost?.name ?? '',
    route: route?.name ?? '',
    cluster: hop.cluster?.name ?? '',
    origin: route?.origin,
    upstreamAddress: hop.address,
    revision: hop.revision,
    caller: incoming.caller,
    requestId: hop.requestId,
    attempts: hop.attempts,
    receivedBytes: hop.receivedBytes,
    sentBytes: hop.sentBytes,
    headers: hop.headers,
    peer: incoming.peer,
    contentType: incoming.head.contentType,
    instance: hop.instance,
    waitedMs: hop.waitedMs,
    span: hop.span,
  })
}

export function joinedFlags(before: string, last: string): string {
  if (before === '') return last
  return last === '-' ? before : `${before},${last}`
}

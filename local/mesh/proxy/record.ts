// What is told of a request when a hop is done with it; telemetry makes access logs and metrics of it.

import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { RouteOrigin } from '../table/route.ts'
import type { Hop } from './hop.ts'
import type { HopSpan } from './tracing.ts'

/** With what stands in the mesh's own terms, for its tests and explanations. */
export interface RequestRecord extends FinishedRequest {
  /** As Envoy names it; empty when none was found. */
  virtualHost: string
  /** The rule in its object. */
  origin: RouteOrigin | undefined
  requestId: string
  /** Tries at the cluster, the first one included; 0 when there was no cluster to ask. */
  attempts: number
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

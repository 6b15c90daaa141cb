// `connectionPool`: how many connections and requests a cluster lets through.
import type { ConnectionPoolSettings } from '../../../api/istio/types.ts'
import { type ConnectionLimits, type TcpLimits, usualTcpLimits } from '../../table/cluster.ts'
import { durationMs } from '../virtual-service/duration.ts'

const defaultConnectTimeoutMs = 10_000

/** Zero and left out are the same: no limit. */
export function compileConnectionLimits(settings: ConnectionPoolSettings | undefined): ConnectionLimits | undefined {
  const { tcp = {}, http = {} } = settings ?? {}
  const limits: ConnectionLimits = {
    maxConnections: tcp.maxConnections || undefined,
    maxPendingRequests: http.http1MaxPendingRequests || undefined,
    maxRequests: http.http2MaxRequests || undefined,
    maxRequestsPerConnection: http.maxRequestsPerConnection || undefined,
    maxConcurrentStreams: http.maxConcurrentStreams || undefined,
    maxRetries: http.maxRetries || undefined,
    idleTimeoutMs: durationMs(http.idleTimeout ?? tcp.idleTimeout),
  }
  return Object.values(limits).some(limit => limit !== undefined) ? limits : undefined
}

/** The rule's own, else MeshConfig's `connectTimeout`, else ten seconds. */
export function connectTimeoutOf(settings: ConnectionPoolSettings | undefined, ofMesh: number | undefined): number {
  return durationMs(settings?.tcp?.connectTimeout) ?? ofMesh ?? defaultConnectTimeoutMs
}

/** Of the rule as a whole: what it says of a port or a subset is nothing to Istio here (networkfilter.go). */
export function compileTcpLimits(settings: ConnectionPoolSettings | undefined): TcpLimits {
  const { idleTimeout, maxConnectionDuration } = settings?.tcp ?? {}
  return {
    idleTimeoutMs: durationMs(idleTimeout) ?? usualTcpLimits.idleTimeoutMs,
    maxDurationMs: durationMs(maxConnectionDuration) || undefined,
  }
}

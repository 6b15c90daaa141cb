// For tests: clusters as a compilation would make them.
import {
  type Balancing,
  type Cluster,
  type ClusterEndpoint,
  type ConnectionLimits,
  type OutlierDetection,
  usualTcpLimits,
} from '../table/cluster.ts'
import type { BalancedRequest, Balancer, PendingPlacement, Placement } from './balancer.ts'

export function address(port: number, weight = 1): ClusterEndpoint {
  return { kind: 'address', host: '127.0.0.1', port, labels: {}, weight, locality: '' }
}

export interface ClusterParts {
  endpoints: readonly ClusterEndpoint[]
  balancing?: Balancing
  limits?: Partial<ConnectionLimits>
  outlier?: Partial<OutlierDetection>
  protocol?: Cluster['protocol']
  discovery?: Cluster['discovery']
}

/** Least request, without limits and outlier detection unless named; what is named is filled up with Envoy's defaults. */
export function cluster({ endpoints, balancing, limits, outlier, protocol, discovery }: ClusterParts): Cluster {
  return {
    name: 'outbound|80||svc.app.svc.cluster.local',
    key: 'gateway outbound|80||svc.app.svc.cluster.local',
    host: 'svc.app.svc.cluster.local',
    port: 80,
    subset: '',
    protocol: protocol ?? 'http1',
    discovery: discovery ?? 'static',
    endpoints,
    balancing: balancing ?? { kind: 'least-request' },
    limits: limits && { ...noLimits, ...limits },
    outlier: outlier && { ...envoyDefaults, ...outlier },
    tls: undefined,
    connectTimeoutMs: 10_000,
    tcp: usualTcpLimits,
    metadata: { service: 'svc', namespace: 'app' },
  }
}

/** As without `connectionPool`. */
export const noLimits: ConnectionLimits = {
  maxConnections: undefined,
  maxPendingRequests: undefined,
  maxRequests: undefined,
  maxRequestsPerConnection: undefined,
  maxConcurrentStreams: undefined,
  maxRetries: undefined,
  idleTimeoutMs: undefined,
}

/** As with an empty `outlierDetection`. */
export const envoyDefaults: OutlierDetection = {
  consecutive5xx: 5,
  consecutiveGatewayErrors: 0,
  consecutiveLocalOriginFailures: 5,
  splitExternalLocalOriginErrors: false,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionPercent: 10,
  minHealthPercent: 0,
}

export function request(parts: Partial<BalancedRequest> = {}): BalancedRequest {
  return { target: '/', headers: [], peer: '10.0.0.1', tried: [], ...parts }
}

/** A placement that is there at once; anything else fails the test. */
export function placed(balancer: Balancer, at: Cluster, asked: BalancedRequest = request()): Placement {
  const placement = balancer.place(at, asked)
  if (typeof placement === 'string' || !('endpoint' in placement)) throw new Error(`not placed: ${String(placement)}`)
  return placement
}

export function pending(balancer: Balancer, at: Cluster): PendingPlacement {
  const placement = balancer.place(at, request())
  if (typeof placement === 'string' || !('granted' in placement)) throw new Error('does not wait')
  return placement
}

export function portOf({ endpoint }: { endpoint: ClusterEndpoint }): number {
  return endpoint.kind === 'address' ? endpoint.port : 0
}

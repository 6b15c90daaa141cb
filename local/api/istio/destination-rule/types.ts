// DestinationRule as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { ClientTlsSettings } from '../fields/tls-types.ts'
import type { PolicySelector, PortSelector } from '../fields/types.ts'
import type { ConnectionPoolSettings } from './connection-pool-types.ts'
import type { LoadBalancerSettings } from './load-balancer-types.ts'
import type { OutlierDetection } from './outlier-detection-types.ts'

export interface DestinationRule extends KubeObject {
  spec: DestinationRuleSpec
}

export interface DestinationRuleSpec {
  /** A host of the registry, or a wildcard of hosts. */
  host: string
  trafficPolicy?: TrafficPolicy
  subsets?: Subset[]
  exportTo?: string[]
  /** The callers it holds for. */
  workloadSelector?: PolicySelector
}

/** Some of the endpoints, by labels. */
export interface Subset {
  name: string
  labels?: Record<string, string>
  trafficPolicy?: TrafficPolicy
}

/** What both levels of a traffic policy hold. */
export interface PortPolicy {
  loadBalancer?: LoadBalancerSettings
  connectionPool?: ConnectionPoolSettings
  outlierDetection?: OutlierDetection
  tls?: ClientTlsSettings
}

export interface TrafficPolicy extends PortPolicy {
  /** A port's settings stand for all of the policy's: nothing is inherited. */
  portLevelSettings?: PortTrafficPolicy[]
  tunnel?: TunnelSettings
  proxyProtocol?: ProxyProtocol
  retryBudget?: RetryBudget
}

export interface PortTrafficPolicy extends PortPolicy {
  port: PortSelector
}

/** Carries TCP through CONNECT or POST. */
export interface TunnelSettings {
  protocol?: string
  targetHost: string
  targetPort: number
}

export interface ProxyProtocol {
  version?: 'V1' | 'V2'
}

export interface RetryBudget {
  percent?: number
  minRetryConcurrency?: number
}

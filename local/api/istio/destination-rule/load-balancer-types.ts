// How a DestinationRule lets an endpoint be chosen.
import type { Duration } from '../fields/types.ts'

export type SimpleLb = 'UNSPECIFIED' | 'LEAST_CONN' | 'RANDOM' | 'PASSTHROUGH' | 'ROUND_ROBIN' | 'LEAST_REQUEST'

export interface LoadBalancerSettings {
  /** One of `simple` and `consistentHash`; LEAST_REQUEST when neither is there. */
  simple?: SimpleLb
  consistentHash?: ConsistentHashLb
  localityLbSetting?: LocalityLoadBalancerSetting
  warmupDurationSecs?: Duration
  warmup?: WarmupConfiguration
}

export interface ConsistentHashLb {
  /** One of the four keys. */
  httpHeaderName?: string
  httpCookie?: HttpCookie
  useSourceIp?: boolean
  httpQueryParameterName?: string
  /** One of the two algorithms; a ring when neither is there. */
  ringHash?: { minimumRingSize?: number }
  maglev?: { tableSize?: number }
  /** Deprecated: of `ringHash`. */
  minimumRingSize?: number
}

/** Made by the proxy when the request does not bring it and there is a `ttl`. */
export interface HttpCookie {
  name: string
  path?: string
  /** 0s makes a session cookie. */
  ttl?: Duration
  attributes?: { name: string; value?: string }[]
}

export interface LocalityLoadBalancerSetting {
  /** One of `distribute`, `failover` and `failoverPriority`. */
  distribute?: LocalityDistribute[]
  failover?: LocalityFailover[]
  failoverPriority?: string[]
  enabled?: boolean
}

export interface LocalityDistribute {
  from?: string
  /** Percents by locality; their sum is 100. */
  to?: Record<string, number>
}

export interface LocalityFailover {
  from?: string
  to?: string
}

export interface WarmupConfiguration {
  duration: Duration
  minimumPercent?: number
  aggression?: number
}

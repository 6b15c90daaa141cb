// How many connections and requests a DestinationRule or a Sidecar lets through.
import type { Duration } from '../fields/types.ts'

export interface ConnectionPoolSettings {
  tcp?: TcpSettings
  http?: HttpSettings
}

export interface TcpSettings {
  maxConnections?: number
  /** Default 10s. */
  connectTimeout?: Duration
  tcpKeepalive?: TcpKeepalive
  maxConnectionDuration?: Duration
  idleTimeout?: Duration
}

export interface TcpKeepalive {
  probes?: number
  time?: Duration
  interval?: Duration
}

export interface HttpSettings {
  http1MaxPendingRequests?: number
  http2MaxRequests?: number
  maxRequestsPerConnection?: number
  maxRetries?: number
  idleTimeout?: Duration
  h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'
  useClientProtocol?: boolean
  maxConcurrentStreams?: number
}

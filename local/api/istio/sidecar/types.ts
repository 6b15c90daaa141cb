// Sidecar as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { ConnectionPoolSettings } from '../destination-rule/connection-pool-types.ts'
import type { ServerTlsSettings } from '../fields/tls-types.ts'
import type { Destination, WorkloadSelector } from '../fields/types.ts'

export interface Sidecar extends KubeObject {
  spec: SidecarSpec
}

export interface SidecarSpec {
  /** Every workload of the namespace when left out. */
  workloadSelector?: WorkloadSelector
  ingress?: IstioIngressListener[]
  egress?: IstioEgressListener[]
  inboundConnectionPool?: ConnectionPoolSettings
  outboundTrafficPolicy?: OutboundTrafficPolicy
}

export type CaptureMode = 'DEFAULT' | 'IPTABLES' | 'NONE'

export interface IstioIngressListener {
  port: SidecarPort
  bind?: string
  captureMode?: CaptureMode
  defaultEndpoint?: string
  tls?: ServerTlsSettings
  connectionPool?: ConnectionPoolSettings
}

export interface IstioEgressListener {
  port?: SidecarPort
  bind?: string
  captureMode?: CaptureMode
  /** `namespace/host`; the namespace may be `*`, `.` or `~`, the host a wildcard. */
  hosts: string[]
}

export interface SidecarPort {
  number?: number
  protocol?: string
  name?: string
  /** Deprecated. */
  targetPort?: number
}

export interface OutboundTrafficPolicy {
  /** Default REGISTRY_ONLY, once the object is there. */
  mode?: 'REGISTRY_ONLY' | 'ALLOW_ANY'
  egressProxy?: Destination
}

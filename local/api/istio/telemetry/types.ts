// Telemetry as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { Duration, PolicySelector, PolicyTargetReference } from '../fields/types.ts'

export interface Telemetry extends KubeObject {
  spec?: TelemetrySpec
}

export interface TelemetrySpec {
  selector?: PolicySelector
  /** Deprecated: one of `targetRefs`. */
  targetRef?: PolicyTargetReference
  targetRefs?: PolicyTargetReference[]
  tracing?: Tracing[]
  metrics?: Metrics[]
  accessLogging?: AccessLogging[]
}

export type WorkloadMode = 'CLIENT_AND_SERVER' | 'CLIENT' | 'SERVER'

export interface ProviderRef {
  name: string
}

export interface Tracing {
  match?: { mode?: WorkloadMode }
  providers?: ProviderRef[]
  /** 0 to 100. */
  randomSamplingPercentage?: number
  disableSpanReporting?: boolean
  customTags?: Record<string, CustomTag>
  useRequestIdForTraceSampling?: boolean
  enableIstioTags?: boolean
}

/** One of the four. */
export interface CustomTag {
  literal?: { value: string }
  environment?: { name: string; defaultValue?: string }
  header?: { name: string; defaultValue?: string }
  formatter?: { value: string }
}

export interface Metrics {
  providers?: ProviderRef[]
  overrides?: MetricsOverrides[]
  reportingInterval?: Duration
}

export type IstioMetric =
  | 'ALL_METRICS'
  | 'REQUEST_COUNT'
  | 'REQUEST_DURATION'
  | 'REQUEST_SIZE'
  | 'RESPONSE_SIZE'
  | 'TCP_OPENED_CONNECTIONS'
  | 'TCP_CLOSED_CONNECTIONS'
  | 'TCP_SENT_BYTES'
  | 'TCP_RECEIVED_BYTES'
  | 'GRPC_REQUEST_MESSAGES'
  | 'GRPC_RESPONSE_MESSAGES'

export interface MetricsOverrides {
  /** One of `metric` and `customMetric`. */
  match?: { metric?: IstioMetric; customMetric?: string; mode?: WorkloadMode }
  disabled?: boolean
  tagOverrides?: Record<string, { operation?: 'UPSERT' | 'REMOVE'; value?: string }>
}

export interface AccessLogging {
  match?: { mode?: WorkloadMode }
  providers?: ProviderRef[]
  disabled?: boolean
  /** A CEL expression. */
  filter?: { expression?: string }
}

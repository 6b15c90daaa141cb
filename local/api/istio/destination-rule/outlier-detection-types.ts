// When an endpoint is taken out for a while.
import type { Duration } from '../fields/types.ts'

export interface OutlierDetection {
  /** Deprecated, and ignored by Istio since consecutive5xxErrors took its place. */
  consecutiveErrors?: number
  splitExternalLocalOriginErrors?: boolean
  consecutiveLocalOriginFailures?: number
  /** 502, 503 and 504; 0 switches it off. */
  consecutiveGatewayErrors?: number
  /** Default 5; 0 switches it off. */
  consecutive5xxErrors?: number
  /** Default 10s. */
  interval?: Duration
  /** Default 30s, times the number of ejections. */
  baseEjectionTime?: Duration
  /** Default 10. */
  maxEjectionPercent?: number
  minHealthPercent?: number
}

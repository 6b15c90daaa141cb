// `outlierDetection`: when an endpoint is taken out, and for how long.
import type { OutlierDetection as OutlierSettings } from '../../../api/istio/types.ts'
import type { OutlierDetection } from '../../table/cluster.ts'
import { durationMs } from '../virtual-service/duration.ts'

/**
 * Defaults are Envoy's: five in a row of 5xx. Gateway errors count apart only when a number is given. Local failures count
 * apart only when told apart at all, then five in a row, since Istio sends no zero there.
 */
export function compileOutlierDetection(settings: OutlierSettings | undefined): OutlierDetection | undefined {
  if (!settings) return undefined
  return {
    consecutive5xx: settings.consecutive5xxErrors ?? 5,
    consecutiveGatewayErrors: settings.consecutiveGatewayErrors ?? 0,
    consecutiveLocalOriginFailures: settings.consecutiveLocalOriginFailures || 5,
    splitExternalLocalOriginErrors: settings.splitExternalLocalOriginErrors ?? false,
    intervalMs: durationMs(settings.interval) ?? 10_000,
    baseEjectionMs: durationMs(settings.baseEjectionTime) ?? 30_000,
    maxEjectionPercent: settings.maxEjectionPercent || 10,
    minHealthPercent: settings.minHealthPercent ?? 0,
  }
}

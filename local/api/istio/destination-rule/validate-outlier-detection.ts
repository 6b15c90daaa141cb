// Outlier detection.
import { durationFlaws } from '../fields/duration.ts'
import { wholePercentFlaws } from '../fields/percent.ts'
import { type Finding, flawIf, warning } from '../finding.ts'
import type { OutlierDetection } from './outlier-detection-types.ts'

export function outlierDetectionFindings(outlier: OutlierDetection | undefined, path: string): Finding[] {
  if (!outlier) return []
  const { baseEjectionTime, consecutiveErrors, interval, maxEjectionPercent, minHealthPercent } = outlier
  const old = 'outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors'
  return [
    ...durationFlaws(baseEjectionTime, `${path}.baseEjectionTime`),
    ...(consecutiveErrors ? [warning(`${path}.consecutiveErrors`, `${old} instead`)] : []),
    ...flawIf(
      !outlier.splitExternalLocalOriginErrors && (outlier.consecutiveLocalOriginFailures ?? 0) > 0,
      `${path}.consecutiveLocalOriginFailures`,
      'outlier detection consecutive local origin failures is specified, but split external local origin errors is set to false',
    ),
    ...durationFlaws(interval, `${path}.interval`),
    ...wholePercentFlaws(maxEjectionPercent, `${path}.maxEjectionPercent`),
    ...wholePercentFlaws(minHealthPercent, `${path}.minHealthPercent`),
  ]
}

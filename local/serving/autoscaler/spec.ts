// What the autoscaler is asked for one revision: annotations of its PodAutoscaler over config-autoscaler.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { AutoscalerConfig } from '../../api/serving/config/autoscaler.ts'
import { parseDuration } from '../../kernel/duration.ts'

/** Times in milliseconds; bounds of 0 are none. */
export interface ScalingSpec {
  metric: 'concurrency' | 'rps'
  weighting: 'linear' | 'exponential'
  /** What one instance should carry on average. */
  target: number
  /** What one instance may carry at most. */
  total: number
  stableWindowMs: number
  panicWindowMs: number
  /** Desired over ready instances from which on the autoscaler panics. */
  panicThreshold: number
  maxScaleUpRate: number
  maxScaleDownRate: number
  targetBurstCapacity: number
  /** Requests one activator of a cluster takes. */
  activatorCapacity: number
  activationScale: number
  scaleDownDelayMs: number
  reachable: boolean
  min: number
  max: number
  initial: number
  scaleToZero: boolean
  graceMs: number
  retentionMs: number
  /** How long a revision may try to get its first instances ready. */
  activationTimeoutMs: number
  tickMs: number
}

const domain = 'autoscaling.knative.dev'
const smallestTarget = 0.01
// A revision may fail on its own at the progress deadline; only later the autoscaler gives up (kpa/scaler.go).
const activationBufferMs = 30_000

/**
 * The spec of a PodAutoscaler. Annotations that cannot be read count as absent, as in Knative
 * (apis/autoscaling/v1alpha1/pa_lifecycle.go): the webhook refused them already.
 */
export function scalingSpec(
  autoscaler: PodAutoscaler,
  config: AutoscalerConfig,
  progressDeadlineMs: number,
): ScalingSpec {
  const annotations = autoscaler.metadata.annotations ?? {}
  const read = (key: string) => annotations[`${domain}/${key}`] ?? annotations[`${domain}/${camelCase(key)}`]
  const number = (key: string) => finite(read(key))
  const duration = (key: string) => parseDuration(read(key) ?? '')
  const reachable = autoscaler.spec.reachability !== 'Unreachable'
  const metric = read('metric') === 'rps' ? 'rps' : 'concurrency'
  const stableWindowMs = duration('window') ?? config.stableWindowMs
  const panicPercentage = number('panic-window-percentage') ?? config.panicWindowPercentage
  const deadline = parseDuration(annotations['serving.knative.dev/progress-deadline'] ?? '') ?? progressDeadlineMs
  return {
    metric,
    weighting: /^weighted/.test(read('metric-aggregation-algorithm') ?? '') ? 'exponential' : 'linear',
    ...targets(autoscaler.spec.containerConcurrency ?? 0, metric, number, config),
    stableWindowMs,
    panicWindowMs: Math.max(1_000, Math.round((stableWindowMs * panicPercentage) / 100_000) * 1_000),
    panicThreshold: (number('panic-threshold-percentage') ?? config.panicThresholdPercentage) / 100,
    maxScaleUpRate: config.maxScaleUpRate,
    maxScaleDownRate: config.maxScaleDownRate,
    targetBurstCapacity: number('target-burst-capacity') ?? config.targetBurstCapacity,
    activatorCapacity: config.activatorCapacity,
    activationScale: number('activation-scale') ?? 1,
    scaleDownDelayMs: duration('scale-down-delay') ?? config.scaleDownDelayMs,
    reachable,
    min: reachable ? (number('min-scale') ?? config.minScale) : 0,
    max: number('max-scale') ?? config.maxScale,
    initial: initialScale(number('initial-scale'), config),
    scaleToZero: config.enableScaleToZero,
    graceMs: config.scaleToZeroGraceMs,
    retentionMs: reachable ? (duration('scale-to-zero-pod-retention-period') ?? config.scaleToZeroRetentionMs) : 0,
    activationTimeoutMs: deadline + activationBufferMs,
    tickMs: config.tickMs,
  }
}

// reconciler/autoscaling/resources/target.go: an instance's hard limit bounds what an annotation may aim for.
function targets(
  containerConcurrency: number,
  metric: ScalingSpec['metric'],
  number: (key: string) => number | undefined,
  config: AutoscalerConfig,
): { target: number; total: number } {
  const asked = number('target')
  const limit = metric === 'rps' ? config.rpsTarget : containerConcurrency || config.concurrencyTarget
  const bounded = metric === 'concurrency' && containerConcurrency > 0
  const total = asked === undefined ? limit : bounded ? Math.min(asked, containerConcurrency) : asked
  const percentage = number('target-utilization-percentage')
  // Only concurrency has its share configured; rps always aims for 70 %.
  const shipped = metric === 'rps' ? 0.7 : config.concurrencyUtilization
  const utilization = percentage === undefined ? shipped : percentage / 100
  return { target: Math.max(smallestTarget, total * utilization), total }
}

function initialScale(asked: number | undefined, config: AutoscalerConfig): number {
  return asked === undefined || (asked === 0 && !config.allowZeroInitialScale) ? config.initialScale : asked
}

function finite(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

// Knative still reads the first spelling its annotations had: `minScale` for `min-scale`.
const camelCase = (key: string) => key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

// Whether a revision is active, and when it may go to zero: what the PodAutoscaler's conditions say and follow from.
import type { Finding } from '../../kernel/conditions.ts'
import type { ScalingSpec } from './spec.ts'

/** The condition Active as a value: `since` is when its status last changed. */
export interface Activity {
  status: 'True' | 'False' | 'Unknown'
  timedOut: boolean
  since: number
}

export interface ScalePlan {
  /** Instances wanted; -1 while nothing is known. */
  want: number
  /** False: `want` is announced (the revision turns inactive), but instances stay as they are for now. */
  apply: boolean
  /** Look again after so many milliseconds. */
  againAfterMs?: number
}

export interface Standing {
  activity: Activity
  /** True once the revision reached its initial scale; it is then forgotten. */
  initialized: boolean
  /** Since when the activator is in the path; undefined while it is not. */
  proxiedSince: number | undefined
}

/** What is wanted of a revision whose autoscaler decided for `desired` (-1: not yet) instances (kpa/scaler.go, scale). */
export function planScale(spec: ScalingSpec, standing: Standing, desired: number, now: number): ScalePlan {
  if (desired < 0 && standing.activity.status !== 'Unknown') return { want: desired, apply: false }
  const min = !standing.initialized && spec.reachable && spec.initial > 1 ? Math.max(spec.min, spec.initial) : spec.min
  const want = withinBounds(min, spec.max, desired)
  return want === 0 ? planZero(spec, standing, now) : { want, apply: true }
}

/**
 * Instances a revision starts with: before any demand is known, and again when the runtime starts. A new one must show
 * that it can come up, whether or not a route leads to it (revision/resources/deploy.go, MakeDeployment).
 */
export function startingScale(spec: ScalingSpec, initialized: boolean): number {
  const first = initialized ? spec.min : Math.max(spec.min, spec.initial)
  return withinBounds(first, spec.max, first)
}

/** Ready instances from which on a revision counts as active (kpa/kpa.go, activeThreshold). */
export function activeThreshold(spec: ScalingSpec, initialized: boolean): number {
  return Math.max(spec.min, initialized ? 1 : spec.initial)
}

// kpa/scaler.go, handleScaleToZero: still activating, active, or inactive and waiting for its last instance to go.
function planZero(spec: ScalingSpec, { activity, proxiedSince }: Standing, now: number): ScalePlan {
  if (!spec.scaleToZero) return { want: 1, apply: true }
  const lasted = now - activity.since
  if (activity.status === 'Unknown') {
    const left = spec.activationTimeoutMs - lasted
    return left < 0 ? { want: 0, apply: true } : { want: -1, apply: false, againAfterMs: left + 1 }
  }
  if (activity.status === 'True') {
    const left = spec.stableWindowMs - lasted
    return left <= 0 ? { want: 0, apply: false, againAfterMs: 1 } : { want: 1, apply: true, againAfterMs: left }
  }
  if (lasted >= Math.max(spec.graceMs, spec.retentionMs)) return { want: 0, apply: true }
  if (lasted < spec.retentionMs) return { want: 0, apply: false, againAfterMs: spec.retentionMs - lasted }
  const left = proxiedSince === undefined ? spec.graceMs : spec.graceMs - (now - proxiedSince)
  return left <= 0 ? { want: 0, apply: true } : { want: 0, apply: false, againAfterMs: left }
}

/** The activity after a plan met `ready` instances (kpa/kpa.go, computeActiveCondition). */
export function nextActivity(before: Activity, threshold: number, want: number, ready: number, now: number): Activity {
  const turn = (status: Activity['status'], timedOut = false): Activity =>
    before.status === status ? { ...before, timedOut } : { status, timedOut, since: now }
  if (want === 0 || threshold === 0) return turn('False', before.status === 'Unknown' && threshold > 0)
  if (want < 0 && before.status === 'False') return turn('False')
  return turn(ready >= threshold ? 'True' : 'Unknown')
}

/** The condition Active in Knative's words. */
export function activeCondition({ status, timedOut }: Activity): Finding {
  if (status === 'True') return { status }
  if (status === 'Unknown') {
    const message = 'Requests to the target are being buffered as resources are provisioned.'
    return { status, reason: 'Queued', message }
  }
  return timedOut
    ? { status, reason: 'TimedOut', message: 'The target could not be activated.' }
    : { status, reason: 'NoTraffic', message: 'The target is not receiving traffic.' }
}

function withinBounds(min: number, max: number, scale: number): number {
  if (scale < min) return min
  return max !== 0 && scale > max ? max : scale
}

// One decision of the Knative Pod Autoscaler: how many instances the measured demand asks for.
import { maximumOf, type SlidingMaximum, see } from './sliding-maximum.ts'
import type { ScalingSpec } from './spec.ts'

export interface DecisionState {
  /** When the demand last was beyond the panic threshold; undefined in stable mode. */
  panicSince: number | undefined
  /** Most instances asked for since the panic began: it never asks for fewer. */
  panicMaximum: number
  delayed: SlidingMaximum
}

export interface Sample {
  /** Averages over the stable and the panic window. */
  stable: number
  panic: number
  ready: number
}

export interface Decision {
  desired: number
  /** Below 0 the activator stays in the path. */
  excessBurstCapacity: number
}

/** Before the first decision: who has several instances already starts in panic, so as not to lose them at once. */
export function initialDecision(ready: number, now: number): DecisionState {
  return { panicSince: ready > 1 ? now : undefined, panicMaximum: ready, delayed: [] }
}

/** The next decision (autoscaler/scaling/autoscaler.go, Scale). Times in milliseconds. */
export function decide(
  spec: ScalingSpec,
  state: DecisionState,
  sample: Sample,
  now: number,
): { state: DecisionState; decision: Decision } {
  const ready = Math.max(1, sample.ready)
  const panicDemand = Math.ceil(sample.panic / spec.target)
  const stable = withinRates(spec, Math.ceil(sample.stable / spec.target), ready)
  const panic = withinRates(spec, panicDemand, ready)
  const panicking = panicAfter(spec, state, panicDemand / ready >= spec.panicThreshold, now)
  const wanted = panicking.panicSince === undefined ? stable : Math.max(stable, panic, panicking.panicMaximum)
  const panicMaximum = panicking.panicSince === undefined ? 0 : wanted
  const delayed =
    spec.scaleDownDelayMs > 0 && spec.reachable ? see(state.delayed, spec.scaleDownDelayMs, now, wanted) : []
  return {
    state: { panicSince: panicking.panicSince, panicMaximum, delayed },
    decision: {
      desired: delayed.length > 0 ? maximumOf(delayed) : wanted,
      excessBurstCapacity: excessBurstCapacity(spec, sample),
    },
  }
}

// At least one more and one fewer is always possible, whatever the rates: hence the rounding away from `ready`.
function withinRates(spec: ScalingSpec, demand: number, ready: number): number {
  const most = Math.ceil(spec.maxScaleUpRate * ready)
  const least = spec.reachable ? Math.floor(ready / spec.maxScaleDownRate) : 0
  const bounded = Math.min(Math.max(demand, least), most)
  return demand > 0 && spec.activationScale > 1 ? Math.max(bounded, spec.activationScale) : bounded
}

// A panic ends one stable window after the surge has made its way into the stable average.
function panicAfter(spec: ScalingSpec, state: DecisionState, over: boolean, now: number): DecisionState {
  if (over) return { ...state, panicSince: now }
  const ended = state.panicSince !== undefined && state.panicSince + spec.stableWindowMs < now
  return ended ? { ...state, panicSince: undefined, panicMaximum: 0 } : state
}

/** Free capacity beyond the burst that must fit; the panic average, since a surge is what it is about. */
function excessBurstCapacity(spec: ScalingSpec, sample: Sample): number {
  if (spec.targetBurstCapacity === 0) return 0
  if (spec.targetBurstCapacity < 0) return -1
  return Math.floor(sample.ready * spec.total - spec.targetBurstCapacity - sample.panic)
}

const fewestActivators = 2

/**
 * How many activators a cluster would put in front of `ready` instances: here one takes all, the number is what
 * objects show (kpa/kpa.go, computeNumActivators).
 */
export function activatorsFor(spec: ScalingSpec, ready: number): number {
  if (spec.targetBurstCapacity === 0) return fewestActivators
  const capacity = ready * spec.total + Math.max(0, spec.targetBurstCapacity)
  return Math.max(fewestActivators, Math.ceil(capacity / spec.activatorCapacity))
}

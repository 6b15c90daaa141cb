// The status of a PodAutoscaler, in Knative's words (apis/autoscaling/v1alpha1/pa_lifecycle.go).
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import { type ConditionSet, type Finding, settleConditions } from '../../kernel/conditions.ts'
import { type Activity, activeCondition } from '../autoscaler/activity.ts'

export interface Scale {
  /** Ready instances. */
  actual: number
  /** Instances wanted; -1 while unknown. */
  want: number
  activity: Activity
  initialized: boolean
  /** True while the activator is out of the path. */
  direct: boolean
  activators: number
}

const conditionSet: ConditionSet = { happy: 'Ready', dependents: ['Active', 'SKSReady', 'ScaleTargetInitialized'] }

/** The status to write; `now` in milliseconds dates what changed. */
export function autoscalerStatus(autoscaler: PodAutoscaler, scale: Scale, now: number): PodAutoscaler['status'] {
  const { name, generation = 1 } = autoscaler.metadata
  const before = autoscaler.status
  const findings: Record<string, Finding> = {
    Active: activeCondition(scale.activity),
    SKSReady: { status: 'True' },
    ...(scale.initialized ? { ScaleTargetInitialized: { status: 'True' } } : {}),
  }
  return {
    actualScale: scale.actual,
    // What is not known yet never hides what was known before (kpa/kpa.go, computeStatus).
    desiredScale: scale.want < 0 && (before?.desiredScale ?? -1) >= 0 ? before?.desiredScale : scale.want,
    conditions: settleConditions(conditionSet, before?.conditions, findings, now),
    metricsServiceName: `${name}-private`,
    serviceName: name,
    observedGeneration: generation,
  } as PodAutoscaler['status']
}

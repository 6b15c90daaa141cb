// Conditions as Knative keeps them: sorted by type, a transition time that moves only with the status.
import { timestamp } from './object.ts'

export type ConditionStatus = 'True' | 'False' | 'Unknown'

export interface Condition {
  type: string
  status: ConditionStatus
  reason?: string
  message?: string
  severity?: 'Info' | 'Warning'
  lastTransitionTime?: string
}

/** What a reconciler found out about one aspect; `Ready` is derived, not stated. */
export interface Finding {
  status: ConditionStatus
  reason?: string
  message?: string
}

/** Names of the conditions a kind has; those under `info` never decide `Ready`. */
export interface ConditionSet {
  happy: string
  dependents: readonly string[]
  info?: readonly string[]
}

/**
 * The conditions after `findings`: dependents not found out stay as they were (or Unknown), the happy one is the first
 * False dependent, else the first Unknown one, else True (knative.dev/pkg apis/condition_set.go).
 */
export function settleConditions(
  set: ConditionSet,
  before: readonly Condition[] | undefined,
  findings: Record<string, Finding>,
  now: number,
): Condition[] {
  const old = new Map((before ?? []).map(condition => [condition.type, condition]))
  const stated = (type: string): Finding => findings[type] ?? old.get(type) ?? { status: 'Unknown' }
  const dependents = set.dependents.map(stated)
  const worst = findings[set.happy] ??
    dependents.find(one => one.status === 'False') ??
    dependents.find(one => one.status !== 'True') ?? { status: 'True' as const }
  const next: Condition[] = [
    { type: set.happy, ...onlyFinding(worst) },
    ...set.dependents.map((type, index) => ({ type, ...onlyFinding(dependents[index] ?? { status: 'Unknown' }) })),
    ...(set.info ?? [])
      .filter(type => findings[type] || old.has(type))
      .map(type => ({ type, ...onlyFinding(stated(type)), severity: 'Info' as const })),
  ]
  return next.map(one => dated(one, old.get(one.type), now)).sort((a, b) => (a.type < b.type ? -1 : 1))
}

/** The condition of that type, if stated. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find(condition => condition.type === type)
}

/** True when that condition stands at True. */
export function isTrue(conditions: readonly Condition[] | undefined, type = 'Ready'): boolean {
  return conditionOf(conditions, type)?.status === 'True'
}

function onlyFinding({ status, reason, message }: Finding): Finding {
  return { status, ...(reason ? { reason } : {}), ...(message ? { message } : {}) }
}

function dated(condition: Condition, before: Condition | undefined, now: number): Condition {
  const same =
    before?.status === condition.status && before.reason === condition.reason && before.message === condition.message
  return { ...condition, lastTransitionTime: (same && before?.lastTransitionTime) || timestamp(now) }
}

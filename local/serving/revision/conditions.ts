// What a revision's conditions say, from its autoscaler and its instances: a pure decision.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import { type Condition, conditionOf, type Finding, isTrue } from '../../kernel/conditions.ts'
import type { InstanceFailure } from '../../seams/instances.ts'
import type { WorkloadStatus } from '../workloads.ts'

export const revisionConditions = {
  happy: 'Ready',
  dependents: ['ResourcesAvailable', 'ContainerHealthy'],
  info: ['Active'],
}

export interface RevisionView {
  /** The conditions so far. */
  conditions: readonly Condition[] | undefined
  /** Undefined when it was made in this pass. */
  autoscaler: PodAutoscaler | undefined
  workload: WorkloadStatus
  /** True when the first instances took longer than the progress deadline. */
  late: boolean
}

type Findings = Record<'ResourcesAvailable' | 'ContainerHealthy' | 'Active', Finding>

const deploying: Finding = { status: 'Unknown', reason: 'Deploying' }
const neverScaled: Finding = {
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'Initial scale was never achieved',
}

/** The findings of one pass (revision_lifecycle.go PropagateAutoscalerStatus, reconcile_resources.go). */
export function revisionFindings(view: RevisionView): Findings {
  const { autoscaler, workload } = view
  if (!autoscaler) return { ResourcesAvailable: deploying, ContainerHealthy: deploying, Active: deploying }
  const container = containerHealth(view)
  const stated = conditionOf(view.conditions, 'ResourcesAvailable') ?? deploying
  const resources = stated.status === 'False' && workload.ready > 0 ? deploying : stated
  const failed = container.status === 'False' || resources.status === 'False'
  const initialized = isTrue(autoscaler.status?.conditions, 'ScaleTargetInitialized')
  const active = activity(autoscaler)
  if (failed)
    return {
      ResourcesAvailable: resources.status === 'True' ? deploying : resources,
      ContainerHealthy: container,
      Active: active,
    }
  if (initialized)
    return { ResourcesAvailable: { status: 'True' }, ContainerHealthy: { status: 'True' }, Active: active }
  const gaveUp = active.status === 'False' && Boolean(autoscaler.status?.serviceName)
  return {
    ResourcesAvailable: gaveUp || view.late ? neverScaled : deploying,
    ContainerHealthy: container,
    Active: active,
  }
}

function containerHealth({ conditions, workload }: RevisionView): Finding {
  if (workload.ready > 0) return { status: 'True' }
  const failure = workload.failure && failureFinding(workload.failure)
  return failure ?? conditionOf(conditions, 'ContainerHealthy') ?? deploying
}

/** A probe that does not pass says nothing of the container: that shows when the progress deadline passes. */
function failureFinding({ reason, message, exitCode }: InstanceFailure): Finding | undefined {
  if (reason === 'ProbeFailed') return undefined
  const exited = exitCode !== undefined || reason.startsWith('ExitCode') || reason === 'OOMKilled'
  if (!exited) return { status: 'False', reason, message }
  const said = message || 'container exited with no error'
  return { status: 'False', reason, message: `Container failed with: ${said}` }
}

function activity({ status }: PodAutoscaler): Finding {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (!ready) return deploying
  if (ready.status === 'True') return { status: 'True' }
  return { status: ready.status, reason: ready.reason, message: ready.message }
}

// Brings a revision up: its image's digest, its PodAutoscaler, and what both and its instances say as conditions.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { annotations } from '../../api/serving/labels.ts'
import { type Revision, serving } from '../../api/serving/types.ts'
import { conditionOf, type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import type { ReconcileResult } from '../../kernel/controller.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { applyDesired, isControlledBy, type ServingContext, splitKey, writeStatus } from '../context.ts'
import type { WorkloadStatus, Workloads } from '../workloads.ts'
import { revisionConditions, revisionFindings } from './conditions.ts'
import type { Digests, Resolution } from './digests.ts'
import { makePodAutoscaler } from './resources.ts'

export interface RevisionContext extends ServingContext {
  digests: Digests
  workloads: Workloads
}

type Status = NonNullable<Revision['status']>

/** An image that could not be resolved is tried again: the map of images, or the source, may be mended meanwhile. */
const resolveAgainMs = 10_000

export function reconcileRevision(context: RevisionContext, key: string): ReconcileResult {
  const { namespace, name } = splitKey(key)
  const revision = context.store.get<Revision>(serving.revision, namespace, name)
  if (!revision || revision.metadata.deletionTimestamp) return
  const resolved = revision.status?.containerStatuses?.length === revision.spec.containers.length
  if (resolved) return reconcileScale(context, revision)
  const resolution = context.digests.resolve(revision)
  if (resolution.state !== 'resolved') return reportUnresolved(context, revision, resolution)
  return reconcileScale(context, write(context, revision, {}, { containerStatuses: resolution.statuses }))
}

function reportUnresolved(context: RevisionContext, revision: Revision, resolution: Resolution): ReconcileResult {
  if (
    resolution.state === 'pending' &&
    conditionOf(revision.status?.conditions, 'ContainerHealthy')?.status === 'False'
  )
    return
  const failed: Record<string, Finding> =
    resolution.state === 'failed' ? { ContainerHealthy: unresolvable(resolution) } : {}
  write(context, revision, { ResourcesAvailable: { status: 'Unknown', reason: 'ResolvingDigests' }, ...failed })
  return resolution.state === 'failed' ? { againAfterMs: resolveAgainMs } : undefined
}

function unresolvable({ image, failure }: Resolution & { state: 'failed' }): Finding {
  if (failure.reason === 'ImageNotFound') return { status: 'False', reason: 'ImageNotFound', message: failure.message }
  const message = `Unable to fetch image "${image}": ${failure.message}`
  return { status: 'False', reason: 'ContainerMissing', message }
}

function reconcileScale(context: RevisionContext, revision: Revision): ReconcileResult {
  const { namespace = '', name } = revision.metadata
  const workload = context.workloads.status(namespace, name)
  const found = context.store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
  if (found && !isControlledBy(found, revision)) {
    const message = `There is an existing PodAutoscaler "${name}" that we do not own.`
    write(context, revision, { ResourcesAvailable: { status: 'False', reason: 'NotOwned', message } })
    return
  }
  const waitMs = found ? deadlineIn(context, revision, found) : undefined
  const view = {
    conditions: revision.status?.conditions,
    autoscaler: found,
    workload,
    late: waitMs !== undefined && waitMs <= 0,
  }
  const { actualScale, desiredScale } = found?.status ?? {}
  const replicas = { actualReplicas: scale(actualScale), desiredReplicas: scale(desiredScale) }
  const written = write(context, revision, revisionFindings(view), replicas)
  applyAutoscaler(context, written, found, workload)
  return waitMs !== undefined && waitMs > 0 ? { againAfterMs: waitMs } : undefined
}

/** The autoscaler has not counted yet while its scale is -1. */
function scale(count: number | undefined): number | undefined {
  return count !== undefined && count >= 0 ? count : undefined
}

/** Milliseconds until the progress deadline; undefined once the first instances were ready, however long ago. */
function deadlineIn(
  { configs, clock }: RevisionContext,
  revision: Revision,
  autoscaler: PodAutoscaler,
): number | undefined {
  if (isTrue(autoscaler.status?.conditions, 'ScaleTargetInitialized')) return undefined
  const own = parseDuration(revision.metadata.annotations?.[annotations.progressDeadline] ?? '')
  const started = Date.parse(autoscaler.metadata.creationTimestamp ?? '')
  return started + (own ?? configs.deployment().progressDeadlineMs) - clock.now()
}

/** The autoscaler may keep annotations of its own there; those of the scaling API are the revision's alone. */
function applyAutoscaler(
  context: RevisionContext,
  revision: Revision,
  found: PodAutoscaler | undefined,
  workload: WorkloadStatus,
): void {
  const desired = makePodAutoscaler(revision, workload)
  const kept = Object.entries(found?.metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith('autoscaling.knative.dev/'),
  )
  desired.metadata.annotations = { ...Object.fromEntries(kept), ...desired.metadata.annotations }
  applyDesired(context.store, found, desired)
}

function write(
  context: RevisionContext,
  revision: Revision,
  findings: Record<string, Finding>,
  fields: Partial<Status> = {},
): Revision {
  const conditions = settleConditions(revisionConditions, revision.status?.conditions, findings, context.clock.now())
  return writeStatus(context.store, revision, { ...revision.status, ...fields, conditions })
}

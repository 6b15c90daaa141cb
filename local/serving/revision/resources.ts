// What a Revision makes: its PodAutoscaler.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import { annotations, labels } from '../../api/serving/labels.ts'
import type { Revision } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import { ownedBy } from '../../kernel/object.ts'
import { without } from '../context.ts'
import { childName } from '../names.ts'
import type { WorkloadStatus } from '../workloads.ts'

const kpa = 'kpa.autoscaling.knative.dev'

/** The PodAutoscaler of a revision, whose instances are as `workload` says. */
export function makePodAutoscaler(revision: Revision, workload: WorkloadStatus): PodAutoscaler {
  const { name, namespace } = revision.metadata
  const { containerConcurrency } = revision.spec
  return {
    apiVersion: 'autoscaling.internal.knative.dev/v1alpha1',
    kind: 'PodAutoscaler',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: autoscalerLabels(revision),
      annotations: autoscalerAnnotations(revision),
      ownerReferences: [ownedBy(revision)],
    },
    spec: {
      ...(containerConcurrency ? { containerConcurrency } : {}),
      protocolType: protocolOf(revision),
      reachability: reachability(revision, workload),
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: childName(name, '-deployment') },
    },
  }
}

function autoscalerLabels({ metadata }: Revision): Record<string, string> {
  const { name, uid = '' } = metadata
  return {
    ...without(metadata.labels, labels.routingState),
    [labels.revision]: name,
    [labels.revisionUid]: uid,
    app: metadata.labels?.app ?? name,
  }
}

function autoscalerAnnotations({ metadata }: Revision): Record<string, string> {
  const own = without(metadata.annotations, annotations.routes, annotations.routingStateModified, annotations.noGc)
  const scaler = own['autoscaling.knative.dev/class'] ?? kpa
  const metric = scaler === kpa ? 'concurrency' : 'cpu'
  return { 'autoscaling.knative.dev/class': scaler, 'autoscaling.knative.dev/metric': metric, ...own }
}

/** `h2c` when the serving container's port is named so. */
export function protocolOf({ spec }: Revision): 'http1' | 'h2c' {
  const ports = spec.containers.find(one => one.ports?.length)?.ports
  return ports?.[0]?.name === 'h2c' ? 'h2c' : 'http1'
}

/** Instances that cannot come up are not worth a minimum scale, whatever routes there are (pa.go reachability). */
function reachability(revision: Revision, { running, ready }: WorkloadStatus): 'Reachable' | 'Unreachable' | '' {
  const failed = ['ResourcesAvailable', 'ContainerHealthy'].some(
    type => conditionOf(revision.status?.conditions, type)?.status === 'False',
  )
  if (failed && running > 0 && ready === 0) return 'Unreachable'
  const state = revision.metadata.labels?.[labels.routingState]
  if (state === 'active') return 'Reachable'
  return state === 'reserve' ? 'Unreachable' : ''
}

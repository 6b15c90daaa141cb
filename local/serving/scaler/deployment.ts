// The Deployments that show revisions as clients of Kubernetes expect them: worked out from the revisions and their pods.
import { deploymentKind } from '../../api/apps/deployment/kind.ts'
import type { Deployment } from '../../api/apps/types.ts'
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { core, type Pod } from '../../api/core/types.ts'
import type { Kind } from '../../api/kind.ts'
import { type Revision, serving } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import { type GroupKind, type KubeObject, ownedBy } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { stableUid } from '../../kernel/stable-uid.ts'
import { childName } from '../names.ts'
import { podAnnotations, podLabels, podSpecOf } from './pod.ts'

/** A kind whose objects are worked out when somebody asks. */
export interface DeploymentView {
  kind: Kind
  from: readonly GroupKind[]
  instead: string
  objects(): KubeObject[]
}

const revisionUid = 'serving.knative.dev/revisionUID'

export function deployments(store: ObjectStore): DeploymentView {
  return {
    kind: deploymentKind,
    from: [serving.revision, core.pod, autoscaling.podAutoscaler],
    instead: 'a deployment shows the scale of a revision; change the Knative Service or its autoscaling annotations',
    objects() {
      const pods = Map.groupBy(store.list<Pod>(core.pod), pod => pod.metadata.labels?.[revisionUid])
      return store.list<Revision>(serving.revision).map(revision => {
        const { namespace = '', name, uid } = revision.metadata
        const autoscaler = store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
        return makeDeployment(revision, autoscaler, pods.get(uid) ?? [])
      })
    },
  }
}

/** The Deployment `<revision>-deployment`, at the newest version of what it follows from. */
export function makeDeployment(
  revision: Revision,
  autoscaler: PodAutoscaler | undefined,
  pods: readonly Pod[],
): Deployment {
  const { name, namespace, uid = '', creationTimestamp } = revision.metadata
  const labels = podLabels(revision, '')
  const { 'pod-template-hash': _hash, ...templateLabels } = labels
  const desired = autoscaler?.status?.desiredScale ?? -1
  // Before its first decision the autoscaler says -1.
  const replicas = desired < 0 ? pods.length : desired
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: childName(name, '-deployment'),
      ...(namespace ? { namespace } : {}),
      uid: stableUid(`deployment of ${uid}`),
      resourceVersion: newest([revision, ...(autoscaler ? [autoscaler] : []), ...pods]),
      generation: 1,
      ...(creationTimestamp ? { creationTimestamp } : {}),
      labels: templateLabels,
      annotations: podAnnotations(revision),
      ownerReferences: [ownedBy(revision)],
    },
    spec: {
      progressDeadlineSeconds: 600,
      replicas,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { [revisionUid]: uid } },
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 }, type: 'RollingUpdate' },
      template: {
        metadata: { labels: templateLabels, annotations: podAnnotations(revision) },
        spec: podSpecOf(revision),
      },
    },
    status: statusOf(revision, replicas, pods),
  }
}

function statusOf(revision: Revision, wanted: number, pods: readonly Pod[]): Deployment['status'] {
  const isReady = (pod: Pod) => pod.status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True')
  const ready = pods.filter(isReady).length
  const { creationTimestamp } = revision.metadata
  const times = { lastUpdateTime: creationTimestamp, lastTransitionTime: creationTimestamp }
  const missing = Math.max(0, wanted - ready)
  return {
    observedGeneration: 1,
    ...(pods.length > 0 ? { replicas: pods.length, updatedReplicas: pods.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    ...(missing > 0 ? { unavailableReplicas: missing } : {}),
    conditions: [
      { type: 'Available', ...available(missing), ...times },
      { type: 'Progressing', ...progressing(revision), ...times },
    ],
  }
}

type Outcome = Pick<NonNullable<Deployment['status']['conditions']>[number], 'status' | 'reason' | 'message'>

function available(missing: number): Outcome {
  return missing === 0
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

/** A revision that cannot run is a deployment that came to its deadline. */
function progressing({ metadata, status }: Revision): Outcome {
  const set = `ReplicaSet "${metadata.name}-deployment"`
  return conditionOf(status?.conditions, 'ResourcesAvailable')?.status === 'False'
    ? { status: 'False', reason: 'ProgressDeadlineExceeded', message: `${set} has timed out progressing.` }
    : { status: 'True', reason: 'NewReplicaSetAvailable', message: `${set} has successfully progressed.` }
}

/** The newest version of what something follows from. */
export function newest(objects: readonly KubeObject[]): string {
  return String(Math.max(...objects.map(({ metadata }) => Number(metadata.resourceVersion ?? 0))))
}

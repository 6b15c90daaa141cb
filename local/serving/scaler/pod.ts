// The Pod objects that show a revision's instances, and the labels those instances carry.
import type { Container } from '../../api/core/pod-spec.ts'
import type { Revision } from '../../api/serving/types.ts'
import { type KubeObject, ownedBy, timestamp } from '../../kernel/object.ts'
import type { Member } from './member.ts'
import { podNamePrefix } from './names.ts'
import { queueProxy, queueProxyStatus } from './queue-proxy.ts'

export interface Pod extends KubeObject {
  spec: { containers: Container[]; [field: string]: unknown }
  status?: Record<string, unknown>
}

export const podKind = { group: '', kind: 'Pod' } as const

const group = 'serving.knative.dev'
const ownLabels = [`${group}/routingState`]
const routingAnnotations = [`${group}/routes`, `${group}/routingStateModified`, 'client.knative.dev/updateTimestamp']

/** Labels of a revision's pods: its own ones without the routing state, who it is, and Istio's canonical names. */
export function podLabels(revision: Revision, hash: string): Record<string, string> {
  const { name, uid } = revision.metadata
  const labels = without(revision.metadata.labels, ownLabels)
  return {
    ...labels,
    app: labels.app ?? name,
    'pod-template-hash': hash,
    'service.istio.io/canonical-name': labels[`${group}/service`] ?? labels[`${group}/configuration`] ?? name,
    'service.istio.io/canonical-revision': name,
    [`${group}/revision`]: name,
    [`${group}/revisionUID`]: uid ?? '',
  }
}

/** Annotations of a revision's pods: its own ones, but for what routes and autoscaler wrote or read there. */
export function podAnnotations(revision: Revision): Record<string, string> {
  const kept = Object.entries(without(revision.metadata.annotations, routingAnnotations))
  const own = Object.fromEntries(kept.filter(([key]) => !key.startsWith('autoscaling.knative.dev/')))
  return { 'kubectl.kubernetes.io/default-container': servingContainer(revision)?.name ?? 'user-container', ...own }
}

/** The container that serves: the one with a port, or the first. */
export function servingContainer(revision: Revision): Container | undefined {
  const { containers } = revision.spec
  return containers.find(container => container.ports?.length) ?? containers[0]
}

/**
 * The pod of a member: what was asked for and how it stands. The container `queue-proxy` is shown as on a cluster; no
 * process is behind it. The owner is the Revision, as there is neither a Deployment nor a ReplicaSet in between.
 */
export function makePod(revision: Revision, member: Member, hash: string): Pod {
  const { name, namespace } = revision.metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: member.name,
      ...(namespace ? { namespace } : {}),
      generateName: podNamePrefix(name, hash),
      labels: podLabels(revision, hash),
      annotations: podAnnotations(revision),
      ownerReferences: [ownedBy(revision)],
    },
    spec: podSpecOf(revision),
    status: podStatus(revision, member),
  }
}

/** What every pod of a revision asks for. */
export function podSpecOf(revision: Revision): Pod['spec'] {
  return {
    ...podFields(revision),
    containers: [
      ...revision.spec.containers.map((container, index) => podContainer(revision, container, index)),
      queueProxy(revision, servingPort(revision)),
    ],
  }
}

function podFields(revision: Revision): Record<string, unknown> {
  const { volumes, enableServiceLinks, serviceAccountName = 'default', timeoutSeconds = 300 } = revision.spec
  return {
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: enableServiceLinks ?? false,
    nodeName: 'localhost',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    serviceAccount: serviceAccountName,
    serviceAccountName,
    terminationGracePeriodSeconds: timeoutSeconds,
    ...(volumes ? { volumes } : {}),
  }
}

const servingPort = (revision: Revision) => servingContainer(revision)?.ports?.[0]?.containerPort ?? 8080

function podContainer(revision: Revision, container: Container, index: number): Container {
  const serves = container === servingContainer(revision)
  const [port] = container.ports ?? []
  const number = servingPort(revision)
  const named = { name: port?.name ?? 'user-port', containerPort: number, protocol: port?.protocol ?? 'TCP' }
  const knative = [...(serves ? [{ name: 'PORT', value: String(number) }] : []), ...identity(revision)]
  const { readinessProbe: _probe, ...rest } = container
  return {
    ...rest,
    name: container.name ?? `user-container-${index}`,
    image: revision.status?.containerStatuses?.[index]?.imageDigest ?? container.image,
    imagePullPolicy: container.imagePullPolicy ?? 'IfNotPresent',
    env: [...(container.env ?? []), ...knative],
    ...(serves ? { ports: [named] } : {}),
    resources: container.resources ?? {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
}

function identity({ metadata }: Revision): { name: string; value: string }[] {
  return [
    { name: 'K_REVISION', value: metadata.name },
    { name: 'K_CONFIGURATION', value: metadata.labels?.[`${group}/configuration`] ?? '' },
    { name: 'K_SERVICE', value: metadata.labels?.[`${group}/service`] ?? '' },
  ]
}

function podStatus(revision: Revision, member: Member): Record<string, unknown> {
  const ready = member.state === 'ready'
  const created = timestamp(member.createdAt)
  const readiness = {
    status: ready ? 'True' : 'False',
    lastTransitionTime: timestamp(member.readyAt ?? member.startedAt),
  }
  const unready = ready ? {} : { reason: 'ContainersNotReady' }
  return {
    phase: member.instance && member.state !== 'starting' ? 'Running' : member.restarts > 0 ? 'Running' : 'Pending',
    conditions: [
      { type: 'PodReadyToStartContainers', status: member.instance ? 'True' : 'False', lastTransitionTime: created },
      { type: 'Initialized', status: 'True', lastTransitionTime: created },
      { type: 'Ready', ...readiness, ...unready },
      { type: 'ContainersReady', ...readiness, ...unready },
      { type: 'PodScheduled', status: 'True', lastTransitionTime: created },
    ],
    containerStatuses: [
      ...revision.spec.containers.map((container, index) => containerStatus(revision, container, index, member)),
      queueProxyStatus(member),
    ],
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: created,
  }
}

function containerStatus(revision: Revision, container: Container, index: number, member: Member): unknown {
  const ended = member.lastFailure && {
    terminated: {
      exitCode: member.lastFailure.exitCode ?? 1,
      reason: member.lastFailure.reason === 'OOMKilled' ? 'OOMKilled' : 'Error',
      message: member.lastFailure.message,
    },
  }
  return {
    name: container.name ?? `user-container-${index}`,
    image: container.image,
    imageID: revision.status?.containerStatuses?.[index]?.imageDigest ?? '',
    ready: member.state === 'ready',
    started: member.readyAt !== undefined,
    restartCount: member.restarts,
    state: containerState(member),
    lastState: ended ?? {},
  }
}

function containerState(member: Member): unknown {
  if (member.instance) return { running: { startedAt: timestamp(member.startedAt) } }
  if (member.state !== 'waiting') return { waiting: { reason: 'ContainerCreating' } }
  return { waiting: { reason: 'CrashLoopBackOff', message: member.lastFailure?.message ?? '' } }
}

function without(entries: Record<string, string> | undefined, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(entries ?? {}).filter(([key]) => !keys.includes(key)))
}

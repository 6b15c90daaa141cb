// What Kubernetes Events tell of a change, in the words of Knative's controllers and of the kubelet: pure.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { Pod } from '../../api/core/types.ts'
import type { Configuration, StatusBase } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import { controllerOf, groupOf, type KubeObject } from '../../kernel/object.ts'
import type { StoreEvent } from '../../kernel/object-store.ts'

/** One thing to be told about an object. */
export interface Told {
  about: Subject
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  component: string
}

export interface Subject {
  apiVersion: string
  kind: string
  namespace: string
  name: string
  uid?: string
  /** A part of it: `spec.containers{user-container}`. */
  fieldPath?: string
}

type Change = Pick<StoreEvent, 'type' | 'object' | 'before'>

const servingGroup = 'serving.knative.dev'

/** What is to be told about a change; nothing for most. */
export function tellings(change: Change): Told[] {
  const { object, type } = change
  const group = groupOf(object.apiVersion)
  if (group === '' && object.kind === 'Pod') return podStory(change)
  if (object.kind === 'PodAutoscaler') return scaleStory(change)
  const made = type === 'ADDED' ? creation(object) : []
  if (group !== servingGroup) return made
  return [...made, ...readinessStory(change), ...configurationStory(change)]
}

/** Whose controllers tell that they made something, by the kind of the owner. */
const makers: Readonly<Record<string, string>> = {
  Service: 'service-controller',
  Configuration: 'configuration-controller',
  Route: 'route-controller',
  DomainMapping: 'domainmapping-controller',
}

function creation(object: KubeObject): Told[] {
  const owner = controllerOf(object)
  const component = owner && makers[owner.kind]
  if (!owner || !component) return []
  const kind = groupOf(object.apiVersion) === '' ? 'placeholder service' : object.kind
  const about = {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    namespace: object.metadata.namespace ?? '',
    name: owner.name,
    ...(owner.uid ? { uid: owner.uid } : {}),
  }
  const message = `Created ${kind} "${object.metadata.name}"`
  return [{ about, type: 'Normal', reason: 'Created', message, component }]
}

interface WithStatus extends KubeObject {
  status?: StatusBase
}

/** A kind that becomes ready says so in its own words (revision.go, configuration.go); the others in the condition's. */
const becameReady: Readonly<Record<string, [reason: string, message: string]>> = {
  Revision: ['RevisionReady', 'Revision becomes ready upon all resources being ready'],
  Configuration: ['ConfigurationReady', 'Configuration becomes ready'],
  Service: ['ServiceReady', 'Service becomes ready'],
  Route: ['RouteReady', 'Route becomes ready'],
}

function readinessStory({ type, object, before }: Change): Told[] {
  if (type === 'DELETED') return []
  const ready = conditionOf((object as WithStatus).status?.conditions, 'Ready')
  const was = conditionOf((before as WithStatus | undefined)?.status?.conditions, 'Ready')
  if (!ready || ready.status === was?.status) return []
  const common = { about: subjectOf(object), component: `${object.kind.toLowerCase()}-controller` }
  const words = becameReady[object.kind]
  if (ready.status === 'True' && words) return [{ ...common, type: 'Normal', reason: words[0], message: words[1] }]
  if (ready.status !== 'False') return []
  return [{ ...common, type: 'Warning', reason: ready.reason ?? 'NotReady', message: ready.message ?? '' }]
}

function configurationStory({ type, object, before }: Change): Told[] {
  if (object.kind !== 'Configuration' || type === 'DELETED') return []
  const latest = (object as Configuration).status?.latestReadyRevisionName
  if (!latest || latest === (before as Configuration | undefined)?.status?.latestReadyRevisionName) return []
  const message = `LatestReadyRevisionName updated to "${latest}"`
  const component = 'configuration-controller'
  return [{ about: subjectOf(object), type: 'Normal', reason: 'LatestReadyUpdate', message, component }]
}

/** Scale from and to zero, told of the deployment a cluster would have (deployment/sync.go). */
function scaleStory({ object, before }: Change): Told[] {
  const { metadata, spec } = object as PodAutoscaler
  const scaleOf = (one: KubeObject | undefined) =>
    Math.max(0, (one as PodAutoscaler | undefined)?.status?.desiredScale ?? 0)
  const [from, to] = [scaleOf(before), scaleOf(object)]
  if (from === to) return []
  const { apiVersion, kind, name } = spec.scaleTargetRef
  const about = { apiVersion, kind, name, namespace: metadata.namespace ?? '' }
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`
  return [{ about, type: 'Normal', reason: 'ScalingReplicaSet', message, component: 'deployment-controller' }]
}

interface ContainerStatus {
  name: string
  restartCount: number
  state?: Record<string, { reason?: string; message?: string } | undefined>
  lastState?: Record<string, { reason?: string } | undefined>
}

function podStory({ type, object, before }: Change): Told[] {
  if (!object.metadata.labels?.['serving.knative.dev/revision']) return []
  const statuses = statusesOf(object)
  if (type === 'DELETED')
    return statuses.map(one => container(object, one, 'Killing', `Stopping container ${one.name}`))
  const earlier = new Map(statusesOf(before).map(one => [one.name, one]))
  return statuses.flatMap(one => containerStory(object, one, earlier.get(one.name)))
}

function statusesOf(object: KubeObject | undefined): ContainerStatus[] {
  return ((object as Pod | undefined)?.status?.containerStatuses ?? []) as ContainerStatus[]
}

function containerStory(pod: KubeObject, now: ContainerStatus, before: ContainerStatus | undefined): Told[] {
  const { name } = now
  const restarted = now.restartCount > (before?.restartCount ?? 0)
  const started = Boolean(now.state?.running) && (!before?.state?.running || restarted)
  const oom = restarted && now.lastState?.terminated?.reason === 'OOMKilled'
  const backsOff =
    now.state?.waiting?.reason === 'CrashLoopBackOff' &&
    (restarted || before?.state?.waiting?.reason !== 'CrashLoopBackOff')
  const memory = `Memory limit exceeded: container ${name} was killed`
  const back = `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`
  return [
    ...(oom ? [container(pod, now, 'OOMKilling', memory, 'Warning')] : []),
    ...(started ? [container(pod, now, 'Created', `Created container: ${name}`)] : []),
    ...(started ? [container(pod, now, 'Started', `Started container ${name}`)] : []),
    ...(backsOff ? [container(pod, now, 'BackOff', back, 'Warning')] : []),
  ]
}

function container(
  pod: KubeObject,
  { name }: ContainerStatus,
  reason: string,
  message: string,
  type: Told['type'] = 'Normal',
): Told {
  const about = { ...subjectOf(pod), fieldPath: `spec.containers{${name}}` }
  return { about, type, reason, message, component: 'kubelet' }
}

function subjectOf({ apiVersion, kind, metadata }: KubeObject): Subject {
  const { namespace = '', name, uid } = metadata
  return { apiVersion, kind, namespace, name, ...(uid ? { uid } : {}) }
}

// Which keys of which queue a change concerns.
import { autoscaling } from '../api/autoscaling/types.ts'
import { core } from '../api/core/types.ts'
import { networking } from '../api/networking/types.ts'
import { labels } from '../api/serving/labels.ts'
import { type DomainMapping, type Route, serving } from '../api/serving/types.ts'
import { controllerOf, formatKind, type GroupKind, type KubeObject, keyOf } from '../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../kernel/object-store.ts'
import { systemNamespace } from './config/live.ts'
import { keyFor } from './context.ts'

export type QueueName =
  | 'service'
  | 'configuration'
  | 'revision'
  | 'route'
  | 'ingress'
  | 'domainMapping'
  | 'serverlessService'
  | 'gc'
export type Change = Pick<StoreEvent, 'type' | 'object'>
export type Work = [queue: QueueName, key: string]

type Rule = (store: ObjectStore, object: KubeObject) => Work[]

/** The queue that keeps the objects of a kind, and what they own. */
const keepers: Record<string, QueueName> = {
  Service: 'service',
  Configuration: 'configuration',
  Revision: 'revision',
  Route: 'route',
  DomainMapping: 'domainMapping',
  Ingress: 'ingress',
  // All three bear the name of the revision.
  PodAutoscaler: 'serverlessService',
  ServerlessService: 'serverlessService',
}

const rules = new Map<string, Rule>([
  [formatKind(serving.service), (store, one) => [['service', own(one)], ...mappingsTo(store, one)]],
  [formatKind(serving.configuration), configurationWork],
  [formatKind(serving.revision), revisionWork],
  [formatKind(serving.route), (store, one) => [['route', own(one)], ...owner(one), ...mappingsTo(store, one)]],
  [formatKind(serving.domainMapping), (_, one) => [['domainMapping', own(one)]]],
  [formatKind(networking.ingress), (_, one) => [['ingress', own(one)], ...owner(one)]],
  [formatKind(networking.clusterDomainClaim), (store, one) => mappingsNamed(store, one.metadata.name)],
  [formatKind(autoscaling.podAutoscaler), (_, one) => [['serverlessService', own(one)], ...owner(one)]],
  [formatKind(networking.serverlessService), (_, one) => owner(one)],
  [formatKind(core.service), (_, one) => owner(one)],
  [formatKind(core.configMap), configMapWork],
])

/** What is to be looked at again after a change. */
export function dependents(store: ObjectStore, { object }: Change): Work[] {
  return rules.get(formatKind(keyOf(object)))?.(store, object) ?? []
}

/** True when that is the object's own keeper looking at it again. */
export function isOwn({ object }: Change, [queue, key]: Work): boolean {
  return keepers[object.kind] === queue && key === own(object)
}

const own = (object: KubeObject): string => keyFor(object.metadata)

function owner(object: KubeObject): Work[] {
  const controller = controllerOf(object)
  const queue = controller && keepers[controller.kind]
  return queue ? [[queue, keyFor({ ...object.metadata, name: controller.name })]] : []
}

function configurationWork(store: ObjectStore, configuration: KubeObject): Work[] {
  const { name } = configuration.metadata
  const routes = routesWhere(store, configuration, target => target.configurationName === name)
  return [['configuration', own(configuration)], ['gc', own(configuration)], ...owner(configuration), ...routes]
}

function revisionWork(store: ObjectStore, revision: KubeObject): Work[] {
  const { name } = revision.metadata
  const configuration = revision.metadata.labels?.[labels.configuration]
  const routes = routesWhere(
    store,
    revision,
    target => target.revisionName === name || target.configurationName === configuration,
  )
  // A revision whose traffic went away may be one too many from now on.
  const spare: Work[] = configuration ? [['gc', keyFor({ ...revision.metadata, name: configuration })]] : []
  return [['revision', own(revision)], ...spare, ...owner(revision), ...routes]
}

function routesWhere(
  store: ObjectStore,
  { metadata }: KubeObject,
  refers: (target: { revisionName?: string; configurationName?: string }) => boolean,
): Work[] {
  return store
    .list<Route>(serving.route, { namespace: metadata.namespace ?? '' })
    .filter(route => route.spec.traffic?.some(refers))
    .map(route => ['route', own(route)])
}

/** A route's address is what mappings to it, or to its Service, resolve to. */
function mappingsTo(store: ObjectStore, { metadata }: KubeObject): Work[] {
  return store
    .list<DomainMapping>(serving.domainMapping, { namespace: metadata.namespace ?? '' })
    .filter(mapping => mapping.spec.ref?.name === metadata.name)
    .map(mapping => ['domainMapping', own(mapping)])
}

function mappingsNamed(store: ObjectStore, name: string): Work[] {
  const named = store.list<DomainMapping>(serving.domainMapping).filter(mapping => mapping.metadata.name === name)
  return named.map(mapping => ['domainMapping', own(mapping)])
}

/** The kinds that a ConfigMap of Knative bears on. */
const readers: Record<string, [QueueName, GroupKind][]> = {
  'config-deployment': [['revision', serving.revision]],
  'config-domain': [['route', serving.route]],
  'config-features': [['route', serving.route]],
  'config-gc': [['gc', serving.configuration]],
  'config-network': [
    ['route', serving.route],
    ['domainMapping', serving.domainMapping],
  ],
}

function configMapWork(store: ObjectStore, { metadata }: KubeObject): Work[] {
  if (metadata.namespace !== systemNamespace) return []
  const read = readers[metadata.name] ?? []
  return read.flatMap(([queue, kind]) => store.list(kind).map((object): Work => [queue, own(object)]))
}

// Marks the configurations and revisions a route sends traffic to: who is routed is told by label and annotation.
import { annotations, labels } from '../../api/serving/labels.ts'
import { type Configuration, type Revision, type Route, serving } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import { controllerOf, type KubeObject, timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

/** The names in a comma-separated annotation. */
export function listOf(text: string | undefined): string[] {
  return text ? text.split(',') : []
}

/**
 * Brings the marks in line with spec and status of a route: what is listed gets them; what is not loses them once the
 * route settled, so that nothing is marked unused while traffic still moves (labeler/metasync.go).
 */
export function syncRoutingMeta(store: ObjectStore, route: Route, now: number): void {
  const { revisions, configurations } = referred(store, route)
  const { observedGeneration, conditions } = route.status ?? {}
  const ready = conditionOf(conditions, 'Ready')?.status
  const settled = observedGeneration === route.metadata.generation && ready !== undefined && ready !== 'Unknown'
  mark<Revision>(store, serving.revision, route, name => revisions.has(name), settled, now)
  // A Service lists its Route on its Configuration in any case: clearing it would be undone at once.
  const sibling = route.metadata.labels?.[labels.service]
  mark<Configuration>(
    store,
    serving.configuration,
    route,
    name => configurations.has(name) || name === sibling,
    settled,
  )
}

/** Takes all marks of a route off, before it goes. */
export function clearRoutingMeta(store: ObjectStore, route: Route, now: number): void {
  mark<Revision>(store, serving.revision, route, () => false, true, now)
  mark<Configuration>(store, serving.configuration, route, () => false, true)
}

function referred(store: ObjectStore, route: Route): { revisions: Set<string>; configurations: Set<string> } {
  const namespace = route.metadata.namespace ?? ''
  const revisions = new Set<string>()
  const configurations = new Set<string>()
  for (const target of [...(route.status?.traffic ?? []), ...(route.spec.traffic ?? [])]) {
    const revision = target.revisionName && store.get<Revision>(serving.revision, namespace, target.revisionName)
    if (revision) revisions.add(revision.metadata.name)
    const owner = revision ? controllerOf(revision)?.name : target.configurationName
    const configuration = owner ? store.get<Configuration>(serving.configuration, namespace, owner) : undefined
    if (!configuration) continue
    configurations.add(configuration.metadata.name)
    // The newest revision is on its way to traffic: it must not be scaled away before it gets there.
    const created = configuration.status?.latestCreatedRevisionName
    if (created && target.latestRevision) revisions.add(created)
  }
  return { revisions, configurations }
}

/** `routingSince` is given for kinds that carry a routing state besides the list of routes. */
function mark<T extends KubeObject>(
  store: ObjectStore,
  kind: { group: string; kind: string },
  route: Route,
  isListed: (name: string) => boolean,
  settled: boolean,
  routingSince?: number,
): void {
  for (const object of store.list<T>(kind, { namespace: route.metadata.namespace ?? '' })) {
    const before = listOf(object.metadata.annotations?.[annotations.routes])
    const has = before.includes(route.metadata.name)
    const wanted = isListed(object.metadata.name) || (has && !settled)
    const unstated = wanted && routingSince !== undefined && object.metadata.labels?.[labels.routingState] !== 'active'
    if (has === wanted && !unstated) continue
    const others = before.filter(one => one !== route.metadata.name)
    const routes = wanted ? [...others, route.metadata.name].sort() : others
    store.update({ ...object, metadata: marked(object.metadata, routes, routingSince) })
  }
}

function marked(
  metadata: KubeObject['metadata'],
  routes: string[],
  routingSince: number | undefined,
): KubeObject['metadata'] {
  const { [annotations.routes]: _before, ...rest } = metadata.annotations ?? {}
  const own = routes.length > 0 ? { ...rest, [annotations.routes]: routes.join(',') } : rest
  const state = routes.length > 0 ? 'active' : 'reserve'
  if (routingSince === undefined || metadata.labels?.[labels.routingState] === state)
    return { ...metadata, annotations: own }
  return {
    ...metadata,
    annotations: { ...own, [annotations.routingStateModified]: timestamp(routingSince) },
    labels: { ...metadata.labels, [labels.routingState]: state },
  }
}

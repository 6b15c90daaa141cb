// The Kubernetes Services under a route's name and its tags: aliases of the gateway inside the cluster.
import { type CoreService, core } from '../../api/core/types.ts'
import { hostLabel, type NetworkConfig } from '../../api/serving/config/network.ts'
import { labels } from '../../api/serving/labels.ts'
import type { Route } from '../../api/serving/types.ts'
import { equal } from '../../kernel/equal.ts'
import { keyOf, ownedBy } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { isControlledBy, without } from '../context.ts'

/** Where the mesh takes requests of callers inside the cluster. */
export const localGateway = 'knative-local-gateway.istio-system.svc.cluster.local'

type Placeholder = CoreService & { spec: NonNullable<CoreService['spec']> }

/** The Service of a tag, or of the route itself. */
export function makePlaceholder(network: NetworkConfig, route: Route, tag: string): Placeholder {
  const { name, namespace = '', annotations } = route.metadata
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: hostLabel(network, name, tag),
      namespace,
      // Visibility is not handed down: on these Services the label is the user's, for one tag alone.
      labels: { ...without(route.metadata.labels, labels.visibility), [labels.route]: name },
      annotations: { ...annotations },
      ownerReferences: [ownedBy(route)],
    },
    spec: {
      externalName: localGateway,
      ports: [{ appProtocol: 'kubernetes.io/h2c', name: 'http2', port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
      type: 'ExternalName',
    },
  }
}

/** Makes the Services of `tags` and drops those of other tags; returns the name of one that is somebody else's. */
export function reconcilePlaceholders(
  store: ObjectStore,
  network: NetworkConfig,
  route: Route,
  tags: Iterable<string>,
): string | undefined {
  const { name, namespace = '' } = route.metadata
  const wanted = new Set<string>()
  for (const tag of tags) {
    const desired = makePlaceholder(network, route, tag)
    wanted.add(desired.metadata.name)
    const found = store.get<CoreService>(core.service, namespace, desired.metadata.name)
    if (found && !isControlledBy(found, route)) return desired.metadata.name
    applyPlaceholder(store, found, desired)
  }
  for (const one of store.list<CoreService>(core.service, { namespace, labels: { [labels.route]: name } })) {
    if (!wanted.has(one.metadata.name) && isControlledBy(one, route)) store.delete(keyOf(one))
  }
  return undefined
}

/** Labels and annotations that others put there stay. */
function applyPlaceholder(store: ObjectStore, found: CoreService | undefined, desired: Placeholder): void {
  if (!found) return void store.create({ ...desired, status: { loadBalancer: {} } })
  const metadata = {
    ...found.metadata,
    labels: { ...found.metadata.labels, ...desired.metadata.labels },
    annotations: { ...found.metadata.annotations, ...desired.metadata.annotations },
  }
  const spec = { ...found.spec, ...desired.spec }
  if (!equal(found, { ...found, metadata, spec })) store.update({ ...found, metadata, spec })
}

// Keeps the mesh's tables in step with the objects they are made of: one recompilation for all changes of a turn.
import type { Ingress } from '../../api/networking/types.ts'
import type { Revision } from '../../api/serving/types.ts'
import type { Log } from '../../kernel/log.ts'
import type { GroupKind, KubeObject } from '../../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../../kernel/object-store.ts'
import { collectMeshObjects } from '../../mesh/compile/collect-objects.ts'
import { type CompiledMesh, compileMesh } from '../../mesh/compile/compile.ts'
import type { MeshObjects, Workload } from '../../mesh/compile/mesh-objects.ts'
import { podLabels } from '../../serving/scaler/pod.ts'

export interface RouteFeed {
  /** True once the mesh routes by this version of the Ingress: at once, since asking brings it up to date. */
  programmed(ingress: Ingress): boolean
  stop(): void
}

export interface RouteFeedOptions {
  store: ObjectStore
  log: Log
  /** `objects` are what the table was made of, for the policies among them. */
  setTable(table: CompiledMesh, objects: MeshObjects): void
}

const networking = ['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'Sidecar']
const security = ['AuthorizationPolicy', 'RequestAuthentication', 'PeerAuthentication']
const revision: GroupKind = { group: 'serving.knative.dev', kind: 'Revision' }

const kinds: readonly GroupKind[] = [
  ...networking.map(kind => ({ group: 'networking.istio.io', kind })),
  ...security.map(kind => ({ group: 'security.istio.io', kind })),
  { group: '', kind: 'Service' },
  { group: '', kind: 'Endpoints' },
  { group: '', kind: 'ConfigMap' },
  { group: 'networking.internal.knative.dev', kind: 'Ingress' },
  revision,
]

export function feedRoutes({ store, log, setTable }: RouteFeedOptions): RouteFeed {
  const generations = new Map<string, number>()
  let stale = true
  let table: CompiledMesh | undefined
  const refresh = () => {
    if (!stale) return
    stale = false
    const objects = collectMeshObjects(
      kinds.flatMap(kind => store.list(kind)),
      workloadsOf(store),
    )
    const before = new Set(table?.refusals.map(({ where, message }) => `${where}: ${message}`))
    table = compileMesh(objects, table)
    for (const { where, message } of table.refusals) {
      if (!before.has(`${where}: ${message}`)) log('warn', `${where}: ${message}`)
    }
    setTable(table, objects)
  }
  const unwatch = store.watch(event => {
    if (!isOfMesh(event.object) || !isNews(event, generations)) return
    // After all that this turn of the event loop brings, and before it reads from a socket again: whoever was told of a
    // change finds it in force. While a project boots, two in three compilations are saved.
    if (!stale) setImmediate(refresh)
    stale = true
  })
  refresh()
  return {
    programmed(ingress) {
      refresh()
      return generations.get(ingress.metadata.uid ?? '') === ingress.metadata.generation
    },
    stop() {
      unwatch()
      stale = false
    },
  }
}

const meshKinds = new Set(kinds.map(({ group, kind }) => `${group}/${kind}`))

function isOfMesh({ apiVersion, kind, metadata }: KubeObject): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  if (!meshKinds.has(`${group}/${kind}`)) return false
  return kind !== 'ConfigMap' || (metadata.name === 'istio' && metadata.namespace === 'istio-system')
}

/** A change of nothing but the status changes no route; objects that have no generation may have changed in anything. */
function isNews({ type, object }: StoreEvent, generations: Map<string, number>): boolean {
  const { uid = '', generation } = object.metadata
  if (type === 'MODIFIED' && generation !== undefined && generations.get(uid) === generation) return false
  if (type === 'DELETED') generations.delete(uid)
  else generations.set(uid, generation ?? 0)
  return true
}

function workloadsOf(store: ObjectStore): Workload[] {
  return store.list<Revision>(revision).map(one => ({
    namespace: one.metadata.namespace ?? '',
    revision: one.metadata.name,
    labels: podLabels(one, ''),
  }))
}

// Plugs Istio's policies into the mesh: where key sets come from, and whether Knative's activator has an identity.
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import { createMeshPolicy, type MeshPolicy } from '../../mesh/security/mesh-policy.ts'

export interface MeshPoliciesOptions {
  store: ObjectStore
  clock: Clock
  log: Log
  /** Gets key sets by `https:` URLs; from the network when left out. */
  fetchOverTls?: (url: string) => Promise<string>
  /** Asked when the first key set is fetched. */
  mesh(): Pick<Mesh, 'send'>
}

const fetchTimeoutMs = 5_000

export function meshPolicies({ store, clock, log, mesh, fetchOverTls = overTls }: MeshPoliciesOptions): MeshPolicy {
  const fetchText = async (url: string) => (url.startsWith('https:') ? fetchOverTls(url) : throughMesh(mesh(), url))
  return createMeshPolicy({ clock, log, fetch: fetchText, activatorInjected: () => activatorInjected(store) })
}

/** Plain HTTP may name a service of the cluster, so it takes the way of any call. */
async function throughMesh(mesh: Pick<Mesh, 'send'>, url: string): Promise<string> {
  const request = { method: 'GET', url, headers: ['accept', 'application/json'], body: Buffer.alloc(0) }
  const { status, body } = await mesh.send({ ...request, timeoutMs: fetchTimeoutMs })
  if (status !== 200) throw new Error(`${url} answered ${status}`)
  return body.toString()
}

async function overTls(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}

/** Here it has a sidecar unless its namespace is kept out of the mesh, as a cluster set up for STRICT has it. */
function activatorInjected(store: ObjectStore): boolean {
  const namespace = store.get<KubeObject>({ group: '', kind: 'Namespace' }, '', 'knative-serving')
  return namespace?.metadata.labels?.['istio-injection'] !== 'disabled'
}

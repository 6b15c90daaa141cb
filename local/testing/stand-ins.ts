// Finds who answers in place of an endpoint, and turns what the mesh sends into a Request and back.

import type { Replace, Replaced } from '../mesh/replacement.ts'
import type { Cluster, ClusterEndpoint } from '../mesh/table/cluster.ts'
import type { MeshTable } from '../mesh/table/mesh-table.ts'
import { BrokenConnection, type InternalRequest, type InternalResponse } from '../seams/internal-service.ts'
import type { Handler, StandIn } from './index.d.ts'

const mostBodyBytes = 64 * 1024 * 1024

/** Everything that would leave the mesh is answered by what `handlerOf` finds. */
export function replaceBy(handlerOf: (standIn: StandIn) => Handler): Replace {
  return replaced => ({ maxBodyBytes: mostBodyBytes, handle: request => answer(handlerOf, replaced, request) })
}

async function answer(
  handlerOf: (standIn: StandIn) => Handler,
  replaced: Replaced,
  request: InternalRequest,
): Promise<InternalResponse> {
  const standIn = standInOf(replaced)
  const response = await handlerOf(standIn)(requestOf(request), standIn)
  if (response.type === 'error') throw new BrokenConnection('the test breaks the connection off')
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: [...response.headers].flat(), body }
}

/** A wildcard, and whatever the caller wanted to go to itself, are told by the host that was asked for. */
function standInOf({ cluster, endpoint, revision }: Replaced): StandIn {
  const { name, subset, discovery } = cluster
  const asked = discovery === 'original' && endpoint.kind === 'address' ? endpoint : cluster
  const standIn = { host: asked.host, port: asked.port, subset, cluster: name, labels: endpoint.labels }
  return revision ? { ...standIn, revision: { namespace: revision.namespace, name: revision.revision } } : standIn
}

/** What the activator and the queue in front of a function keep to themselves. */
const activatorsOwn = new Set(['knative-serving-namespace', 'knative-serving-revision'])

function requestOf({ method, host, target, headers, body }: InternalRequest): Request {
  const lines: [string, string][] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!activatorsOwn.has(name)) lines.push([name, headers[index + 1] ?? ''])
  }
  const bodyless = method === 'GET' || method === 'HEAD'
  const sent = bodyless ? {} : { body: new Uint8Array(body) }
  return new Request(`http://${host}${target}`, { method, headers: [['host', host], ...lines], ...sent })
}

/** Says who was asked and what came: host, subset, revision, path, headers, body. */
export const echo: Handler = async (request, { labels: _, ...standIn }) => {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  const body = await request.text()
  return Response.json({ ...standIn, method: request.method, path: pathname + search, headers, body })
}

/**
 * Services that a test answers for have somebody behind them, whatever their selector would find: one endpoint a subset.
 * Clusters stay the same objects as long as they can, so that balancing remembers them.
 */
export function createStaffing(isAnswered: (host: string) => boolean): (table: MeshTable) => MeshTable {
  const known = new WeakMap<Cluster, Cluster>()
  const staffed = (cluster: Cluster): Cluster => {
    if (cluster.endpoints.length > 0 || cluster.discovery === 'original' || !isAnswered(cluster.host)) return cluster
    const made = known.get(cluster) ?? { ...cluster, endpoints: [somebody(cluster)] }
    known.set(cluster, made)
    return made
  }
  const all = (clusters: ReadonlyMap<string, Cluster>) =>
    new Map(Array.from(clusters, ([name, cluster]) => [name, staffed(cluster)]))
  return table => ({
    ...table,
    clusters: all(table.clusters),
    outboundClusters: caller => all(table.outboundClusters(caller)),
  })
}

function somebody({ host, port }: Cluster): ClusterEndpoint {
  return { kind: 'address', host, port, labels: {}, weight: 1, locality: '' }
}

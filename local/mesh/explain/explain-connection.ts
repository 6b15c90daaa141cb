// Says where a connection goes whose bytes the mesh does not read, and why: `tls://HOST:PORT`, `tcp://HOST:PORT`.
import { isIP } from 'node:net'
import { addressOf } from '../cluster/host.ts'
import { type Entrance, isPlainHttp } from '../proxy/door.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import type { FilterChain } from '../table/mesh-table.ts'
import type { NamedChain, TcpRoute } from '../table/tcp-route.ts'
import { chainFor, outboundChain } from '../tcp/choose-chain.ts'
import { doorName } from './explain.ts'
import type { ExplainedDestination, ExplainedHop, Explanation } from './explanation.d.ts'
import { placeOfOrigin } from './place.ts'
import type { ExplainedMesh } from './step.ts'

export interface ExplainedConnection {
  /** With a port. Of `tls:` the host is what the hello names, too. */
  url: URL
  entrance: Entrance
}

/** Pure. Weights are told, not drawn. */
export function explainConnection(mesh: ExplainedMesh, { url, entrance }: ExplainedConnection): Explanation {
  const hello = url.protocol === 'tls:' ? { serverName: url.hostname.toLowerCase() } : {}
  const nothing = { target: '', nearest: [], policies: [], passedOver: [], destinations: [] }
  const hop = { ...nothing, door: doorName(entrance), host: url.host }
  const way = 'caller' in entrance ? outside(mesh, url, entrance, hello) : inside(mesh, entrance.gatewayPort, hello)
  return { request: url.href, first: { ...hop, ...way } }
}

type Way = Partial<ExplainedHop>

function inside(mesh: ExplainedMesh, port: number, hello: { serverName?: string }): Way {
  const chains = mesh.table.gatewayPorts.get(port)?.chains ?? []
  const [first] = chains
  if (!first) return { answer: 'connection refused: no Gateway opens this port' }
  const chain = first.serverNames.length === 0 ? first : chainFor(chains, hello)
  if (!chain) return { nearest: namesOf(chains), answer: `reset: no server at this port is for ${wanted(hello)}` }
  if (!chain.tcp)
    return { virtualHost: nameOf(chain), answer: `requests are read here: explain the ${scheme(chain)} URL` }
  return { virtualHost: nameOf(chain), ...along(mesh, chain.tcp, mesh.table.clusters) }
}

function scheme(chain: FilterChain): string {
  return isPlainHttp(chain) ? 'http' : 'https'
}

function outside(
  mesh: ExplainedMesh,
  { hostname }: URL,
  { caller, port }: Extract<Entrance, { caller: unknown }>,
  hello: { serverName?: string },
): Way {
  const { tcp, otherwise } = mesh.table.outbound(caller, port)
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const { chains } = tcp.named.get(host) ?? tcp.others
  const chain = outboundChain(chains, hello, isIP(host) ? host : undefined)
  if (chain) return { virtualHost: nameOf(chain), ...along(mesh, chain.route, mesh.table.outboundClusters(caller)) }
  const passes = 'passed on to the address the caller wanted: the mesh has no rule for it (ALLOW_ANY)'
  const answer = otherwise === 'ALLOW_ANY' ? passes : 'closed: the mesh has no rule for it (REGISTRY_ONLY)'
  return { nearest: namesOf(chains), answer }
}

function along(mesh: ExplainedMesh, route: TcpRoute, clusters: ReadonlyMap<string, Cluster>): Way {
  return {
    rule: placeOfOrigin(route.origin, mesh.manifests),
    destinations: route.clusters.map(({ cluster, weight }): ExplainedDestination => {
      const share = Math.round((10_000 * weight) / route.totalWeight) / 100
      return { share, cluster, requestHeaders: [], endpoints: endpointTexts(clusters.get(cluster)), policies: [] }
    }),
  }
}

function endpointTexts(cluster: Cluster | undefined): string[] {
  if (!cluster) return ['closed: no such service, port or subset']
  if (cluster.discovery === 'original') return ['the address the caller wanted']
  if (cluster.endpoints.length === 0) return ['closed: it has no endpoints']
  return cluster.endpoints.map(endpointText)
}

function endpointText(endpoint: ClusterEndpoint): string {
  const text = addressOf(endpoint)
  return endpoint.kind === 'address' ? text : `${text}: closed, it takes requests of HTTP alone`
}

function nameOf({ serverNames, tls }: NamedChain & { tls?: FilterChain['tls'] }): string {
  const names = serverNames.length === 0 || serverNames.includes('*') ? 'every connection' : serverNames.join(', ')
  return tls ? `${names} (TLS ends here, ${tls.mode})` : names
}

function namesOf(chains: readonly NamedChain[]): string[] {
  return chains.flatMap(({ serverNames }) => serverNames).slice(0, mostNames)
}

const mostNames = 5

function wanted({ serverName }: { serverName?: string }): string {
  return serverName === undefined ? 'a client that names nobody' : serverName
}

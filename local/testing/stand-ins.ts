// Puts handlers in the place of everything that requests leave the mesh for: endpoints, revisions, hosts outside.
import type { InternalRequest, InternalResponse, InternalService } from '../mesh/internal-service.ts'
import type { Cluster, ClusterEndpoint } from '../mesh/table/cluster.ts'
import type { MeshTable, OutboundPort } from '../mesh/table/mesh-table.ts'
import type { Route } from '../mesh/table/route.ts'

/** Who a handler answers as. */
export interface StandIn {
  /** In full: `reviews.default.svc.cluster.local`, or a host outside. */
  host: string
  port: number
  /** Empty for the whole service. */
  subset: string
  cluster: string
  /** The endpoint's labels. */
  labels: Readonly<Record<string, string>>
  /** Of a Knative Service. */
  revision?: { namespace: string; name: string }
}

/** Answers a request of the mesh in a test; throwing is a failure of the backend: 500. */
export type Handler = (request: Request, standIn: StandIn) => Response | Promise<Response>

const mostBodyBytes = 64 * 1024 * 1024
const outside = 'PassthroughCluster'

/** The table with every endpoint in memory. Clusters stay the same objects, so that balancing remembers them. */
export function withStandIns(
  table: MeshTable,
  register: (host: string, service: InternalService) => void,
  handle: (request: Request, standIn: StandIn) => Promise<Response>,
): MeshTable {
  const known = new WeakMap<Cluster, Cluster>()
  const replaced = (cluster: Cluster): Cluster => {
    const found = known.get(cluster)
    if (found) return found
    const endpoints = cluster.endpoints.map((endpoint, index) => standInFor(cluster, endpoint, index))
    const made: Cluster = { ...cluster, discovery: 'static', endpoints }
    known.set(cluster, made)
    return made
  }
  const standInFor = (cluster: Cluster, endpoint: ClusterEndpoint, index: number): ClusterEndpoint => {
    if (endpoint.kind === 'gateway') return endpoint
    const host = `${cluster.key}#${index}`
    register(
      host,
      serviceOf(request => handle(requestOf(request), standInOf(cluster, endpoint, request))),
    )
    const { labels, weight, locality } = endpoint
    return { kind: 'internal', host, labels, weight, locality }
  }
  const all = (clusters: ReadonlyMap<string, Cluster>) =>
    new Map(Array.from(clusters, ([name, cluster]) => [name, replaced(cluster)]))
  register(
    outside,
    serviceOf(request => handle(requestOf(request), outsider(request))),
  )
  return {
    ...table,
    clusters: all(table.clusters),
    outboundClusters: caller => all(table.outboundClusters(caller)).set(outside, outsideCluster),
    outbound: (caller, port) => open(table.outbound(caller, port)),
  }
}

function serviceOf(handle: (request: InternalRequest) => Promise<Response>): InternalService {
  return {
    maxBodyBytes: mostBodyBytes,
    async handle(request): Promise<InternalResponse> {
      const response = await handle(request)
      const headers = [...response.headers].flat()
      return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) }
    },
  }
}

const activatorsOwn = ['knative-serving-namespace', 'knative-serving-revision']

function requestOf({ method, host, target, headers, body }: InternalRequest): Request {
  const lines: [string, string][] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!activatorsOwn.includes(name)) lines.push([name, headers[index + 1] ?? ''])
  }
  const bodyless = method === 'GET' || method === 'HEAD'
  const sent = bodyless ? {} : { body: new Uint8Array(body) }
  return new Request(`http://${host}${target}`, { method, headers: [['host', host], ...lines], ...sent })
}

/** The activator goes by two headers where they are there. */
function standInOf(cluster: Cluster, endpoint: ClusterEndpoint, { headers }: InternalRequest): StandIn {
  const { host, port, subset, name } = cluster
  const standIn = { host, port, subset, cluster: name, labels: endpoint.labels }
  if (endpoint.kind !== 'revision') return standIn
  const header = (wanted: string) => headers[headers.findIndex((one, at) => at % 2 === 0 && one === wanted) + 1]
  const named = headers.includes('knative-serving-revision')
  const revision = {
    namespace: (named && header('knative-serving-namespace')) || endpoint.namespace,
    name: (named && header('knative-serving-revision')) || endpoint.revision,
  }
  return { ...standIn, revision }
}

function outsider({ host }: InternalRequest): StandIn {
  const [name = '', port = '80'] = host.split(':')
  return { host: name, port: Number(port), subset: '', cluster: outside, labels: {} }
}

const outsideEndpoint: ClusterEndpoint = { kind: 'internal', host: outside, labels: {}, weight: 1, locality: '' }

const outsideCluster: Cluster = {
  name: outside,
  key: outside,
  host: '',
  port: 0,
  subset: '',
  protocol: 'http1',
  discovery: 'static',
  endpoints: [outsideEndpoint],
  balancing: { kind: 'passthrough' },
  limits: undefined,
  outlier: undefined,
  tls: undefined,
  connectTimeoutMs: 0,
  metadata: { service: '', namespace: '' },
}

const allowAny: Route = {
  name: 'allow_any',
  origin: { kind: '', namespace: '', name: '', path: '' },
  match: { path: undefined, ignoreCase: false, headers: [], query: [] },
  action: {
    kind: 'forward',
    clusters: [
      { cluster: outside, weight: 1, authority: undefined, requestHeaders: undefined, responseHeaders: undefined },
    ],
    totalWeight: 1,
    destinationHeadersFirst: false,
    rewrite: undefined,
    timeoutMs: 0,
    retry: undefined,
    mirrors: [],
    operation: '',
  },
  requestHeaders: undefined,
  responseHeaders: undefined,
  fault: undefined,
  cors: undefined,
}

const opened = new WeakMap<OutboundPort, OutboundPort>()

/** Nothing leaves a test: hosts that the mesh lets pass have a stand-in too. */
function open(port: OutboundPort): OutboundPort {
  if (port.otherwise !== 'ALLOW_ANY' || port.hosts.any) return port
  const known = opened.get(port)
  if (known) return known
  const any = { name: 'allow_any', routes: [allowAny], httpsRedirect: false }
  const made = { ...port, hosts: { ...port.hosts, any } }
  opened.set(port, made)
  return made
}

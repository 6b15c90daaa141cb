// Says where a request goes and why, from the tables alone: every hop, every rule passed over, every share.
import { nearestNames } from '../../manifests/nearest-name.ts'
import { developmentHttps, doorAt, type Entrance } from '../proxy/door.ts'
import { normalizeTarget } from '../proxy/path.ts'
import { type Mismatch, traceRoute } from '../route/trace.ts'
import { hostOf, pickHost } from '../route/walk.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import type { ForwardAction, RedirectAction, Route, WeightedCluster } from '../table/route.ts'
import type { VirtualHosts } from '../table/virtual-hosts.ts'
import { chainFor } from '../tcp/choose-chain.ts'
import { effectsOf, headerChanges, onward } from './effects.ts'
import type { ExplainedDestination, ExplainedHop, Explanation } from './explanation.d.ts'
import { placeOfRoute } from './place.ts'
import { gatewayPolicies, podPolicies, tokenClaims } from './policies.ts'
import type { ExplainedMesh, Step } from './step.ts'

export interface ExplainedRequest {
  url: URL
  method: string
  /** `[name, value, …]` */
  headers: readonly string[]
  entrance: Entrance
}

/** Rules may send a request round in circles: after so many hops nothing more is told. */
const mostHops = 8
const mostNearest = 3

/** Pure. Faults, weights and mirrors are told, not drawn; a token in the request is taken to be valid. */
export function explain(mesh: ExplainedMesh, { url, method, headers, entrance }: ExplainedRequest): Explanation {
  const lower = headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
  const at = lower.findIndex((one, index) => index % 2 === 0 && one === 'host')
  const host = (at < 0 ? undefined : lower[at + 1]) ?? url.host
  const request = `${method} ${url.href}`
  const step = { mesh, method, host, target: url.pathname + url.search, headers: lower, entrance, depth: 0 }
  try {
    const target = normalizeTarget(step.target, mesh.table.mesh.pathNormalization)
    return { request, first: explainHop({ ...step, target }) }
  } catch {
    return { request, first: { ...nowhere(step), answer: '400: the path is not a valid one' } }
  }
}

function explainHop(step: Step): ExplainedHop {
  const { mesh, method, host, target, headers, entrance } = step
  const door = doorAt(mesh.table, entrance)
  const hop = nowhere(step)
  if (!door) return { ...hop, answer: `connection refused: ${closedText(mesh, entrance)}` }
  const virtualHost = pickHost(door.hosts, host)
  const policies = gatewayPolicies(step)
  const denied = policies.some(one => one.denies) ? '403: RBAC: access denied' : undefined
  if (!virtualHost) {
    const answer = denied ?? otherwiseText(door.otherwise)
    return { ...hop, policies, nearest: nearestHosts(door.hosts, host), answer }
  }
  const found = { ...hop, virtualHost: virtualHost.name, policies }
  if (virtualHost.httpsRedirect && door.scheme === 'http') {
    return { ...found, answer: denied ?? `301 to https://${host}${target}: the server of the Gateway redirects` }
  }
  const claims = tokenClaims(step)
  const walked = { method, scheme: door.scheme, authority: host, target, headers, ...(claims && { claims }) }
  const trace = traceRoute(virtualHost, walked)
  const passedOver = trace.passedOver.map(({ route, because }) => passedOverRule(route, because, mesh))
  if (!trace.found) return { ...found, passedOver, answer: denied ?? '404: no rule of this host matches' }
  const rule = placeOfRoute(trace.found, mesh.manifests)
  if (denied) return { ...found, passedOver, rule, answer: denied }
  return { ...found, passedOver, rule, ...outcomeOf(trace.found, step) }
}

function nowhere({ entrance, host, target }: Step): ExplainedHop {
  return { door: doorName(entrance), host, target, nearest: [], policies: [], passedOver: [], destinations: [] }
}

function passedOverRule(route: Route, { field, expected, got }: Mismatch, { manifests }: ExplainedMesh) {
  return { rule: placeOfRoute(route, manifests), field, wanted: expected, actual: got }
}

/** `gateway port 80`, or `sidecar of default/default, port 80`. */
export function doorName(entrance: Entrance): string {
  if (!('caller' in entrance)) return `gateway port ${entrance.gatewayPort}`
  const { namespace, serviceAccount } = entrance.caller
  return `sidecar of ${namespace}/${serviceAccount}, port ${entrance.port}`
}

function closedText({ table }: ExplainedMesh, entrance: Entrance): string {
  const opened = [...table.gatewayPorts.keys()].toSorted((a, b) => a - b).join(', ')
  const tls = 'gatewayPort' in entrance && entrance.serverName !== undefined
  if (tls) {
    const { gatewayPort, serverName } = entrance
    const passes = chainFor(table.gatewayPorts.get(gatewayPort)?.chains ?? [], { serverName })?.tcp
    return passes
      ? `the server for ${serverName} passes bytes on unread, explain tls://${serverName}:${gatewayPort}`
      : `no Gateway has a TLS server for ${serverName} at this port`
  }
  return `no Gateway opens this port for plain HTTP; opened are ${opened}, and ${developmentHttps} for development`
}

function otherwiseText(otherwise: 'ALLOW_ANY' | 'REGISTRY_ONLY' | undefined): string {
  if (otherwise === undefined) return '404: no rule at this port is for this host'
  return otherwise === 'ALLOW_ANY'
    ? 'passed on to the address the caller wanted: the mesh does not know this host (ALLOW_ANY)'
    : '502: the mesh does not know this host (REGISTRY_ONLY)'
}

/** A host of a cluster goes by several forms: only the shortest of each is worth reading. */
function nearestHosts({ exact, suffixes }: VirtualHosts, host: string): string[] {
  const names = [...exact.keys()].filter(name => !name.includes(':') && !/\.svc(\.cluster\.local)?$/.test(name))
  const wild = suffixes.map(({ suffix }) => `*${suffix}`)
  return nearestNames(hostOf(host), [...names, ...wild], mostNearest)
}

function outcomeOf(route: Route, step: Step): Pick<ExplainedHop, 'effects' | 'answer' | 'destinations'> {
  const { action } = route
  const effects = effectsOf(route, step)
  switch (action.kind) {
    case 'redirect':
      return { effects, answer: `${action.code} to ${redirectText(action, step)}`, destinations: [] }
    case 'direct-response':
      return { effects, answer: `${action.status} by the rule itself`, destinations: [] }
    case 'forward':
      return { effects, destinations: action.clusters.map(one => destinationOf(route, action, one, step)) }
  }
}

function redirectText({ scheme, authority, port, uri }: RedirectAction, { host, target, entrance }: Step): string {
  const secure = 'gatewayPort' in entrance && entrance.serverName !== undefined
  const own = secure ? 'https' : 'http'
  return `${scheme ?? own}://${authority ?? host}${port === undefined ? '' : `:${port}`}${uri ?? target}`
}

function destinationOf(route: Route, action: ForwardAction, drawn: WeightedCluster, step: Step): ExplainedDestination {
  const { table } = step.mesh
  const share = action.clusters.length === 1 ? 100 : (100 * drawn.weight) / action.totalWeight
  const clusters = 'caller' in step.entrance ? table.outboundClusters(step.entrance.caller) : table.clusters
  const cluster = clusters.get(drawn.cluster)
  const gateway = cluster?.endpoints.find(one => one.kind === 'gateway')
  const left = onward(route, action, drawn, step)
  return {
    share: Math.round(share * 100) / 100,
    cluster: drawn.cluster,
    requestHeaders: headerChanges(drawn.requestHeaders),
    endpoints: endpointTexts(cluster),
    policies: (cluster?.endpoints ?? []).flatMap(one => (one.kind === 'revision' ? podPolicies(left, one) : [])),
    ...(gateway && step.depth < mostHops && { next: explainHop({ ...left, entrance: { gatewayPort: gateway.port } }) }),
  }
}

function endpointTexts(cluster: Cluster | undefined): string[] {
  if (!cluster) return ['503 with an empty body: no such service, port or subset']
  if (cluster.discovery === 'original') return ['the address the caller wanted']
  if (cluster.endpoints.length === 0) return ['503 no healthy upstream: it has no endpoints']
  return cluster.endpoints.map(endpointText)
}

function endpointText(endpoint: ClusterEndpoint): string {
  switch (endpoint.kind) {
    case 'revision':
      return `revision ${endpoint.namespace}/${endpoint.revision}`
    case 'gateway':
      return `gateway port ${endpoint.port}`
    case 'internal':
      return `${endpoint.host}, a service of the runtime`
    case 'address':
      return endpoint.path ?? `${endpoint.host}:${endpoint.port}`
  }
}

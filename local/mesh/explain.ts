// Says where a request goes and why, from the tables alone: every hop, every rule passed over, every share.
import type { Manifest } from '../manifests/manifest.ts'
import type { Identity } from './identity.ts'
import type { Entrance } from './mesh.ts'
import { rewriteTarget } from './proxy/forward-request.ts'
import { normalizeTarget } from './proxy/path.ts'
import { type Mismatch, traceRoute } from './route/trace.ts'
import { pickHost } from './route/walk.ts'
import type { Cluster, ClusterEndpoint } from './table/cluster.ts'
import type { HeaderRules, HeaderValue } from './table/header-rules.ts'
import type { MeshTable } from './table/mesh-table.ts'
import type { ForwardAction, RedirectAction, Route, RouteOrigin, WeightedCluster } from './table/route.ts'
import type { VirtualHosts } from './table/virtual-hosts.ts'

export interface ExplainedMesh {
  table: MeshTable
  /** Where the objects were written; what is not among them is named without a line. */
  manifests: readonly Manifest[]
}

export interface ExplainedRequest {
  url: URL
  method: string
  /** `[name, value, …]` */
  headers: readonly string[]
  entrance: Entrance
}

/** A rule as people find it. */
export interface Place {
  /** The rule's own name; empty where it has none. */
  name: string
  /** `VirtualService relay/route-middle spec.http[0]` */
  object: string
  /** `istio/relay/routes.yaml:36`; undefined for what no file says. */
  at: string | undefined
}

export interface Explanation {
  /** `GET http://api.relay.localhost/` */
  request: string
  first: ExplainedHop
}

export interface ExplainedHop {
  /** `gateway port 80`, or `sidecar of default/default, port 80`. */
  door: string
  host: string
  /** Path and query. */
  target: string
  /** Undefined when none of the door is for this host. */
  virtualHost: string | undefined
  passedOver: readonly { rule: Place; because: string }[]
  rule: Place | undefined
  /** What the rule does besides forwarding, in sentences. */
  does: readonly string[]
  /** When the mesh itself answers here. */
  answer: string | undefined
  destinations: readonly ExplainedDestination[]
}

export interface ExplainedDestination {
  /** In percent. */
  share: number
  cluster: string
  /** Who is behind it, one sentence an endpoint. */
  endpoints: readonly string[]
  /** When it is a gateway of this mesh. */
  next: ExplainedHop | undefined
}

interface Step {
  mesh: ExplainedMesh
  method: string
  host: string
  target: string
  headers: readonly string[]
  entrance: Entrance
  /** Hops so far: rules may send a request round in circles. */
  depth: number
}

const mostHops = 8

/** Pure. Faults, weights and mirrors are told, not drawn. */
export function explain(mesh: ExplainedMesh, { url, method, headers, entrance }: ExplainedRequest): Explanation {
  const target = normalizeTarget(url.pathname + url.search)
  const lower = headers.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
  const host = headerOf(lower, 'host') ?? url.host
  return {
    request: `${method} ${url.href}`,
    first: explainHop({ mesh, method, host, target, headers: lower, entrance, depth: 0 }),
  }
}

function explainHop(step: Step): ExplainedHop {
  const { mesh, method, host, target, headers, entrance } = step
  const { hosts, otherwise } = doorOf(mesh.table, entrance)
  const virtualHost = hosts && pickHost(hosts, host)
  const common = { door: doorName(entrance), host, target, virtualHost: virtualHost?.name }
  const empty = { passedOver: [], rule: undefined, does: [], answer: undefined, destinations: [] }
  if (!hosts) return { ...common, ...empty, answer: 'connection refused: no Gateway opens this port' }
  if (!virtualHost) return { ...common, ...empty, answer: otherwise }
  if (virtualHost.httpsRedirect) return { ...common, ...empty, answer: '301 to https: the server redirects' }
  const trace = traceRoute(virtualHost, { method, scheme: 'http', authority: host, target, headers })
  const passedOver = trace.passedOver.map(({ route, because }) => ({
    rule: placeOf(route, mesh),
    because: mismatchText(because),
  }))
  const { found } = trace
  if (!found) return { ...common, ...empty, passedOver, answer: '404: no rule of this host matches' }
  return { ...common, passedOver, rule: placeOf(found, mesh), ...outcomeOf(found, step) }
}

interface DoorView {
  hosts: VirtualHosts | undefined
  /** What becomes of other hosts. */
  otherwise: string
}

function doorOf(table: MeshTable, entrance: Entrance): DoorView {
  if (!('caller' in entrance)) {
    const chain = table.gatewayPorts.get(entrance.gatewayPort)?.chains.find(({ tls }) => !tls)
    return { hosts: chain?.hosts, otherwise: '404: no rule at this port is for this host' }
  }
  const { hosts, otherwise } = table.outbound(entrance.caller, entrance.port)
  const passed = 'passed on to the address the caller wanted: the mesh does not know this host (ALLOW_ANY)'
  return {
    hosts,
    otherwise: otherwise === 'ALLOW_ANY' ? passed : '502: the mesh does not know this host (REGISTRY_ONLY)',
  }
}

function doorName(entrance: Entrance): string {
  if (!('caller' in entrance)) return `gateway port ${entrance.gatewayPort}`
  const { namespace, serviceAccount } = entrance.caller
  return `sidecar of ${namespace}/${serviceAccount}, port ${entrance.port}`
}

function outcomeOf(route: Route, step: Step): Pick<ExplainedHop, 'does' | 'answer' | 'destinations'> {
  const { action } = route
  const does = [...faultTexts(route), ...(route.cors ? ['answers preflights of allowed origins (CORS)'] : [])]
  switch (action.kind) {
    case 'redirect':
      return { does, answer: `${action.code} to ${redirectText(action, step)}`, destinations: [] }
    case 'direct-response':
      return { does, answer: `${action.status} by the rule itself`, destinations: [] }
    case 'forward': {
      const destinations = action.clusters.map(cluster => destinationOf(route, action, cluster, step))
      return { does: [...does, ...forwardTexts(route, action)], answer: undefined, destinations }
    }
  }
}

function redirectText({ scheme, authority, port, uri }: RedirectAction, { host, target }: Step): string {
  return `${scheme ?? 'http'}://${authority ?? host}${port === undefined ? '' : `:${port}`}${uri ?? target}`
}

function faultTexts({ fault }: Route): string[] {
  const { delay, abort } = fault ?? {}
  return [
    ...(delay ? [`delays ${delay.percent} % by ${delay.ms} ms`] : []),
    ...(abort ? [`aborts ${abort.percent} % with ${abort.status ?? `gRPC status ${abort.grpcStatus}`}`] : []),
  ]
}

function forwardTexts({ requestHeaders, responseHeaders }: Route, action: ForwardAction): string[] {
  const { rewrite, timeoutMs, retry, mirrors } = action
  const path = rewrite?.path
  const tries =
    retry && retry.retries > 0 ? [`${retry.retries} retries on ${[...retry.on].join(', ')}`] : ['no retries']
  return [
    ...(rewrite?.authority ? [`rewrites the host to ${rewrite.authority}`] : []),
    ...(path
      ? [`rewrites the path${path.kind === 'regex' ? ` by ${path.expression.pattern()}` : ` to ${path.to}`}`]
      : []),
    ...headerTexts('request', requestHeaders),
    ...headerTexts('answer', responseHeaders),
    ...(timeoutMs > 0 ? [`timeout ${timeoutMs} ms`] : []),
    ...tries,
    ...mirrors.map(({ cluster, percent }) => `mirrors ${percent} % to ${cluster}`),
  ]
}

function headerTexts(of: string, rules: HeaderRules | undefined): string[] {
  if (!rules) return []
  return [
    ...rules.remove.map(name => `removes ${name} of the ${of}`),
    ...rules.set.map(({ name, value }) => `sets ${name}: ${valueText(value)} on the ${of}`),
    ...rules.add.map(({ name, value }) => `adds ${name}: ${valueText(value)} to the ${of}`),
  ]
}

function destinationOf(route: Route, action: ForwardAction, drawn: WeightedCluster, step: Step): ExplainedDestination {
  const { mesh, entrance } = step
  const share = action.clusters.length === 1 ? 100 : (100 * drawn.weight) / action.totalWeight
  const cluster = clustersOf(mesh.table, entrance).get(drawn.cluster)
  const gateway = cluster?.endpoints.find(one => one.kind === 'gateway')
  return {
    share: Math.round(share * 100) / 100,
    cluster: drawn.cluster,
    endpoints: endpointTexts(cluster),
    next: gateway && step.depth < mostHops ? explainHop(onward(route, action, drawn, step, gateway.port)) : undefined,
  }
}

function clustersOf(table: MeshTable, entrance: Entrance): ReadonlyMap<string, Cluster> {
  return 'caller' in entrance ? table.outboundClusters(entrance.caller) : table.clusters
}

/** The request as this hop leaves it. */
function onward(route: Route, action: ForwardAction, drawn: WeightedCluster, step: Step, gatewayPort: number): Step {
  const levels = [route.requestHeaders, drawn.requestHeaders]
  const ordered = action.destinationHeadersFirst ? levels.toReversed() : levels
  return {
    ...step,
    host: action.rewrite?.authority ?? drawn.authority ?? step.host,
    target: action.rewrite?.path ? rewriteTarget(step.target, action.rewrite.path) : step.target,
    headers: ordered.reduce((headers: readonly string[], rules) => changed(headers, rules), step.headers),
    entrance: { gatewayPort },
    depth: step.depth + 1,
  }
}

function changed(headers: readonly string[], rules: HeaderRules | undefined): readonly string[] {
  if (!rules) return headers
  const gone = new Set([...rules.remove, ...rules.set.map(({ name }) => name)])
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!gone.has(name)) kept.push(name, headers[index + 1] ?? '')
  }
  return [...kept, ...[...rules.set, ...rules.add].flatMap(({ name, value }) => [name, valueText(value)])]
}

/** Commands stand as they are written: what they become is known only when a request is there. */
function valueText(value: HeaderValue): string {
  if (typeof value === 'string') return value
  return value
    .map(part => {
      if (typeof part === 'string') return part
      return `%${part.command}${part.argument === undefined ? '' : `(${part.argument})`}%`
    })
    .join('')
}

function endpointTexts(cluster: Cluster | undefined): string[] {
  if (!cluster) return ['503 with an empty body: no such service, port or subset']
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

function mismatchText({ field, expected, got }: Mismatch): string {
  return `${field} is ${got === undefined ? 'not there' : JSON.stringify(got)}, wanted ${expected}`
}

function placeOf({ name, origin }: Route, { manifests }: ExplainedMesh): Place {
  const { namespace, path } = origin
  const object = origin.kind === '' ? 'the service itself' : `${origin.kind} ${namespace}/${origin.name} ${path}`.trim()
  return { name, object, at: locate(origin, manifests) }
}

/** What Knative makes of a service is placed at its traffic. */
function locate({ kind, namespace, name, path }: RouteOrigin, manifests: readonly Manifest[]): string | undefined {
  const knative = kind === 'Ingress'
  const found = manifests.findLast(
    ({ object }) =>
      object.metadata.name === name &&
      (object.metadata.namespace ?? 'default') === namespace &&
      (knative ? object.apiVersion.startsWith('serving.knative.dev/') : object.kind === kind),
  )
  return found && `${found.file}:${found.locate(knative ? 'spec.traffic' : path).line}`
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one === name)
  return at < 0 ? undefined : headers[at + 1]
}

/** The caller behind `--from` and `--labels`. */
export function callerOf(from: string, labels: Readonly<Record<string, string>>): Identity {
  const [namespace = 'default', serviceAccount = 'default'] = from.split('/')
  return { namespace, serviceAccount, labels, name: 'caller' }
}

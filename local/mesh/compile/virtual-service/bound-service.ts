// VirtualServices as they count: full names, rules of delegates in their place, the older before the younger.
import type {
  Destination,
  HttpMatchRequest,
  HttpRoute,
  L4MatchAttributes,
  RouteDestination,
  TcpRoute,
  TlsMatchAttributes,
  TlsRoute,
  VirtualService,
} from '../../../api/istio/types.ts'
import type { RouteOrigin } from '../../table/route.ts'
import { resolveGateway, resolveHost } from './names.ts'

export interface BoundRule {
  http: HttpRoute
  origin: RouteOrigin
  /** A delegate's: its matches are joined with the root's, so none of them stands in a file as it is. */
  merged?: true
}

/** A rule for connections. Entries of `tls` rules have names, those of `tcp` rules none; no entry at all is any connection. */
export interface BoundTcpRule {
  match: readonly TcpMatch[]
  route: readonly RouteDestination[]
  origin: RouteOrigin
}

export type TcpMatch = L4MatchAttributes & Partial<TlsMatchAttributes>

export interface BoundVirtualService {
  namespace: string
  name: string
  /** Full names, in lower case, as written. */
  hosts: readonly string[]
  /** `mesh` and `ns/name`. */
  gateways: readonly string[]
  exportTo: readonly string[] | undefined
  rules: readonly BoundRule[]
  tls: readonly BoundTcpRule[]
  tcp: readonly BoundTcpRule[]
}

/** Resolves every short name in the object's own namespace. */
export function bindVirtualService(object: VirtualService): BoundVirtualService {
  const { metadata, spec } = object
  const namespace = metadata.namespace ?? 'default'
  const origin = originOf(object, namespace)
  return {
    namespace,
    name: metadata.name,
    hosts: (spec.hosts ?? []).map(host => resolveHost(host, namespace)),
    gateways: spec.gateways?.length ? spec.gateways.map(name => resolveGateway(name, namespace)) : ['mesh'],
    exportTo: spec.exportTo,
    rules: (spec.http ?? []).map((http, index) => ({
      http: withFullNames(http, namespace),
      origin: { ...origin, path: `spec.http[${index}]` },
    })),
    tls: (spec.tls ?? []).map((rule, index) => bindTcpRule(rule, namespace, { ...origin, path: `spec.tls[${index}]` })),
    tcp: (spec.tcp ?? []).map((rule, index) => bindTcpRule(rule, namespace, { ...origin, path: `spec.tcp[${index}]` })),
  }
}

function bindTcpRule({ match, route }: TlsRoute | TcpRoute, namespace: string, origin: RouteOrigin): BoundTcpRule {
  return {
    match: (match ?? []).map((entry: TcpMatch) => withFullGateways(entry, namespace)),
    route: (route ?? []).map(one => withFullHost(one, namespace)),
    origin,
  }
}

/** A VirtualService that Knative's networking made speaks for its Ingress. */
function originOf({ metadata }: VirtualService, namespace: string): Omit<RouteOrigin, 'path'> {
  const ingress = metadata.ownerReferences?.find(({ kind }) => kind === 'Ingress')
  return ingress
    ? { kind: 'Ingress', namespace, name: ingress.name }
    : { kind: 'VirtualService', namespace, name: metadata.name }
}

function withFullNames(http: HttpRoute, namespace: string): HttpRoute {
  const full = <T extends { destination?: Destination }>(holder: T): T => withFullHost(holder, namespace)
  return {
    ...http,
    ...(http.match && { match: http.match.map(match => withFullGateways(match, namespace)) }),
    ...(http.route && { route: http.route.map(full) }),
    ...(http.mirror && { mirror: full({ destination: http.mirror }).destination }),
    ...(http.mirrors && { mirrors: http.mirrors.map(full) }),
  }
}

/** Files that were never validated may lack a destination: such a route leads to no cluster. */
function withFullHost<T extends { destination?: Destination }>(holder: T, namespace: string): T {
  const host = resolveHost(holder.destination?.host ?? '', namespace)
  return { ...holder, destination: { ...holder.destination, host } }
}

function withFullGateways<T extends Pick<HttpMatchRequest, 'gateways'>>(match: T, namespace: string): T {
  if (!match.gateways) return match
  return { ...match, gateways: match.gateways.map(name => resolveGateway(name, namespace)) }
}

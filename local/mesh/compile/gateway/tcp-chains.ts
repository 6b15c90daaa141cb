// Filter chains of servers whose bytes are not HTTP: `tcp` rules behind plain TCP and ended TLS, `tls` rules by name.
import type { Cluster } from '../../table/cluster.ts'
import type { FilterChain } from '../../table/mesh-table.ts'
import type { TcpRoute } from '../../table/tcp-route.ts'
import { noHosts } from '../../table/virtual-hosts.ts'
import type { CompileSettings } from '../compile-settings.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import { gatewayLabels, gatewayNamespace } from '../services/well-known.ts'
import type { BoundTcpRule, BoundVirtualService } from '../virtual-service/bound-service.ts'
import { coversHost, isExportedTo } from '../virtual-service/names.ts'
import { compileTcpRoute, holdsAtGateway, type TcpPlace } from '../virtual-service/tcp-route.ts'
import { intersectHosts } from './server-hosts.ts'
import type { BoundServer } from './servers.ts'

export interface TcpChainInput {
  services: readonly BoundVirtualService[]
  registry: ServiceRegistry
  /** The gateway's. */
  clusters: ReadonlyMap<string, Cluster>
  settings: Pick<CompileSettings, 'onRefusal'>
}

/** The first `tcp` rule of the oldest VirtualService that holds here takes every connection; undefined without one. */
export function routeOfServer(bound: BoundServer, input: TcpChainInput): TcpRoute | undefined {
  for (const service of servicesOf(bound, input)) {
    const place = placeOf(bound, service, input)
    const rule = service.tcp.find(({ match }) => !match.length || match.some(one => holdsAtGateway(place, one)))
    const route = rule && compileTcpRoute(rule, place)
    if (route) return route
  }
  tellUnused(bound, 'no VirtualService has a tcp rule for it', input)
  return undefined
}

function tellUnused({ gateway, server }: BoundServer, why: string, { settings }: TcpChainInput): void {
  const { name, number } = server.port
  const message = `${why}: port ${number} is not opened for this server`
  settings.onRefusal({ where: `gateway ${gateway}, server ${name}`, message })
}

/** PASSTHROUGH: a chain each entry of a `tls` rule, the older VirtualService's first. */
export function passingChains(bound: BoundServer, input: TcpChainInput): FilterChain[] {
  const chains = servicesOf(bound, input).flatMap(service => {
    const place = placeOf(bound, service, input)
    return service.tls.flatMap(rule => chainsOfRule(rule, place))
  })
  if (chains.length === 0) tellUnused(bound, 'no VirtualService has a tls rule for it', input)
  return chains
}

function chainsOfRule(rule: BoundTcpRule, place: TcpPlace): FilterChain[] {
  return rule.match.flatMap((match, index) => {
    const origin = { ...rule.origin, path: `${rule.origin.path}.match[${index}]` }
    const route = holdsAtGateway(place, match) ? compileTcpRoute({ ...rule, origin }, place) : undefined
    return route ? passingChain(match.sniHosts ?? [], route) : []
  })
}

function passingChain(names: readonly string[], tcp: TcpRoute, applicationProtocols: readonly string[] = []) {
  return { serverNames: names, applicationProtocols, tls: undefined, hosts: noHosts, tcp }
}

/** What the mesh's own TLS offers: a client without it could speak plain bytes past everybody's policies. */
const meshProtocols = ['istio', 'istio-peer-exchange', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2']

/** AUTO_PASSTHROUGH: a chain each cluster of the mesh's own services, by the name that proxies ask for it. */
export function automaticChains(bound: BoundServer, input: TcpChainInput): FilterChain[] {
  const { gateway, hosts, server } = bound
  const [namespace = '', name = ''] = gateway.split('/')
  const origin = { kind: 'Gateway', namespace, name, path: `spec.servers ${server.port.name}` }
  const chains = [...input.clusters.values()].flatMap(cluster => {
    const inside = input.registry.find(cluster.host, gatewayNamespace)?.location === 'internal'
    if (!inside || !hosts.some(({ host }) => coversHost(host, cluster.host))) return []
    const clusters = [{ cluster: cluster.name, weight: 1 }]
    const route = { origin, clusters, totalWeight: 1, originatesTls: false }
    const serverName = `outbound_.${cluster.port}_.${cluster.subset}_.${cluster.host}`
    return passingChain([serverName], route, meshProtocols)
  })
  if (chains.length === 0) tellUnused(bound, 'no service of the mesh has one of its hosts', input)
  return chains
}

function servicesOf({ gateway, hosts }: BoundServer, { services }: TcpChainInput): BoundVirtualService[] {
  return services.filter(
    service =>
      service.gateways.includes(gateway) &&
      isExportedTo(service.exportTo, service.namespace, gatewayNamespace) &&
      intersectHosts(hosts, service.namespace, service.hosts).length > 0,
  )
}

/** As for HTTP, a service of the VirtualService's own namespace goes before others of the same host. */
function placeOf({ gateway, server }: BoundServer, { namespace }: BoundVirtualService, input: TcpChainInput): TcpPlace {
  const { registry } = input
  return {
    ...{ port: server.port.number, gateway, namespace: gatewayNamespace, labels: gatewayLabels },
    findService: host => registry.find(host, namespace) ?? registry.find(host, gatewayNamespace),
  }
}

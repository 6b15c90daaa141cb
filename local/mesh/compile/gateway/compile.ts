// Gateways and the VirtualServices bound to them become the ports of the ingress gateway.
import type { Cluster } from '../../table/cluster.ts'
import type { FilterChain, GatewayPort } from '../../table/mesh-table.ts'
import { noHosts, type VirtualHosts } from '../../table/virtual-hosts.ts'
import type { CompileSettings } from '../compile-settings.ts'
import type { MeshObjects } from '../mesh-objects.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import { boundServicesOf } from '../virtual-service/all-services.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { RejectedConfiguration } from '../virtual-service/rejection.ts'
import { distinctChains } from './distinct-chains.ts'
import { compileGatewayHosts } from './gateway-hosts.ts'
import { type BoundServer, endsInHttp, mergeServers, type PortServers } from './servers.ts'
import { automaticChains, passingChains, routeOfServer, type TcpChainInput } from './tcp-chains.ts'
import { compileTls, passingMode } from './tls.ts'

export type GatewayPorts = ReadonlyMap<number, GatewayPort>

/**
 * By the gateway's port. `previous` is what was there before: where Envoy would not take the new routes of a port, the old
 * ones stay; without old ones every host of the port answers 404. A port of which no chain is left is not opened.
 */
export function compileGatewayPorts(
  objects: MeshObjects,
  registry: ServiceRegistry,
  clusters: ReadonlyMap<string, Cluster>,
  settings: CompileSettings,
  previous: GatewayPorts = new Map(),
): GatewayPorts {
  const services = boundServicesOf(objects)
  const tcp: TcpChainInput = { services, registry, clusters, settings }
  const ports = new Map<number, GatewayPort>()
  for (const [port, merged] of mergeServers(objects.gateways, settings)) {
    const compileHosts = hostsCompiler(port, services, registry, settings, previous.get(port)?.chains ?? [])
    const chains = distinctChains(chainsOf(merged, compileHosts, tcp), port, settings)
    if (chains.length > 0) ports.set(port, { port, chains })
  }
  return ports
}

type CompileHosts = (servers: readonly BoundServer[], serverNames: readonly string[]) => VirtualHosts

const plain = { serverNames: [], applicationProtocols: [], tls: undefined }

function chainsOf({ kind, servers }: PortServers, compileHosts: CompileHosts, input: TcpChainInput): FilterChain[] {
  switch (kind) {
    case 'http':
      return [{ ...plain, hosts: compileHosts(servers, []), tcp: undefined }]
    case 'tcp':
      return servers.flatMap(bound => {
        const tcp = routeOfServer(bound, input)
        return tcp ? { ...plain, hosts: noHosts, tcp } : []
      })
    case 'tls':
      return servers.flatMap(bound => tlsChains(bound, compileHosts, input))
  }
}

/** Each server has routes of its own. */
function tlsChains(bound: BoundServer, compileHosts: CompileHosts, input: TcpChainInput): FilterChain[] {
  const { server } = bound
  const passing = passingMode(server.tls ?? {})
  if (passing) return passing === 'PASSTHROUGH' ? passingChains(bound, input) : automaticChains(bound, input)
  const tls = compileTls(server.tls ?? {})
  if (typeof tls === 'string') return []
  const serverNames = [...new Set(bound.hosts.map(({ host }) => host))].sort()
  const chain = { serverNames, applicationProtocols: [], tls }
  if (endsInHttp(server)) return [{ ...chain, hosts: compileHosts([bound], serverNames), tcp: undefined }]
  const tcp = routeOfServer(bound, input)
  return tcp ? [{ ...chain, hosts: noHosts, tcp }] : []
}

function hostsCompiler(
  port: number,
  services: readonly BoundVirtualService[],
  registry: ServiceRegistry,
  settings: CompileSettings,
  before: readonly FilterChain[],
): CompileHosts {
  return (servers, serverNames) => {
    try {
      return compileGatewayHosts(servers, services, registry, settings)
    } catch (error) {
      if (!(error instanceof RejectedConfiguration)) throw error
      settings.onRefusal({ where: `port ${port} of the gateway, all hosts`, message: error.message })
      return before.find(chain => chain.serverNames.join() === serverNames.join())?.hosts ?? noHosts
    }
  }
}

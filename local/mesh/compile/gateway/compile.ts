// Gateways and the VirtualServices bound to them become the ports of the ingress gateway.
import type { FilterChain, GatewayPort } from '../../table/mesh-table.ts'
import { noHosts, type VirtualHosts } from '../../table/virtual-hosts.ts'
import type { CompileSettings } from '../compile-settings.ts'
import type { MeshObjects } from '../mesh-objects.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import { boundServicesOf } from '../virtual-service/all-services.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { RejectedConfiguration } from '../virtual-service/rejection.ts'
import { compileGatewayHosts } from './gateway-hosts.ts'
import { type BoundServer, mergeServers, type PortServers } from './servers.ts'
import { compileTls } from './tls.ts'

export type GatewayPorts = ReadonlyMap<number, GatewayPort>

/**
 * By the gateway's port. `previous` is what was there before: where Envoy would not take the new routes of a port, the old
 * ones stay; without old ones every host of the port answers 404.
 */
export function compileGatewayPorts(
  objects: MeshObjects,
  registry: ServiceRegistry,
  settings: CompileSettings,
  previous: GatewayPorts = new Map(),
): GatewayPorts {
  const services = boundServicesOf(objects)
  const ports = new Map<number, GatewayPort>()
  for (const [port, merged] of mergeServers(objects.gateways, settings)) {
    const compileHosts = hostsCompiler(port, services, registry, settings, previous.get(port)?.chains ?? [])
    ports.set(port, {
      port,
      chains: merged.tls ? tlsChains(merged, compileHosts) : [plainChain(merged, compileHosts)],
    })
  }
  return ports
}

type CompileHosts = (servers: readonly BoundServer[], serverNames: readonly string[]) => VirtualHosts

function plainChain({ servers }: PortServers, compileHosts: CompileHosts): FilterChain {
  return { serverNames: [], tls: undefined, hosts: compileHosts(servers, []) }
}

/** Each server has routes of its own. */
function tlsChains({ servers }: PortServers, compileHosts: CompileHosts): FilterChain[] {
  return servers.flatMap(bound => {
    const tls = compileTls(bound.server.tls ?? {})
    const serverNames = [...new Set(bound.hosts.map(({ host }) => host))].sort()
    return typeof tls === 'string' ? [] : { serverNames, tls, hosts: compileHosts([bound], serverNames) }
  })
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

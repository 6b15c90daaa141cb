// What of the mesh counts for a caller at a port: services that have it, and VirtualServices bound to `mesh`.
import type { MeshService } from '../service-registry.ts'
import type { EgressListener } from '../sidecar/egress-scope.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { coversHost, hostsOverlap, isExportedTo, isWildcard } from '../virtual-service/names.ts'

/** By host, each narrowed to that port. */
export type ServicesByHost = ReadonlyMap<string, MeshService>

export function servicesAt(services: readonly MeshService[], port: number): ServicesByHost {
  const found = new Map<string, MeshService>()
  for (const service of services) {
    const ports = service.ports.filter(({ number }) => number === port)
    if (ports.length && !found.has(service.host)) found.set(service.host, { ...service, ports })
  }
  return found
}

/** A port whose protocol is found out from the bytes is one of HTTP until they say otherwise. */
const httpProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'AUTO'])

export function speaksHttp({ ports }: MeshService): boolean {
  return ports.some(({ protocol }) => httpProtocols.has(protocol))
}

/**
 * In the order in which they count: those exported to the caller's namespace alone, those exported to it by name, then
 * everybody's; within each the older first. `services` are in that order already.
 */
export function virtualServicesFor(
  namespace: string,
  services: readonly BoundVirtualService[],
  listener: EgressListener,
): BoundVirtualService[] {
  const counting = services.filter(
    service =>
      service.gateways.includes('mesh') &&
      isExportedTo(service.exportTo, service.namespace, namespace) &&
      listener.imports(service),
  )
  return counting.toSorted((a, b) => rankOf(a, namespace) - rankOf(b, namespace))
}

function rankOf({ exportTo, namespace: own }: BoundVirtualService, namespace: string): number {
  if (!exportTo?.length || exportTo.includes('*')) return 2
  return own === namespace ? 0 : 1
}

/** Away from port 80 a VirtualService counts only when some service of the port has one of its hosts. */
export function meetsService({ hosts }: BoundVirtualService, services: ServicesByHost): boolean {
  const names = [...services.keys()]
  const wildcards = names.filter(isWildcard)
  return hosts.some(
    host => services.has(host) || (isWildcard(host) ? names : wildcards).some(name => hostsOverlap(host, name)),
  )
}

/** The VirtualService that takes each service: the one with its very host, else the one with the longest wildcard. */
export function bestWildcards(
  services: ServicesByHost,
  virtualServices: readonly BoundVirtualService[],
): ReadonlyMap<string, BoundVirtualService> {
  const byHost = new Map<string, BoundVirtualService>()
  for (const one of virtualServices) for (const host of one.hosts) if (!byHost.has(host)) byHost.set(host, one)
  const wildcards = [...byHost.keys()].filter(isWildcard).sort((a, b) => b.length - a.length)
  const best = new Map<string, BoundVirtualService>()
  for (const name of services.keys()) {
    const covering = byHost.has(name) ? name : wildcards.find(wildcard => coversHost(wildcard, name))
    const found = covering === undefined ? undefined : byHost.get(covering)
    if (found) best.set(name, found)
  }
  return best
}

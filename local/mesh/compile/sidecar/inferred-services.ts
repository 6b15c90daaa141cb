// Services a caller needs although its Sidecar does not name them: destinations of the routes that it does bring in.
import type { Destination, HttpRoute } from '../../../api/istio/types.ts'
import type { MeshService } from '../service-registry.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { isExportedTo } from '../virtual-service/names.ts'
import type { EgressListener, ScopeInput } from './egress-scope.ts'

/** A listener of a port brings that port of them alone. */
export function reachedByRoutes(
  listener: EgressListener,
  caller: string,
  { registry, virtualServices }: ScopeInput,
): readonly MeshService[] {
  const counting = virtualServices.filter(rules => countsFor(rules, caller) && listener.imports(rules))
  const hosts = new Set(counting.flatMap(destinationsOf))
  return Array.from(hosts, host => registry.find(host, caller)).flatMap(service => {
    if (!service || listener.port === undefined) return service ?? []
    const ports = service.ports.filter(({ number }) => number === listener.port)
    return ports.length > 0 ? { ...service, ports } : []
  })
}

function countsFor({ gateways, exportTo, namespace }: BoundVirtualService, caller: string): boolean {
  return gateways.includes('mesh') && isExportedTo(exportTo, namespace, caller)
}

function destinationsOf({ rules, tls, tcp }: BoundVirtualService): readonly string[] {
  const ofConnections = [...tls, ...tcp].flatMap(({ route }) => route.map(({ destination }) => destination.host))
  return [...rules.flatMap(({ http }) => destinationHosts(http)), ...ofConnections]
}

function destinationHosts({ route = [], mirror, mirrors = [] }: HttpRoute): readonly string[] {
  const inList = [...route, ...mirrors].map(({ destination }) => destination)
  return [...inList, mirror].filter((one): one is Destination => one !== undefined).map(({ host }) => host)
}

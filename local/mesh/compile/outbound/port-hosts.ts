// The virtual hosts a caller meets at a port: VirtualServices first, then services that have none.
import type { VirtualHost, VirtualHosts } from '../../table/virtual-hosts.ts'
import type { MeshService } from '../service-registry.ts'
import { toVirtualHosts } from '../virtual-hosts.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { hostsOverlap, isWildcard } from '../virtual-service/names.ts'
import type { RoutingPlace } from '../virtual-service/place.ts'
import { routesOf } from '../virtual-service/remembered-routes.ts'
import { defaultRoute } from './default-route.ts'
import { domainsOf } from './domains.ts'
import { bestWildcards, meetsService, type ServicesByHost, speaksHttp } from './selection.ts'

/** One VirtualService, or one service without any, at this port. */
interface Entry {
  /** Hosts that are no services. */
  hosts: readonly string[]
  services: readonly MeshService[]
  routes: VirtualHost['routes']
}

/** Throws `RejectedConfiguration`. */
export function compilePortHosts(
  services: ServicesByHost,
  virtualServices: readonly BoundVirtualService[],
  aliases: ReadonlyMap<string, readonly string[]>,
  place: RoutingPlace,
): VirtualHosts {
  const counting = place.port === 80 ? virtualServices : virtualServices.filter(one => meetsService(one, services))
  const best = bestWildcards(services, virtualServices)
  const entries = counting.flatMap(one => entryOf(one, services, best, place) ?? [])
  const taken = new Set(entries.flatMap(entry => entry.services.map(({ host }) => host)))
  for (const service of services.values()) {
    if (taken.has(service.host) || service.aliasOf !== undefined || !speaksHttp(service)) continue
    entries.push({ hosts: [], services: [service], routes: [defaultRoute(service, place)] })
  }
  return toVirtualHosts(domainsOfAll(entries, aliases, place))
}

/** Undefined when nothing of it holds here: no rule for this caller, or none of its services speaks HTTP. */
function entryOf(
  virtualService: BoundVirtualService,
  services: ServicesByHost,
  best: ReadonlyMap<string, BoundVirtualService>,
  place: RoutingPlace,
): Entry | undefined {
  const routes = routesOf(virtualService, place)
  const matched = virtualService.hosts.map(host => matchedServices(host, virtualService, services, best))
  const withHttp = matched.flatMap(found => found ?? []).filter(speaksHttp)
  if (!routes.length || (!withHttp.length && place.port !== 80)) return undefined
  return { hosts: virtualService.hosts.filter((_, index) => matched[index] === undefined), services: withHttp, routes }
}

/** Undefined when the host is no service's. A wildcard takes the services that no better host takes. */
function matchedServices(
  host: string,
  virtualService: BoundVirtualService,
  services: ServicesByHost,
  best: ReadonlyMap<string, BoundVirtualService>,
): readonly MeshService[] | undefined {
  if (!isWildcard(host)) {
    const service = services.get(host)
    return service && [service]
  }
  const meant = [...services.values()].filter(service => hostsOverlap(service.host, host))
  return meant.length ? meant.filter(service => best.get(service.host) === virtualService) : undefined
}

/** Who names a domain first has it: with two VirtualServices for one host only the older counts. */
function* domainsOfAll(
  entries: readonly Entry[],
  aliases: ReadonlyMap<string, readonly string[]>,
  { namespace, port }: RoutingPlace,
): Generator<readonly [string, VirtualHost]> {
  const fullNames = new Set(entries.flatMap(entry => entry.services.map(({ host }) => host)))
  for (const { hosts, services, routes } of entries) {
    for (const host of hosts) yield [host, { name: `${host}:${port}`, routes, httpsRedirect: false }]
    for (const service of services) {
      const virtualHost: VirtualHost = { name: `${service.host}:${port}`, routes, httpsRedirect: false }
      for (const { name, shortened } of domainsOf(service, aliases.get(service.host) ?? [], namespace)) {
        if (!shortened || !fullNames.has(name)) yield [name, virtualHost]
      }
    }
  }
}

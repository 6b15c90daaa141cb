// The virtual hosts of one route configuration of the gateway: VirtualServices bound to its servers, merged by host.
import type { Route } from '../../table/route.ts'
import type { VirtualHost, VirtualHosts } from '../../table/virtual-hosts.ts'
import type { CompileSettings } from '../compile-settings.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import { gatewayLabels, gatewayNamespace } from '../services/well-known.ts'
import { toVirtualHosts } from '../virtual-hosts.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { isCatchAll } from '../virtual-service/match.ts'
import { isExportedTo } from '../virtual-service/names.ts'
import type { RoutingPlace } from '../virtual-service/place.ts'
import { routesOf } from '../virtual-service/remembered-routes.ts'
import { intersectHosts } from './server-hosts.ts'
import type { BoundServer } from './servers.ts'

/** A virtual host while its routes are gathered. */
interface Gathering {
  routes: Route[]
  httpsRedirect: boolean
}

/**
 * Rules of several VirtualServices for one host stand one behind the other, the older object's first, but catch-alls of
 * all of them come last. Throws `RejectedConfiguration`.
 */
export function compileGatewayHosts(
  servers: readonly BoundServer[],
  services: readonly BoundVirtualService[],
  registry: ServiceRegistry,
  settings: CompileSettings,
): VirtualHosts {
  const hosts = new Map<string, Gathering>()
  for (const bound of servers) {
    const { tls } = bound.server
    for (const service of services) {
      const names = service.gateways.includes(bound.gateway)
        ? intersectHosts(bound.hosts, service.namespace, service.hosts)
        : []
      if (!names.length || !isExportedTo(service.exportTo, service.namespace, gatewayNamespace)) continue
      const routes = routesOf(service, placeOf(bound, service, registry, settings))
      if (routes.length) for (const name of names) gather(hosts, name, routes, tls?.httpsRedirect ?? false)
    }
  }
  const [first] = servers
  return toVirtualHosts(Array.from(hosts, ([name, host]) => [name, finish(name, first?.server.port.number ?? 0, host)]))
}

function gather(hosts: Map<string, Gathering>, name: string, routes: readonly Route[], httpsRedirect: boolean): void {
  const known = hosts.get(name)
  if (known) known.routes.push(...routes)
  else hosts.set(name, { routes: [...routes], httpsRedirect })
  if (known && httpsRedirect) known.httpsRedirect = true
}

function finish(name: string, port: number, { routes, httpsRedirect }: Gathering): VirtualHost {
  const { specific = [], everything = [] } = Object.groupBy(routes, ({ match }) =>
    isCatchAll(match) ? 'everything' : 'specific',
  )
  return { name: `${name}:${port}`, routes: [...specific, ...everything], httpsRedirect }
}

/** A service of the VirtualService's own namespace goes before others of the same host. */
function placeOf(
  { gateway, server }: BoundServer,
  { namespace }: BoundVirtualService,
  registry: ServiceRegistry,
  { defaultRetries }: CompileSettings,
): RoutingPlace {
  return {
    port: server.port.number,
    gateway,
    tls: server.tls !== undefined,
    namespace: gatewayNamespace,
    labels: gatewayLabels,
    defaultRetries,
    findService: host => registry.find(host, namespace) ?? registry.find(host, gatewayNamespace),
  }
}

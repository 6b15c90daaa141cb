// Routes compiled once for each place, and again only when something they were made of has changed.
import type { Route } from '../../table/route.ts'
import type { MeshService } from '../service-registry.ts'
import type { BoundVirtualService } from './bound-service.ts'
import type { RoutingPlace } from './place.ts'
import { compileRoutes } from './routes.ts'

interface Remembered {
  routes: readonly Route[]
  /** What was found out about services, by host: all that routes take from the registry. */
  facts: ReadonlyMap<string, string>
  defaultRetries: RoutingPlace['defaultRetries']
}

const known = new WeakMap<BoundVirtualService, Map<string, Remembered>>()

/** As `compileRoutes`; the same routes as before for a VirtualService and a place that are the same. */
export function routesOf(service: BoundVirtualService, place: RoutingPlace): readonly Route[] {
  const places = known.get(service) ?? new Map<string, Remembered>()
  const key = placeKey(service, place)
  const before = places.get(key)
  if (before && before.defaultRetries === place.defaultRetries && stillTrue(before.facts, place)) return before.routes
  const facts = new Map<string, string>()
  const findService = (host: string) => {
    const found = place.findService(host)
    facts.set(host, factOf(found))
    return found
  }
  const routes = compileRoutes(service, { ...place, findService })
  known.set(service, places.set(key, { routes, facts, defaultRetries: place.defaultRetries }))
  return routes
}

/** Labels count only where a rule asks for them. */
function placeKey({ rules }: BoundVirtualService, { port, gateway, tls, namespace, labels }: RoutingPlace): string {
  const asked = rules.flatMap(({ http }) =>
    (http.match ?? []).flatMap(({ sourceLabels }) => Object.keys(sourceLabels ?? {})),
  )
  return JSON.stringify([port, gateway, tls, namespace, [...new Set(asked)].map(name => labels[name] ?? null)])
}

function stillTrue(facts: ReadonlyMap<string, string>, place: RoutingPlace): boolean {
  for (const [host, fact] of facts) if (factOf(place.findService(host)) !== fact) return false
  return true
}

/** What a destination is resolved by: the host a service is another name of, and its ports. */
function factOf(service: MeshService | undefined): string {
  return service ? `${service.aliasOf ?? ''} ${service.ports.map(({ number }) => number).join()}` : ''
}

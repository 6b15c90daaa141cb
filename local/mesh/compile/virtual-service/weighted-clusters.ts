// `route`: the destinations of a rule, with their weights and their own header rules.
import type { HttpRoute, HttpRouteDestination } from '../../../api/istio/types.ts'
import type { WeightedCluster } from '../../table/route.ts'
import { type ResolvedDestination, resolveDestination } from './destination.ts'
import { type CompiledHeaders, compileHeaders } from './headers.ts'
import type { RoutingPlace } from './place.ts'
import { RejectedConfiguration } from './rejection.ts'

export interface CompiledDestination {
  destination: ResolvedDestination
  weight: number
  headers: CompiledHeaders
}

/**
 * A single destination takes everything, whatever its weight; of several, those of weight 0 are left out. Throws
 * `RejectedConfiguration` when none is left.
 */
export function compileDestinations(rule: HttpRoute, place: RoutingPlace): CompiledDestination[] {
  const destinations = rule.route ?? []
  const [only] = destinations
  if (only && destinations.length === 1) return [{ ...compileDestination(only, place), weight: 1 }]
  const drawn = destinations.filter(({ weight }) => weight)
  if (!drawn.length) throw new RejectedConfiguration('total destination weight = 0')
  return drawn.map(destination => compileDestination(destination, place))
}

function compileDestination(route: HttpRouteDestination, place: RoutingPlace): CompiledDestination {
  return {
    destination: resolveDestination(place, route.destination),
    weight: route.weight ?? 0,
    headers: compileHeaders(route.headers),
  }
}

export function toCluster({ destination, weight, headers }: CompiledDestination): WeightedCluster {
  return {
    cluster: destination.cluster,
    weight,
    authority: headers.authority,
    requestHeaders: headers.request,
    responseHeaders: headers.response,
  }
}

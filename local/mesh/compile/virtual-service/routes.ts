// Compiles the rules of a VirtualService to the routes of one place.
import type { HttpMatchRequest, HttpRoute } from '../../../api/istio/types.ts'
import type { Route, RouteMatch } from '../../table/route.ts'
import type { BoundRule, BoundVirtualService } from './bound-service.ts'
import { compileCors } from './cors.ts'
import { compileDirectResponse } from './direct-response.ts'
import { compileFault } from './fault.ts'
import { compileForward, type Forwarding } from './forward.ts'
import { type CompiledHeaders, compileHeaders } from './headers.ts'
import { compileMatch, isCatchAll } from './match.ts'
import { appliesAt, type RoutingPlace } from './place.ts'
import { compileRedirect } from './redirect.ts'

/**
 * One route an entry of `match`, in document order. Behind a catch-all nothing is sent any more, so nothing is compiled.
 * Throws `RejectedConfiguration` for what Envoy does not take.
 */
export function compileRoutes(service: BoundVirtualService, place: RoutingPlace): Route[] {
  const routes: Route[] = []
  for (const rule of service.rules) {
    for (const [index, match] of entriesOf(rule.http)) {
      if (!appliesAt(place, match)) continue
      const route = compileRoute(service, rule, match, index, place)
      routes.push(route)
      if (isCatchAll(route.match)) return routes
    }
  }
  return routes
}

/** `[index, entry]`; a rule without a match has one entry that asks nothing. */
function entriesOf({ match }: HttpRoute): [number | undefined, HttpMatchRequest | undefined][] {
  return match?.length ? match.map((entry, index) => [index, entry]) : [[undefined, undefined]]
}

function compileRoute(
  service: BoundVirtualService,
  { http, origin, merged }: BoundRule,
  entry: HttpMatchRequest | undefined,
  index: number | undefined,
  place: RoutingPlace,
): Route {
  const match = compileMatch(entry)
  const headers = compileHeaders(http.headers)
  const outcome = compileOutcome(http, match, headers, place, service.name)
  return {
    name: entry?.name ? `${http.name ?? ''}.${entry.name}` : (http.name ?? ''),
    origin: index === undefined || merged ? origin : { ...origin, path: `${origin.path}.match[${index}]` },
    match,
    ...outcome,
    fault: compileFault(http.fault),
    cors: outcome.action.kind === 'forward' ? compileCors(http.corsPolicy) : undefined,
  }
}

type Outcome = Omit<Forwarding, 'action'> & Pick<Route, 'action'>

function compileOutcome(
  http: HttpRoute,
  match: RouteMatch,
  headers: CompiledHeaders,
  place: RoutingPlace,
  serviceName: string,
): Outcome {
  const own = { requestHeaders: headers.request, responseHeaders: headers.response }
  if (http.redirect) return { action: compileRedirect(http.redirect, place), ...own }
  if (http.directResponse) return { action: compileDirectResponse(http.directResponse), ...own }
  return compileForward(http, match, headers, place, serviceName)
}

// A rule that sends requests on: its destinations with all that happens on the way.
import type { HttpRoute } from '../../../api/istio/types.ts'
import type { HeaderRules } from '../../table/header-rules.ts'
import type { ForwardAction, RouteMatch } from '../../table/route.ts'
import { durationMs } from './duration.ts'
import { type CompiledHeaders, removingAlso, withoutRemoval } from './headers.ts'
import { compileMirrors } from './mirror.ts'
import { operationOf } from './operation.ts'
import type { RoutingPlace } from './place.ts'
import { compileRetries } from './retries.ts'
import { compileRewrite } from './rewrite.ts'
import { type CompiledDestination, compileDestinations, toCluster } from './weighted-clusters.ts'

export interface Forwarding {
  action: ForwardAction
  requestHeaders: HeaderRules | undefined
  responseHeaders: HeaderRules | undefined
}

/** `serviceName` names the route in traces when it has several destinations. */
export function compileForward(
  rule: HttpRoute,
  match: RouteMatch,
  headers: CompiledHeaders,
  place: RoutingPlace,
  serviceName: string,
): Forwarding {
  const destinations = compileDestinations(rule, place)
  const [only] = destinations
  const single = only && rule.route?.length === 1 ? only : undefined
  const authority = headers.authority ?? single?.headers.authority
  const rewrite = compileRewrite(rule.rewrite, match, authority)
  const clusters = destinations.map(toCluster)
  const subject = single?.destination.host ?? serviceName
  const action: ForwardAction = {
    kind: 'forward',
    clusters: rewrite?.authority ? clusters.map(cluster => ({ ...cluster, authority: undefined })) : clusters,
    totalWeight: clusters.reduce((sum, { weight }) => sum + weight, 0),
    destinationHeadersFirst: !single,
    rewrite,
    timeoutMs: durationMs(rule.timeout) ?? 0,
    retry: compileRetries(rule.retries, place.defaultRetries),
    mirrors: compileMirrors(rule, place),
    operation: operationOf(subject, single?.destination.port ?? place.port, match),
  }
  return single
    ? joined(action, headers, single)
    : { action, requestHeaders: headers.request, responseHeaders: headers.response }
}

/** Istio puts the header rules of a single destination behind the route's: all removals come first. */
function joined(action: ForwardAction, headers: CompiledHeaders, { headers: own }: CompiledDestination): Forwarding {
  const [cluster] = action.clusters
  const clusters = cluster && [
    { ...cluster, requestHeaders: withoutRemoval(own.request), responseHeaders: withoutRemoval(own.response) },
  ]
  return {
    action: { ...action, clusters: clusters ?? [] },
    requestHeaders: removingAlso(headers.request, own.request),
    responseHeaders: removingAlso(headers.response, own.response),
  }
}

// The route of a service that no VirtualService speaks for.
import type { Route } from '../../table/route.ts'
import type { MeshService } from '../service-registry.ts'
import { clusterName } from '../virtual-service/destination.ts'
import { compileMatch } from '../virtual-service/match.ts'
import { operationOf } from '../virtual-service/operation.ts'
import type { RoutingPlace } from '../virtual-service/place.ts'
import { compileRetries } from '../virtual-service/retries.ts'

/** Everything goes to the service, with the mesh's default retries. */
export function defaultRoute(
  { host, namespace, name, origin }: MeshService,
  { port, defaultRetries }: RoutingPlace,
): Route {
  const match = compileMatch(undefined)
  const cluster = {
    cluster: clusterName(host, port),
    weight: 1,
    authority: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
  }
  return {
    name: 'default',
    origin: { kind: origin, namespace, name, path: '' },
    match,
    action: {
      kind: 'forward',
      clusters: [cluster],
      totalWeight: 1,
      destinationHeadersFirst: false,
      rewrite: undefined,
      timeoutMs: 0,
      retry: compileRetries(undefined, defaultRetries),
      mirrors: [],
      operation: operationOf(host, port, match),
    },
    requestHeaders: undefined,
    responseHeaders: undefined,
    fault: undefined,
    cors: undefined,
  }
}

// `destination`: the cluster a request goes to.
import type { Destination } from '../../../api/istio/types.ts'
import type { RoutingPlace } from './place.ts'

/** `outbound|9080|v1|reviews.default.svc.cluster.local` */
export function clusterName(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host}`
}

export interface ResolvedDestination {
  cluster: string
  host: string
  port: number
}

/**
 * Without a port it is that of a service with one port, else the port the request came to. An ExternalName Service stands
 * for the host it names. Whether the cluster exists is found out by the request. The host is a full one.
 */
export function resolveDestination(
  place: Pick<RoutingPlace, 'port' | 'findService'>,
  destination: Destination,
): ResolvedDestination {
  const service = place.findService(destination.host)
  const host = service?.aliasOf ?? destination.host
  const onlyPort = service?.ports.length === 1 ? service.ports[0]?.number : undefined
  const port = destination.port?.number ?? onlyPort ?? place.port
  return { cluster: clusterName(host, port, destination.subset), host, port }
}

// `tls` and `tcp` rules: which connections they hold for at a proxy, and where those go.
import type { TcpRoute } from '../../table/tcp-route.ts'
import type { BoundTcpRule, TcpMatch } from './bound-service.ts'
import { resolveDestination } from './destination.ts'
import type { RoutingPlace } from './place.ts'

/** Of a proxy that compiles such rules. */
export type TcpPlace = Pick<RoutingPlace, 'port' | 'gateway' | 'namespace' | 'labels' | 'findService'>

/** At a gateway the port and the gateway alone count (l4SingleMatch of Istio's gateway.go). */
export function holdsAtGateway({ port, gateway }: TcpPlace, match: TcpMatch): boolean {
  if (match.port && match.port !== port) return false
  return !match.gateways?.length || match.gateways.includes(gateway)
}

/** Beside a caller its labels and namespace count too (matchTLS and matchTCP of Istio's tls.go). */
export function holdsForCaller(place: TcpPlace, match: TcpMatch): boolean {
  const { labels, namespace } = place
  const { sourceLabels = {}, sourceNamespace } = match
  return (
    holdsAtGateway(place, match) &&
    Object.entries(sourceLabels).every(([name, value]) => labels[name] === value) &&
    (!sourceNamespace || sourceNamespace === namespace)
  )
}

/**
 * A single destination takes everything, whatever its weight; of several, those of weight 0 are left out. Undefined when
 * none is left.
 */
export function compileTcpRoute({ route, origin }: BoundTcpRule, place: TcpPlace): TcpRoute | undefined {
  const [only] = route
  const drawn = only && route.length === 1 ? [{ ...only, weight: 1 }] : route.filter(({ weight }) => weight)
  const clusters = drawn.map(({ destination, weight = 0 }) => {
    return { cluster: resolveDestination(place, destination).cluster, weight }
  })
  const totalWeight = clusters.reduce((sum, { weight }) => sum + weight, 0)
  return totalWeight > 0 ? { origin, clusters, totalWeight, originatesTls: true } : undefined
}

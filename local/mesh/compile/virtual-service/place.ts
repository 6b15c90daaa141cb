// Where routes are compiled for: a port of a gateway, or a port that a captured caller asks for.
import type { HttpMatchRequest, HttpRetry } from '../../../api/istio/types.ts'
import type { MeshService } from '../service-registry.ts'

export interface RoutingPlace {
  port: number
  /** `mesh`, or `ns/name` of the Gateway. */
  gateway: string
  /** A gateway's port with TLS. */
  tls: boolean
  /** Of the proxy: the caller's, or the gateway's own. */
  namespace: string
  labels: Readonly<Record<string, string>>
  /** MeshConfig's `defaultHttpRetryPolicy`. */
  defaultRetries: HttpRetry | undefined
  /** By full host. */
  findService(host: string): MeshService | undefined
}

/**
 * Whether an entry of `match` counts here at all: its port, its gateways, or else the labels and namespace of the caller.
 * What does not is dropped while compiling, no proxy ever sees it.
 */
export function appliesAt(place: RoutingPlace, match: HttpMatchRequest | undefined): boolean {
  if (!match) return true
  if (match.port && match.port !== place.port) return false
  if (match.gateways?.length) return match.gateways.includes(place.gateway)
  for (const [name, value] of Object.entries(match.sourceLabels ?? {})) {
    if (place.labels[name] !== value) return false
  }
  return !match.sourceNamespace || match.sourceNamespace === place.namespace
}

// What the balancer is told of a request.
import type { BalancedRequest, PendingPlacement, Placement } from '../cluster/balancer.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import { machineOf, splitAuthority } from './authority.ts'
import type { Hop } from './hop.ts'

export function balancedRequest(hop: Hop, { discovery }: Cluster, tried: readonly ClusterEndpoint[]): BalancedRequest {
  const { target, headers, incoming } = hop
  const request = { target, headers, peer: incoming.peer, tried }
  return discovery === 'original' ? { ...request, original: originalOf(hop) } : request
}

/** Where the caller wanted to go, which no rule changes. */
function originalOf({ incoming }: Hop): ClusterEndpoint {
  const { host, port } = splitAuthority((incoming.tunnel ?? incoming.host).toLowerCase())
  return { kind: 'address', host: machineOf(host.replace(/\.$/, '')), port, labels: {}, weight: 1, locality: '' }
}

export function isPendingPlacement(placed: Placement | PendingPlacement): placed is PendingPlacement {
  return 'granted' in placed
}

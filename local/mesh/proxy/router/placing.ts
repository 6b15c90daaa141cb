// A place at an endpoint for a request: what the balancer is told of it, and what it answers, now or later.
import type { BalancedRequest, PendingPlacement, Placement, Unplaced } from '../../cluster/balancer.ts'
import type { Cluster, ClusterEndpoint } from '../../table/cluster.ts'
import { machineOf, splitAuthority } from '../authority.ts'
import type { Hop } from '../hop.ts'

/** Who wants a place: exactly one of these is called, unless the wait is cancelled. */
export interface PlaceTaker {
  placed(placement: Placement): void
  unplaced(why: Unplaced): void
}

/**
 * Asks for a place at an endpoint, where possible not at one of those `tried`. Gives a way to give up where the taker has
 * to wait; undefined when it was told at once.
 */
export function place(
  hop: Hop,
  cluster: Cluster,
  tried: readonly ClusterEndpoint[],
  taker: PlaceTaker,
): (() => void) | undefined {
  const placed = hop.wire.balancer.place(cluster, balancedRequest(hop, cluster, tried))
  if (typeof placed === 'string') taker.unplaced(placed)
  else if (!isPendingPlacement(placed)) taker.placed(placed)
  else {
    placed.granted.then(
      placement => taker.placed(placement),
      () => taker.unplaced('overflow'),
    )
    return () => placed.cancel()
  }
  return undefined
}

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

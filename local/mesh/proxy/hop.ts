// One request at one proxy of its way: what came in at the door, what was decided, and how it goes on from here.

import type { InternalService } from '../../seams/internal-service.ts'
import type { RevisionTarget } from '../../seams/upstreams.ts'
import type { HeaderList } from '../codec/head.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import type { MeshTable } from '../table/mesh-table.ts'
import type { Route, WeightedCluster } from '../table/route.ts'
import type { VirtualHost } from '../table/virtual-hosts.ts'
import type { Exchange, Incoming } from './client.ts'
import type { Door } from './door.ts'
import type { HopSpan } from './tracing.ts'
import type { Wire } from './wire.ts'

export interface Routing {
  /** Replaced as a whole when objects change; requests under way keep what they drew. */
  table: MeshTable
  /** By every host they answer to, in lower case. */
  readonly internals: ReadonlyMap<string, InternalService>
  /** The request, as a hop left it, comes in at the next door: undefined when it was answered at once. */
  enter(door: Door, incoming: Incoming): Exchange | undefined
}

export interface Hop {
  readonly wire: Wire
  readonly routing: Routing
  readonly door: Door
  readonly incoming: Incoming
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly requestId: string
  /** As the next one gets them; the host and what frames the body are not among them. */
  headers: HeaderList
  target: string
  host: string
  virtualHost: VirtualHost | undefined
  route: Route | undefined
  /** Drawn as soon as the route is known: its header rules hold for the proxy's own answers too. */
  destination: WeightedCluster | undefined
  /** Of the destination; undefined when this proxy knows none of that name. */
  cluster: Cluster | undefined
  /** Envoy's response flags in the order they came up, joined by `,`; empty for none. */
  flags: string
  /**
   * As Envoy counts: 1 as soon as the cluster is known, be there an endpoint or not; one more for each further try at
   * an endpoint or, behind an activator, an instance.
   */
  attempts: number
  endpoint: ClusterEndpoint | undefined
  /** Where the connection went: `127.0.0.1:9080`, or a socket's path. */
  address: string
  revision: RevisionTarget | undefined
  /** The pod that took the request; empty when none did, or nobody said which. */
  instance: string
  /** Milliseconds without a place at an instance. */
  waitedMs: number
  /** Undefined when nobody keeps its trace. */
  span: HopSpan | undefined
  receivedBytes: number
  sentBytes: number
}

/** One more flag behind those there are. */
export function flag(hop: Hop, flags: string): void {
  hop.flags = hop.flags === '' ? flags : `${hop.flags},${flags}`
}

/** The clusters that the proxy of this hop knows, by name. */
export function clustersOf({ routing, door, incoming }: Hop): ReadonlyMap<string, Cluster> {
  const { table } = routing
  return door.kind === 'outbound' && incoming.caller ? table.outboundClusters(incoming.caller) : table.clusters
}

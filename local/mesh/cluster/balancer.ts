// What the proxy asks of load balancing: a place at one endpoint of a cluster, and word of how it went.
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'

/** What consistent hashing looks at. */
export interface BalancedRequest {
  /** Path and query. */
  target: string
  /** Names in lower case: `[name, value, …]`. */
  headers: readonly string[]
  peer: string
  /** Endpoints this request was at already: avoided while others can be drawn. */
  tried: readonly ClusterEndpoint[]
  /** A connection of bytes: without a place at once there is none. */
  connection?: true
  /** Where the caller wanted to go: the endpoint of a cluster whose discovery is `original`. */
  original?: ClusterEndpoint
}

/** How an exchange with an endpoint ended, for circuit breakers and outlier detection. */
export type Outcome =
  | { kind: 'status'; status: number }
  | { kind: 'reset' | 'connect-failure' | 'timeout' | 'cancelled' }

export interface Placement {
  readonly endpoint: ClusterEndpoint
  /** A `set-cookie` value for the answer, when the cookie hashed by was missing. */
  readonly setCookie: string | undefined
  /** Exactly once. */
  done(outcome: Outcome): void
}

/** Every connection is in use: the request waits in the cluster's queue. */
export interface PendingPlacement {
  readonly granted: Promise<Placement>
  cancel(): void
}

/** A retry that meets `overflow` is not made: the answer there is stands. */
export type Unplaced = 'no_healthy_upstream' | 'overflow'

export interface Balancer {
  place(cluster: Cluster, request: BalancedRequest): Placement | PendingPlacement | Unplaced
  /** Forgets what it knows of clusters whose names are not among these. */
  retain(clusters: Iterable<Cluster>): void
}

// The seam for worlds without sockets: something in this process answers in place of every endpoint outside the mesh.
import type { InternalService } from '../seams/internal-service.ts'
import type { RevisionTarget } from '../seams/upstreams.ts'
import type { Cluster, ClusterEndpoint } from './table/cluster.ts'

/** What a request would have left the process for. */
export interface Replaced {
  cluster: Cluster
  /** Never a gateway: that is a part of the mesh itself. */
  endpoint: ClusterEndpoint
  /** The revision the activator would wake, for endpoints that are Knative Services. */
  revision: RevisionTarget | undefined
}

/** Asked once for each try, after all policies have let it pass. */
export type Replace = (replaced: Replaced) => InternalService

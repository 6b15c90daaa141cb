// What is told of a connection that was carried as bytes, when it is over.
import type { FinishedConnection } from '../../seams/finished-connection.ts'
import type { RouteOrigin } from '../table/route.ts'

/** With what stands in the mesh's own terms, for its tests. */
export interface ConnectionRecord extends FinishedConnection {
  /** The rule in its object, or the service itself; undefined where the outbound policy decided. */
  origin: RouteOrigin | undefined
}

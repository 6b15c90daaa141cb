// What the reconcilers see of a revision's instances: the scaler keeps it, the revision reconciler reads it.
import type { InstanceFailure } from '../seams/instances.ts'

export interface WorkloadStatus {
  /** Instances that pass their readiness probe. */
  ready: number
  /** Instances started and not yet gone, ready or not. */
  running: number
  /** The newest failure while no instance is ready; undefined once one became ready again. */
  failure: InstanceFailure | undefined
  /** True when requests go to instances without the activator counting and queueing them; not so unless told. */
  direct?: boolean
  /** How many activators a cluster would put in front of it. */
  activators?: number
}

export interface Workloads {
  status(namespace: string, revision: string): WorkloadStatus
  /** Calls back when the status of a revision changed. Returns how to stop. */
  watch(listener: (namespace: string, revision: string) => void): () => void
}

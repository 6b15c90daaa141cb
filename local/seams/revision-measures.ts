// What a revision's scaler can tell of itself at one moment: serving gives it, telemetry makes metrics and spans of it.
import type { Endpoint } from './upstreams.ts'

/** Who a revision's pods are in the mesh. */
export interface WorkloadIdentity {
  labels: Readonly<Record<string, string>>
  serviceAccount: string
}

export interface RevisionMeasures extends WorkloadIdentity {
  namespace: string
  revision: string
  /** Which of the two `stable`, `panic` and `target` are in. */
  metric: 'concurrency' | 'rps'
  /** Averages over the windows, all instances together; 0 while nothing was counted. */
  stable: number
  panic: number
  /** For each instance; undefined until the revision can start. */
  target: number | undefined
  panicking: boolean
  excessBurstCapacity: number
  /** Instances the autoscaler decided for, and asked for; -1 while unknown. */
  desired: number
  requested: number
  /** Requests without a place, and with one. */
  queued: number
  active: number
  /** True while the activator stands in the path. */
  proxied: boolean
  pods: readonly PodMeasures[]
}

/** `unready`: its process runs, but its readiness probe fails; `waiting`: for its next start after a crash. */
export type PodState = 'starting' | 'ready' | 'unready' | 'waiting' | 'stopping'

export interface PodMeasures {
  name: string
  state: PodState
  /** Milliseconds since the epoch; `readyAt` is undefined until then. */
  startedAt: number
  readyAt: number | undefined
  /** Undefined until it listens. */
  endpoint: Endpoint | undefined
}

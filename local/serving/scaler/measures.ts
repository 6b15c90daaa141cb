// What a revision's scaler can tell of itself at one moment: for metrics, and for the spans of a cold start.
import type { Endpoint } from '../activator/lease.ts'
import type { Member, MemberState } from './member.ts'

export interface RevisionMeasures {
  namespace: string
  revision: string
  /** Of its pods. */
  labels: Readonly<Record<string, string>>
  serviceAccount: string
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

export interface PodMeasures {
  name: string
  state: MemberState
  /** Milliseconds since the epoch; `readyAt` is undefined until then. */
  startedAt: number
  readyAt: number | undefined
  /** Undefined until it listens. */
  endpoint: Endpoint | undefined
}

export function podMeasures({ name, state, startedAt, readyAt, seat }: Member): PodMeasures {
  return { name, state, startedAt, readyAt, endpoint: seat?.endpoint }
}

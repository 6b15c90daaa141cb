// What telemetry needs to know of revisions and pods; serving's scaler and the runner give it.
import type { Labels } from './family.ts'

export type Endpoint = { path: string; protocol: string } | { host: string; port: number; protocol: string }

export interface Pod {
  name: string
  state: string
  startedAt: number
  readyAt: number | undefined
  endpoint: Endpoint | undefined
}

/** See serving's `RevisionMeasures`. */
export interface Revision {
  namespace: string
  revision: string
  labels: Labels
  serviceAccount: string
  metric: 'concurrency' | 'rps'
  stable: number
  panic: number
  target: number | undefined
  panicking: boolean
  excessBurstCapacity: number
  desired: number
  requested: number
  queued: number
  active: number
  proxied: boolean
  pods: readonly Pod[]
}

/** What containers of a pod use now. */
export interface PodUsage {
  namespace: string
  pod: string
  labels: Labels
  containers: readonly { name: string; cpuSeconds?: number; cpu: number; memory: number }[]
}

/** The labels that Knative's metrics have for a revision. */
export function revisionLabels({ namespace, revision, labels }: Pick<Revision, 'namespace' | 'revision' | 'labels'>) {
  return {
    k8s_namespace_name: namespace,
    kn_service_name: labels['serving.knative.dev/service'] ?? '',
    kn_configuration_name: labels['serving.knative.dev/configuration'] ?? '',
    kn_revision_name: revision,
  }
}

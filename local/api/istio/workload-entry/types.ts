// WorkloadEntry as Istio 1.29 defines it: one endpoint, by itself or in a ServiceEntry.
import type { KubeObject } from '../../../kernel/object.ts'

export interface WorkloadEntry extends KubeObject {
  spec: WorkloadEntrySpec
}

export interface WorkloadEntrySpec {
  /** An IP, a host name (resolution DNS), or `unix://` and a path; may be missing when a network is named. */
  address?: string
  /** By the service's port name. */
  ports?: Record<string, number>
  labels?: Record<string, string>
  network?: string
  /** `region/zone/subzone`. */
  locality?: string
  weight?: number
  serviceAccount?: string
}

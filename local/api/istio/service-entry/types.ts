// ServiceEntry as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { WorkloadSelector } from '../fields/types.ts'
import type { WorkloadEntrySpec } from '../workload-entry/types.ts'

export interface ServiceEntry extends KubeObject {
  spec: ServiceEntrySpec
}

export type Resolution = 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS'

export interface ServiceEntrySpec {
  hosts: string[]
  /** Virtual IPs or CIDRs. */
  addresses?: string[]
  ports?: ServicePort[]
  /** Default MESH_EXTERNAL. */
  location?: 'MESH_EXTERNAL' | 'MESH_INTERNAL'
  /** Default NONE. */
  resolution?: Resolution
  /** One of `endpoints` and `workloadSelector`. */
  endpoints?: WorkloadEntrySpec[]
  workloadSelector?: WorkloadSelector
  exportTo?: string[]
  subjectAltNames?: string[]
}

export interface ServicePort {
  number: number
  protocol?: string
  name: string
  targetPort?: number
}

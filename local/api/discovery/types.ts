// Kubernetes' EndpointSlice (discovery.k8s.io/v1), as far as it shows the pods of a Service.
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'

export interface EndpointSlice extends KubeObject {
  addressType: 'IPv4'
  endpoints: {
    addresses: string[]
    conditions: { ready: boolean; serving: boolean; terminating: boolean }
    nodeName?: string
    targetRef?: ObjectReference & { uid?: string }
  }[]
  ports: { name?: string; port: number; protocol: string }[]
}

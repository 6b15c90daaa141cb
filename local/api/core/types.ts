// Kubernetes' core objects, as far as the rooms read their fields.
import type { KubeObject, ObjectReference } from '../../kernel/object.ts'
import type { PodSpec } from './pod-spec.ts'

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: 'Active' | 'Terminating' }
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>
  /** Base64 by key. */
  binaryData?: Record<string, string>
  immutable?: boolean
}

export interface Secret extends KubeObject {
  /** Base64 by key. */
  data?: Record<string, string>
  /** Plain text by key: moved into `data` when the object is admitted. */
  stringData?: Record<string, string>
  type?: string
  immutable?: boolean
}

export interface ServicePort {
  name?: string
  port: number
  protocol?: string
  appProtocol?: string
  targetPort?: number | string
  nodePort?: number
}

export interface CoreService extends KubeObject {
  spec?: {
    type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
    selector?: Record<string, string>
    ports?: ServicePort[]
    clusterIP?: string
    externalName?: string
    externalIPs?: string[]
    sessionAffinity?: string
  }
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
}

export interface EndpointAddress {
  ip: string
  hostname?: string
  nodeName?: string
  targetRef?: ObjectReference
}

export interface Endpoints extends KubeObject {
  subsets?: {
    addresses?: EndpointAddress[]
    notReadyAddresses?: EndpointAddress[]
    ports?: { name?: string; port: number; protocol?: string; appProtocol?: string }[]
  }[]
}

export interface ContainerStatus {
  name: string
  ready: boolean
  restartCount: number
  state?: Record<string, { reason?: string; message?: string } | undefined>
}

export interface Pod extends KubeObject {
  spec: PodSpec & { nodeName?: string }
  status?: {
    phase?: string
    reason?: string
    podIP?: string
    containerStatuses?: ContainerStatus[]
    conditions?: { type: string; status: string; reason?: string; message?: string }[]
  }
}

export interface Event extends KubeObject {
  involvedObject: ObjectReference & { uid?: string }
  type?: string
  reason?: string
  message?: string
  count?: number
  firstTimestamp?: string
  lastTimestamp?: string
  source?: { component?: string; host?: string }
}

export const core = {
  namespace: { group: '', kind: 'Namespace' },
  configMap: { group: '', kind: 'ConfigMap' },
  secret: { group: '', kind: 'Secret' },
  service: { group: '', kind: 'Service' },
  endpoints: { group: '', kind: 'Endpoints' },
  pod: { group: '', kind: 'Pod' },
  event: { group: '', kind: 'Event' },
  serviceAccount: { group: '', kind: 'ServiceAccount' },
  node: { group: '', kind: 'Node' },
} as const

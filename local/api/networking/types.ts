// Knative's internal networking objects: what Serving asks of the ingress (networking.internal.knative.dev/v1alpha1).
import type { KubeObject } from '../../kernel/object.ts'
import type { StatusBase } from '../serving/types.ts'

export interface IngressSplit {
  serviceName: string
  serviceNamespace: string
  servicePort: number
  percent: number
  appendHeaders?: Record<string, string>
}

export interface IngressPath {
  path?: string
  rewriteHost?: string
  /** All must match; `exact` alone is used. */
  headers?: Record<string, { exact: string }>
  splits: IngressSplit[]
  appendHeaders?: Record<string, string>
}

export interface IngressRule {
  hosts: string[]
  visibility: 'ExternalIP' | 'ClusterLocal'
  http: { paths: IngressPath[] }
}

export interface Ingress extends KubeObject {
  spec: { httpOption?: 'Enabled' | 'Redirected'; rules: IngressRule[] }
  status?: StatusBase & {
    publicLoadBalancer?: { ingress: { domainInternal: string }[] }
    privateLoadBalancer?: { ingress: { domainInternal: string }[] }
  }
}

export interface ClusterDomainClaim extends KubeObject {
  spec: { namespace: string }
}

export interface ServerlessService extends KubeObject {
  spec: {
    /** `Proxy` while the activator stands in the path, `Serve` while requests go to instances directly. */
    mode: 'Proxy' | 'Serve'
    numActivators: number
    objectRef: { apiVersion: string; kind: string; name: string }
    protocolType: 'http1' | 'h2c'
  }
  status?: StatusBase & { privateServiceName?: string; serviceName?: string }
}

export const networking = {
  ingress: { group: 'networking.internal.knative.dev', kind: 'Ingress' },
  serverlessService: { group: 'networking.internal.knative.dev', kind: 'ServerlessService' },
  clusterDomainClaim: { group: 'networking.internal.knative.dev', kind: 'ClusterDomainClaim' },
} as const

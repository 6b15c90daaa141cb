// Sorts objects of any kind, as YAML files or a store give them, into what the mesh is compiled from.
import type { KubeObject } from '../../kernel/object.ts'
import type { MeshObjects, Workload } from './mesh-objects.ts'

const istio = (group: 'networking' | 'security') => new RegExp(`^${group}\\.istio\\.io/`)

/** Kinds that are none of the mesh's are left aside. */
export function collectMeshObjects(objects: readonly KubeObject[], workloads: readonly Workload[] = []): MeshObjects {
  const all = <T>(apiVersion: RegExp, kind: string): T[] =>
    objects.filter(one => one.kind === kind && apiVersion.test(one.apiVersion)) as T[]
  return {
    virtualServices: all(istio('networking'), 'VirtualService'),
    destinationRules: all(istio('networking'), 'DestinationRule'),
    gateways: all(istio('networking'), 'Gateway'),
    serviceEntries: all(istio('networking'), 'ServiceEntry'),
    sidecars: all(istio('networking'), 'Sidecar'),
    authorizationPolicies: all(istio('security'), 'AuthorizationPolicy'),
    requestAuthentications: all(istio('security'), 'RequestAuthentication'),
    peerAuthentications: all(istio('security'), 'PeerAuthentication'),
    services: all(/^v1$/, 'Service'),
    endpoints: all(/^v1$/, 'Endpoints'),
    ingresses: all(/^networking\.internal\.knative\.dev\//, 'Ingress'),
    workloads,
    meshConfig: meshConfigOf(all(/^v1$/, 'ConfigMap')),
  }
}

function meshConfigOf(configMaps: readonly (KubeObject & { data?: Record<string, string> })[]): string {
  const istioConfig = configMaps.find(
    ({ metadata }) => metadata.name === 'istio' && metadata.namespace === 'istio-system',
  )
  return istioConfig?.data?.mesh ?? ''
}

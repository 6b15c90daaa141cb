// What the mesh is compiled from: the objects of a store, or of YAML files alone.
import type { CoreService, Endpoints } from '../../api/core/types.ts'
import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  PeerAuthentication,
  RequestAuthentication,
  ServiceEntry,
  Sidecar,
  VirtualService,
} from '../../api/istio/types.ts'
import type { Ingress } from '../../api/networking/types.ts'

export interface MeshObjects {
  virtualServices: readonly VirtualService[]
  destinationRules: readonly DestinationRule[]
  gateways: readonly Gateway[]
  serviceEntries: readonly ServiceEntry[]
  sidecars: readonly Sidecar[]
  authorizationPolicies: readonly AuthorizationPolicy[]
  requestAuthentications: readonly RequestAuthentication[]
  peerAuthentications: readonly PeerAuthentication[]
  /** Kubernetes Services. */
  services: readonly CoreService[]
  /** Addresses written by hand for Services without a selector. */
  endpoints?: readonly Endpoints[]
  /** Knative's Ingresses: each becomes the VirtualServices that net-istio makes of it. */
  ingresses: readonly Ingress[]
  /** Labels and namespaces of what runs, for Services with a selector: by revision. */
  workloads: readonly Workload[]
  /** The text of key `mesh` of ConfigMap `istio-system/istio`; empty is Istio's defaults. */
  meshConfig: string
}

/** A revision whose instances a selector may find. */
export interface Workload {
  namespace: string
  revision: string
  /** Labels of its pods. */
  labels: Readonly<Record<string, string>>
}

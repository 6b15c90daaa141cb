// The services a mesh knows: Kubernetes Services and hosts of ServiceEntries, in one shape.
import type { ClusterEndpoint } from '../table/cluster.ts'

export interface MeshService {
  /** In lower case: `reviews.default.svc.cluster.local`, or a host of a ServiceEntry (a wildcard stays one). */
  host: string
  /** Of the object it comes from. */
  namespace: string
  name: string
  /** Kubernetes Services also answer to their short names. */
  origin: 'Service' | 'ServiceEntry'
  createdAt: string
  ports: readonly MeshServicePort[]
  /** Namespaces that see it: `*`, `.`, or names; empty is `*`. */
  exportTo: readonly string[]
  /** `dns`: endpoint addresses are names; `none`: the caller's own address is used, or the Service is headless. */
  resolution: 'static' | 'dns' | 'none'
  /** Virtual addresses callers may name in place of the host. */
  addresses: readonly string[]
  location: 'internal' | 'external'
  /** ExternalName: the host this is another name of. */
  aliasOf: string | undefined
  subjectAltNames: readonly string[]
}

export interface MeshServicePort {
  number: number
  name: string
  /** `AUTO`: detected from the first bytes of a connection, HTTP or not. */
  protocol: 'HTTP' | 'HTTP2' | 'GRPC' | 'HTTPS' | 'TLS' | 'TCP' | 'AUTO'
  endpoints: readonly ClusterEndpoint[]
}

export interface ServiceRegistry {
  /** By host; where several namespaces define one, the one visible to `namespace` that wins as in Istio. */
  find(host: string, namespace: string): MeshService | undefined
  /** All that a namespace sees, in a stable order. */
  visible(namespace: string): readonly MeshService[]
}

/** True when requests to the port are routed as HTTP, by declaration or as detected. */
export function carriesHttp({ protocol }: MeshServicePort): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'AUTO'
}

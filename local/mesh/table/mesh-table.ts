// The inert tables of one mesh: compiled from objects, walked by proxies, replaced when objects change.
import type { Identity } from '../../seams/identity.ts'
import type { Cluster } from './cluster.ts'
import type { NamedChain, TcpListeners, TcpRoute } from './tcp-route.ts'
import type { VirtualHosts } from './virtual-hosts.ts'

export interface MeshTable {
  /** The ports of the ingress gateway (label `istio: ingressgateway`) that a Gateway opens, by the gateway's port. */
  gatewayPorts: ReadonlyMap<number, GatewayPort>
  /** What a captured caller meets at a port: by its namespace, labels and the Sidecar that holds for it. */
  outbound(caller: Identity, port: number): OutboundPort
  /** The gateway's, by name. */
  clusters: ReadonlyMap<string, Cluster>
  /** Those of a captured caller: DestinationRules of its own namespace count, and its Sidecar says which there are. */
  outboundClusters(caller: Identity): ReadonlyMap<string, Cluster>
  /** What MeshConfig says. */
  mesh: MeshSettings
}

export interface GatewayPort {
  port: number
  /** Plain HTTP has one without server names. A TLS client is matched by its SNI, the longest name first. */
  chains: readonly FilterChain[]
}

/** Its server names are empty for plain HTTP and plain TCP. */
export interface FilterChain extends NamedChain {
  /** Undefined where no TLS is ended: the bytes are plain, or pass as they are. */
  tls: DownstreamTls | undefined
  hosts: VirtualHosts
  /** Where the bytes go; undefined: they are HTTP. */
  tcp: TcpRoute | undefined
}

export interface DownstreamTls {
  mode: 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL' | 'ISTIO_MUTUAL'
  /** The Secret with the certificate, in the gateway's namespace; a chain whose Secret is missing is not served. */
  credentialName: string
  minProtocolVersion: string | undefined
  maxProtocolVersion: string | undefined
  cipherSuites: readonly string[]
}

export interface OutboundPort {
  /** False: nothing of the registry listens there with HTTP; bytes pass, or are cut off under REGISTRY_ONLY. */
  http: boolean
  hosts: VirtualHosts
  /** For connections that are not HTTP. */
  tcp: TcpListeners
  /** What becomes of hosts that are not there. */
  otherwise: OutboundPolicy
}

export type OutboundPolicy = 'ALLOW_ANY' | 'REGISTRY_ONLY'

export interface MeshSettings {
  outboundPolicy: OutboundPolicy
  pathNormalization: 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'
  /** X-Forwarded-For entries that are trusted (gatewayTopology.numTrustedProxies). */
  trustedProxies: number
  trustDomain: string
}

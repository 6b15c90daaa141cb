// Where requests go: a service's port, narrowed to a subset, with its endpoints and what limits them.

export interface Cluster {
  /** As Istio names it: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
  name: string
  /** Tells apart clusters of one name that different proxies have: what balancing learns is kept by it. */
  key: string
  host: string
  port: number
  /** Empty for the whole service. */
  subset: string
  /** `client`: whatever the client of the request speaks. */
  protocol: 'http1' | 'h2c' | 'client'
  /** `dns`: endpoints are names resolved when connecting. `original`: wherever the caller wanted to go. */
  discovery: 'static' | 'dns' | 'original'
  endpoints: readonly ClusterEndpoint[]
  balancing: Balancing
  limits: ConnectionLimits | undefined
  outlier: OutlierDetection | undefined
  /** TLS towards the endpoint (trafficPolicy.tls SIMPLE or MUTUAL); ISTIO_MUTUAL is the mesh's own and undefined here. */
  tls: UpstreamTls | undefined
  connectTimeoutMs: number
  /** How long connections of bytes last. */
  tcp: TcpLimits
  /** The `x-envoy-decorator-operation` of a route without weights is `host:port/*`. */
  metadata: { service: string; namespace: string }
}

export type ClusterEndpoint =
  /** An address on a network; a path is a unix socket. */
  | { kind: 'address'; host: string; port: number; path?: string; labels: Labels; weight: number; locality: string }
  /** A revision of a Knative Service. */
  | RevisionEndpoint
  /** A port of the ingress gateway of this mesh: the tables are walked again there, in memory. */
  | { kind: 'gateway'; port: number; labels: Labels; weight: number; locality: string }
  /** A service of the runtime itself, such as the broker's ingress, by its full host. */
  | { kind: 'internal'; host: string; labels: Labels; weight: number; locality: string }

export interface RevisionEndpoint {
  kind: 'revision'
  namespace: string
  revision: string
  /**
   * True past the activator: the revision is this one, whatever the request says. The activator itself takes it from
   * the headers `knative-serving-*`, or from the host.
   */
  direct?: true
  labels: Labels
  weight: number
  locality: string
}

export type Labels = Readonly<Record<string, string>>

export type Balancing =
  | { kind: 'least-request' }
  | { kind: 'round-robin' }
  | { kind: 'random' }
  | { kind: 'passthrough' }
  /** `slots`: the least number that a ring has, the number that a maglev table has (a prime). */
  | { kind: 'consistent-hash'; by: HashKey; table: 'ring' | 'maglev'; slots: number }

export type HashKey =
  | { kind: 'header'; name: string }
  /** `ttlMs` 0 is a session cookie; undefined never sets one. */
  | {
      kind: 'cookie'
      name: string
      path: string
      ttlMs: number | undefined
      attributes: readonly { name: string; value?: string }[]
    }
  | { kind: 'query'; name: string }
  | { kind: 'source' }

/** Circuit breakers; undefined is no limit (Envoy's 4294967295). */
export interface ConnectionLimits {
  maxConnections: number | undefined
  maxPendingRequests: number | undefined
  /** http2MaxRequests: requests under way, whatever the protocol. */
  maxRequests: number | undefined
  maxRequestsPerConnection: number | undefined
  /** Requests under way at once on a connection of HTTP/2; a further one takes another connection. */
  maxConcurrentStreams: number | undefined
  maxRetries: number | undefined
  idleTimeoutMs: number | undefined
}

export interface TcpLimits {
  /** Without a byte either way; 0 is for ever. */
  idleTimeoutMs: number
  maxDurationMs: number | undefined
}

/** Envoy's: an hour without a byte. */
export const usualTcpLimits: TcpLimits = { idleTimeoutMs: 3_600_000, maxDurationMs: undefined }

export interface OutlierDetection {
  /** 0 switches the check off. */
  consecutive5xx: number
  consecutiveGatewayErrors: number
  consecutiveLocalOriginFailures: number
  splitExternalLocalOriginErrors: boolean
  intervalMs: number
  baseEjectionMs: number
  maxEjectionPercent: number
  minHealthPercent: number
}

export interface UpstreamTls {
  mode: 'SIMPLE' | 'MUTUAL'
  sni: string | undefined
  subjectAltNames: readonly string[]
  caCertificates: string | undefined
  clientCertificate: string | undefined
  privateKey: string | undefined
  /** A Secret in place of the three files. */
  credentialName: string | undefined
  insecureSkipVerify: boolean
}

// What `explain` tells: plain data, the same for a terminal, for `--json` and for tests of routes.

export interface Explanation {
  /** `GET http://api.relay.localhost/` */
  request: string
  first: ExplainedHop
}

/** One proxy on the way: a gateway's port, or the sidecar of a caller. */
export interface ExplainedHop {
  /** `gateway port 80`, or `sidecar of default/default, port 80`. */
  door: string
  host: string
  /** Path and query. */
  target: string
  /** As Envoy names it; undefined when none of the door is for this host. */
  virtualHost?: string | undefined
  /** Hosts of this door that are called nearly so, the nearest first; only where there is no virtual host. */
  nearest: readonly string[]
  /** What holds at this proxy, in the order it is asked. */
  policies: readonly ExplainedPolicy[]
  passedOver: readonly PassedOverRule[]
  rule?: Place | undefined
  effects?: ExplainedEffects | undefined
  /** When the mesh itself answers here: `404: …`. */
  answer?: string | undefined
  destinations: readonly ExplainedDestination[]
}

/** A rule or a policy as people find it. */
export interface Place {
  /** The rule's own name; empty where it has none. */
  name: string
  /** `VirtualService relay/route-middle spec.http[0]` */
  object: string
  /** `istio/relay/routes.yaml:36`; undefined for what no file says. */
  at?: string | undefined
}

/** The first condition that did not hold. */
export interface PassedOverRule {
  rule: Place
  /** As in YAML: `uri`, `headers.x-dev-user`, `queryParams.v`. */
  field: string
  /** `exact alice`, `prefix /api` */
  wanted: string
  /** Undefined where the request has nothing of that name. */
  actual?: string | undefined
}

export interface ExplainedPolicy {
  /** `ingress gateway`, `activator`, `pods of relay/core-prod` */
  at: string
  policy: Place
  /** `allows`, `denies`, `asks for a token`: one sentence about this request. */
  says: string
  /** True when the request ends here because of it. */
  denies: boolean
}

/** What a rule does to requests and answers; undefined is nothing of that. */
export interface ExplainedEffects {
  /** The new host, and the new path with its query. */
  host?: string | undefined
  target?: string | undefined
  requestHeaders: readonly HeaderChange[]
  responseHeaders: readonly HeaderChange[]
  fault?: ExplainedFault | undefined
  timeoutMs?: number | undefined
  retries?: ExplainedRetries | undefined
  mirrors: readonly { cluster: string; percent: number }[]
  /** Whether the rule answers preflights. */
  cors: boolean
}

export interface HeaderChange {
  do: 'set' | 'add' | 'remove'
  name: string
  value?: string | undefined
}

export interface ExplainedFault {
  delay?: { percent: number; ms: number } | undefined
  abort?: { percent: number; status?: number | undefined; grpcStatus?: number | undefined } | undefined
}

export interface ExplainedRetries {
  /** After the first try. */
  attempts: number
  on: readonly string[]
  perTryTimeoutMs?: number | undefined
}

export interface ExplainedDestination {
  /** In percent. */
  share: number
  cluster: string
  /** What this destination alone does to the headers of requests. */
  requestHeaders: readonly HeaderChange[]
  /** Who is behind it, one text an endpoint. */
  endpoints: readonly string[]
  /** What holds before the pods of a revision. */
  policies: readonly ExplainedPolicy[]
  /** When it is a gateway of this mesh. */
  next?: ExplainedHop | undefined
}

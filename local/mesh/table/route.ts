// One rule of a virtual host: what it matches, what becomes of the request.
import type { RE2JS } from 're2js'
import type { HeaderRules } from './header-rules.ts'

/** Where a rule was written, for explain, records and logs. */
export interface RouteOrigin {
  /** `VirtualService`, or `Ingress` for what Knative's networking makes. */
  kind: string
  namespace: string
  name: string
  /** Field path of the rule in its object: `spec.http[2]`; of one entry of its matches: `spec.http[2].match[0]`. */
  path: string
}

export interface Route {
  /** Envoy's name of the route, as its access log prints it. */
  name: string
  origin: RouteOrigin
  match: RouteMatch
  action: RouteAction
  requestHeaders: HeaderRules | undefined
  responseHeaders: HeaderRules | undefined
  fault: Fault | undefined
  cors: CorsPolicy | undefined
}

/** All of it must hold. A route of several `match` entries is compiled to one route an entry. */
export interface RouteMatch {
  /** Undefined matches every path. */
  path: StringMatcher | undefined
  ignoreCase: boolean
  headers: readonly HeaderMatcher[]
  query: readonly { name: string; value: StringMatcher }[]
}

export type StringMatcher =
  | { kind: 'exact'; value: string }
  | { kind: 'prefix'; value: string }
  /** The whole value must match. */
  | { kind: 'regex'; value: string; expression: RE2JS }
  | { kind: 'present' }

/** Pseudo headers `:method`, `:scheme`, `:authority` stand for the fields of those names. */
export interface HeaderMatcher {
  name: string
  value: StringMatcher
  /** withoutHeaders: holds when the match does not; an absent header then holds too. */
  invert: boolean
  /** Matches a claim of the verified token in place of a header: `@request.auth.claims.group.name` as a path. */
  claim?: readonly string[]
}

export type RouteAction = ForwardAction | RedirectAction | DirectResponseAction

export interface ForwardAction {
  kind: 'forward'
  clusters: readonly WeightedCluster[]
  /** Sum of all weights; drawn from per request when there is more than one cluster. */
  totalWeight: number
  /**
   * Whose header rules come first, for requests and responses: the drawn cluster's, then the route's, as Envoy does with
   * weighted clusters; or the other way round, as Istio joins the rules of a single destination to the route's.
   */
  destinationHeadersFirst: boolean
  rewrite: Rewrite | undefined
  /** 0 is none. */
  timeoutMs: number
  retry: RetryPolicy | undefined
  mirrors: readonly Mirror[]
  /** `x-envoy-decorator-operation`. */
  operation: string
}

export interface WeightedCluster {
  /** A cluster of the table by name; one that is not there answers 503 NC. */
  cluster: string
  weight: number
  /** The new host of requests that draw this cluster (`headers.request.set.host` of a destination): the route's rewrite wins. */
  authority: string | undefined
  /** See `ForwardAction.destinationHeadersFirst`. */
  requestHeaders: HeaderRules | undefined
  responseHeaders: HeaderRules | undefined
}

export interface Rewrite {
  authority: string | undefined
  path:
    | { kind: 'prefix'; from: string; to: string }
    | { kind: 'whole'; to: string }
    /** `substitution` names groups as RE2 does: `\1`. */
    | { kind: 'regex'; expression: RE2JS; substitution: string }
    | undefined
}

export interface RetryPolicy {
  /** Tries after the first one; 0 is none. */
  retries: number
  /** 0 is none. */
  perTryTimeoutMs: number
  /** Envoy's conditions: `5xx`, `gateway-error`, `reset`, `connect-failure`, `retriable-4xx`, `unavailable`, … */
  on: ReadonlySet<string>
  retriableStatusCodes: ReadonlySet<number>
  /** Base of the jittered, doubling pause; Envoy's default 25. The longest pause is ten times that. */
  backoffMs: number
  /** Endpoints already tried are drawn again at most this often (host_selection_retry_max_attempts). */
  hostSelectionAttempts: number
}

export interface Mirror {
  cluster: string
  /** 0 … 100 */
  percent: number
}

export interface RedirectAction {
  kind: 'redirect'
  code: number
  scheme: string | undefined
  authority: string | undefined
  /** Undefined where the default of the scheme is meant: the request's own port then stays, unless `authority` is new. */
  port: number | undefined
  /** Replaces the path, begins with a slash; with `?` in it the query goes too. */
  uri: string | undefined
}

export interface DirectResponseAction {
  kind: 'direct-response'
  status: number
  /** Undefined answers with no body and no content-type. */
  body: Buffer | undefined
}

export interface Fault {
  delay: { percent: number; ms: number } | undefined
  abort: { percent: number; status: number | undefined; grpcStatus: number | undefined } | undefined
}

export interface CorsPolicy {
  allowOrigins: readonly StringMatcher[]
  allowMethods: string
  allowHeaders: string
  exposeHeaders: string
  maxAge: string
  allowCredentials: boolean
  /** Preflights of other origins: on to the backend, or answered here without an allowed origin. */
  forwardNotMatchingPreflights: boolean
}

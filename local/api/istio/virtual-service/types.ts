// VirtualService as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { Destination, Duration, Percent, StringMatch } from '../fields/types.ts'
import type { CorsPolicy, HttpDirectResponse, HttpFaultInjection, HttpRedirect } from './http-types.ts'

export interface VirtualService extends KubeObject {
  spec: VirtualServiceSpec
}

export interface VirtualServiceSpec {
  /** Empty for a delegate. A short name of the mesh is one of the object's own namespace. */
  hosts?: string[]
  /** Names (`gw`, `ns/gw`) or `mesh`, the sidecars; `mesh` alone when left out. */
  gateways?: string[]
  http?: HttpRoute[]
  tls?: TlsRoute[]
  tcp?: TcpRoute[]
  /** Namespaces that see it: `*` (default), `.`, or names. */
  exportTo?: string[]
}

/** One rule: the first whose match holds decides, in document order. */
export interface HttpRoute {
  name?: string
  /** One of them has to hold; none at all means every request. */
  match?: HttpMatchRequest[]
  route?: HttpRouteDestination[]
  redirect?: HttpRedirect
  directResponse?: HttpDirectResponse
  delegate?: Delegate
  rewrite?: HttpRewrite
  /** For the whole request, tries included; none by default. */
  timeout?: Duration
  retries?: HttpRetry
  fault?: HttpFaultInjection
  mirror?: Destination
  mirrors?: HttpMirrorPolicy[]
  /** Deprecated: whole percents; `mirrorPercentage` wins. */
  mirrorPercent?: number
  mirrorPercentage?: Percent
  corsPolicy?: CorsPolicy
  headers?: Headers
}

/** All fields that are there have to hold. */
export interface HttpMatchRequest {
  name?: string
  uri?: StringMatch
  scheme?: StringMatch
  method?: StringMatch
  authority?: StringMatch
  /** By lower-case name; an empty match means that the header is there. */
  headers?: Record<string, StringMatch>
  withoutHeaders?: Record<string, StringMatch>
  /** The listener's port. */
  port?: number
  /** Labels of the calling workload: only for sidecars. */
  sourceLabels?: Record<string, string>
  /** Narrows the rule to some of the object's gateways. */
  gateways?: string[]
  queryParams?: Record<string, StringMatch>
  /** For `exact` and `prefix` of `uri`. */
  ignoreUriCase?: boolean
  sourceNamespace?: string
  statPrefix?: string
}

export interface HttpRouteDestination {
  destination: Destination
  /** A share of the sum of all weights; may be left out when there is one destination. */
  weight?: number
  headers?: Headers
}

export interface Headers {
  request?: HeaderOperations
  response?: HeaderOperations
}

export interface HeaderOperations {
  set?: Record<string, string>
  add?: Record<string, string>
  remove?: string[]
}

/** The VirtualService that continues this rule. */
export interface Delegate {
  name: string
  /** Default: the namespace of the root. */
  namespace?: string
}

export interface HttpRewrite {
  /** Replaces the matched prefix, or the whole path of an exact or regex match. */
  uri?: string
  authority?: string
  uriRegexRewrite?: RegexRewrite
}

export interface RegexRewrite {
  match: string
  rewrite: string
}

export interface HttpRetry {
  /** Retries after the first try; 0 switches them off. */
  attempts?: number
  perTryTimeout?: Duration
  /** Comma-separated policies of Envoy, and HTTP status codes. */
  retryOn?: string
  retryRemoteLocalities?: boolean
  retryIgnorePreviousHosts?: boolean
  backoff?: Duration
}

export interface HttpMirrorPolicy {
  destination: Destination
  percentage?: Percent
}

export interface TlsRoute {
  match: TlsMatchAttributes[]
  route?: RouteDestination[]
}

export interface TcpRoute {
  match?: L4MatchAttributes[]
  route?: RouteDestination[]
}

export interface RouteDestination {
  destination: Destination
  weight?: number
}

export interface L4MatchAttributes {
  /** IPs or CIDRs. */
  destinationSubnets?: string[]
  port?: number
  sourceSubnet?: string
  sourceLabels?: Record<string, string>
  gateways?: string[]
  sourceNamespace?: string
}

export interface TlsMatchAttributes {
  sniHosts: string[]
  destinationSubnets?: string[]
  port?: number
  sourceLabels?: Record<string, string>
  gateways?: string[]
  sourceNamespace?: string
}

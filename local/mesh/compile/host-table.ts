// The inert table a request is walked through: hosts, rules in order, destinations by weight.
import type { RevisionTarget } from '../upstreams.ts'

/** `[name, value]`, names in lower case. */
export type HeaderPair = readonly [string, string]

/** One outcome of a rule, with all a request that draws it needs: nothing of this is computed on its way. */
export interface Destination {
  target: RevisionTarget
  /** Share of the rule's sum. */
  weight: number
  /** Of the object the rule comes from, for records and logs: `app/usvc`. */
  route: string
  /** The rule's and the destination's own, each name once: the destination's value wins. */
  setHeaders: ReadonlyMap<string, string>
  /** The same as lines of a head. */
  setText: string
  /** What Envoy calls the route in `x-envoy-decorator-operation`. */
  operation: string
}

export interface RouteRule {
  /** A plain string prefix of the path, as Istio's `uri.prefix`. */
  pathPrefix: string | undefined
  /** All must be there with exactly that value. */
  headers: readonly HeaderPair[]
  /** The request starts again at the local gateway under this host (a DomainMapping). */
  rewriteHost: string | undefined
  destinations: readonly Destination[]
}

/** By host in lower case, without a port. */
export type HostTable = ReadonlyMap<string, readonly RouteRule[]>

export interface GatewayTables {
  /** What clients outside the cluster reach. */
  public: HostTable
  /** What callers inside reach: every rule of every object. */
  local: HostTable
  /** Namespaces that have any rule: an unknown `name.namespace` there is a cluster name that does not exist. */
  namespaces: ReadonlySet<string>
}

export const emptyTables: GatewayTables = { public: new Map(), local: new Map(), namespaces: new Set() }

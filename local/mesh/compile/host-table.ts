// The inert table a request is walked through: hosts, rules in order, destinations by weight.
import type { RevisionTarget } from '../upstreams.ts'

/** `[name, value]`, names in lower case. */
export type HeaderPair = readonly [string, string]

export interface Destination {
  target: RevisionTarget
  /** Share of the rule's sum. */
  weight: number
  setHeaders: readonly HeaderPair[]
}

export interface RouteRule {
  /** Of the object the rule comes from, for records and logs: `app/usvc`. */
  name: string
  /** A plain string prefix of the path, as Istio's `uri.prefix`. */
  pathPrefix: string | undefined
  /** All must be there with exactly that value. */
  headers: readonly HeaderPair[]
  setHeaders: readonly HeaderPair[]
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

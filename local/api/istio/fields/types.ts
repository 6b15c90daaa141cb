// Field types that several Istio kinds share: durations, selectors, destinations, ports, string matches.

/** A duration as proto-JSON writes it: seconds with a unit, `0.5s`, or Go's longer forms, `1h30m`, `250ms`. */
export type Duration = string

/** A share of a whole: 0 to 100, fractions down to 0.0001. */
export interface Percent {
  value?: number
}

/** One of the three ways to match a string; none of them means "the header is there". */
export interface StringMatch {
  exact?: string
  prefix?: string
  /** RE2, over the whole string. */
  regex?: string
}

export interface PortSelector {
  number?: number
}

/** A host of the registry, and which of its subsets and ports. */
export interface Destination {
  /** A short name is one of the rule's own namespace. */
  host: string
  subset?: string
  /** May be left out when the service has one port. */
  port?: PortSelector
}

/** Picks workloads of the rule's namespace by labels (networking kinds). */
export interface WorkloadSelector {
  labels?: Record<string, string>
}

/** Picks workloads by labels (security and telemetry kinds, DestinationRule, ProxyConfig). */
export interface PolicySelector {
  matchLabels?: Record<string, string>
}

/** Attaches a policy to a Kubernetes Gateway, a Service or a ServiceEntry instead of to labels. */
export interface PolicyTargetReference {
  group?: string
  kind: string
  name: string
  namespace?: string
}

/** `T` before validation: every field may be missing, at every depth. */
export type Draft<T> = T extends (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { [K in keyof T]?: Draft<T[K]> }
    : T

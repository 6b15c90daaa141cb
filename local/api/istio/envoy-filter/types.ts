// EnvoyFilter as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { Json, KubeObject } from '../../../kernel/object.ts'
import type { PolicyTargetReference, WorkloadSelector } from '../fields/types.ts'

export interface EnvoyFilter extends KubeObject {
  spec: EnvoyFilterSpec
}

export interface EnvoyFilterSpec {
  workloadSelector?: WorkloadSelector
  targetRefs?: PolicyTargetReference[]
  configPatches?: EnvoyConfigObjectPatch[]
  priority?: number
}

export type ApplyTo =
  | 'INVALID'
  | 'LISTENER'
  | 'FILTER_CHAIN'
  | 'NETWORK_FILTER'
  | 'HTTP_FILTER'
  | 'ROUTE_CONFIGURATION'
  | 'VIRTUAL_HOST'
  | 'HTTP_ROUTE'
  | 'CLUSTER'
  | 'EXTENSION_CONFIG'
  | 'BOOTSTRAP'
  | 'LISTENER_FILTER'

export type PatchOperation =
  | 'INVALID'
  | 'MERGE'
  | 'ADD'
  | 'REMOVE'
  | 'INSERT_BEFORE'
  | 'INSERT_AFTER'
  | 'INSERT_FIRST'
  | 'REPLACE'

export interface EnvoyConfigObjectPatch {
  applyTo: ApplyTo
  match?: EnvoyConfigObjectMatch
  patch: Patch
}

export interface EnvoyConfigObjectMatch {
  context?: 'ANY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY' | 'WAYPOINT'
  proxy?: { proxyVersion?: string; metadata?: Record<string, string> }
  /** One of the four. */
  listener?: ListenerMatch
  routeConfiguration?: RouteConfigurationMatch
  cluster?: { portNumber?: number; service?: string; subset?: string; name?: string }
  waypoint?: WaypointMatch
}

export interface ListenerMatch {
  portNumber?: number
  portName?: string
  filterChain?: FilterChainMatch
  listenerFilter?: string
  name?: string
}

export interface FilterChainMatch {
  name?: string
  sni?: string
  transportProtocol?: string
  applicationProtocols?: string
  filter?: FilterMatch
  destinationPort?: number
}

export interface FilterMatch {
  name?: string
  subFilter?: { name?: string }
}

export interface RouteConfigurationMatch {
  portNumber?: number
  portName?: string
  gateway?: string
  vhost?: VirtualHostMatch
  name?: string
}

export interface VirtualHostMatch {
  name?: string
  domainName?: string
  route?: { name?: string; action?: 'ANY' | 'ROUTE' | 'REDIRECT' | 'DIRECT_RESPONSE' }
}

export interface WaypointMatch {
  portNumber?: number
  route?: { name?: string }
  filter?: FilterMatch
}

export interface Patch {
  operation: PatchOperation
  /** Of Envoy's own types. */
  value?: Record<string, Json>
  filterClass?: 'UNSPECIFIED' | 'AUTHN' | 'AUTHZ' | 'STATS'
}

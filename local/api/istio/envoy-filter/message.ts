// The EnvoyFilter message.
import { policyTargetReference, workloadSelector } from '../fields/messages.ts'
import { int32, list, map, message, oneOf, string, struct, uint32 } from '../proto/message.ts'
import type {
  EnvoyConfigObjectMatch,
  EnvoyConfigObjectPatch,
  EnvoyFilterSpec,
  FilterChainMatch,
  FilterMatch,
  ListenerMatch,
  Patch,
  RouteConfigurationMatch,
  VirtualHostMatch,
  WaypointMatch,
} from './types.ts'

const filter = 'istio.networking.v1alpha3.EnvoyFilter'
type Named = { name?: string }
const named = (name: string) => message<Named>(`${filter}.${name}`, { name: string })
const filterMatch = (name: string, subFilter: string) =>
  message<FilterMatch>(`${filter}.${name}`, { name: string, subFilter: named(subFilter) })

const filterChainMatch = message<FilterChainMatch>(`${filter}.ListenerMatch.FilterChainMatch`, {
  name: string,
  sni: string,
  transportProtocol: string,
  applicationProtocols: string,
  filter: filterMatch('ListenerMatch.FilterMatch', 'ListenerMatch.SubFilterMatch'),
  destinationPort: uint32,
})

const listenerMatch = message<ListenerMatch>(`${filter}.ListenerMatch`, {
  portNumber: uint32,
  portName: string,
  filterChain: filterChainMatch,
  listenerFilter: string,
  name: string,
})

const routeMatch = 'RouteConfigurationMatch.RouteMatch'

const virtualHostMatch = message<VirtualHostMatch>(`${filter}.RouteConfigurationMatch.VirtualHostMatch`, {
  name: string,
  domainName: string,
  route: message<NonNullable<VirtualHostMatch['route']>>(`${filter}.${routeMatch}`, {
    name: string,
    action: oneOf(`${filter}.${routeMatch}.Action`, 'ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE'),
  }),
})

const routeConfigurationMatch = message<RouteConfigurationMatch>(`${filter}.RouteConfigurationMatch`, {
  portNumber: uint32,
  portName: string,
  gateway: string,
  vhost: virtualHostMatch,
  name: string,
})

const waypointMatch = message<WaypointMatch>(`${filter}.WaypointMatch`, {
  portNumber: uint32,
  route: named('WaypointMatch.RouteMatch'),
  filter: filterMatch('WaypointMatch.FilterMatch', 'WaypointMatch.FilterMatch.SubFilterMatch'),
})

const contexts = ['ANY', 'SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY', 'WAYPOINT'] as const

const objectMatch = message<EnvoyConfigObjectMatch>(
  `${filter}.EnvoyConfigObjectMatch`,
  {
    context: oneOf(`${filter}.PatchContext`, ...contexts),
    proxy: message<NonNullable<EnvoyConfigObjectMatch['proxy']>>(`${filter}.ProxyMatch`, {
      proxyVersion: string,
      metadata: map(string),
    }),
    listener: listenerMatch,
    routeConfiguration: routeConfigurationMatch,
    cluster: message<NonNullable<EnvoyConfigObjectMatch['cluster']>>(`${filter}.ClusterMatch`, {
      portNumber: uint32,
      service: string,
      subset: string,
      name: string,
    }),
    waypoint: waypointMatch,
  },
  ['listener', 'routeConfiguration', 'cluster', 'waypoint'],
)

const patch = message<Patch>(`${filter}.Patch`, {
  operation: oneOf(
    `${filter}.Patch.Operation`,
    'INVALID',
    'MERGE',
    'ADD',
    'REMOVE',
    'INSERT_BEFORE',
    'INSERT_AFTER',
    'INSERT_FIRST',
    'REPLACE',
  ),
  value: struct,
  filterClass: oneOf(`${filter}.Patch.FilterClass`, 'UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS'),
})

const applyTo = oneOf(
  `${filter}.ApplyTo`,
  'INVALID',
  'LISTENER',
  'FILTER_CHAIN',
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'ROUTE_CONFIGURATION',
  'VIRTUAL_HOST',
  'HTTP_ROUTE',
  'CLUSTER',
  'EXTENSION_CONFIG',
  'BOOTSTRAP',
  'LISTENER_FILTER',
)

export const envoyFilterMessage = message<EnvoyFilterSpec>(filter, {
  workloadSelector,
  targetRefs: list(policyTargetReference),
  configPatches: list(
    message<EnvoyConfigObjectPatch>(`${filter}.EnvoyConfigObjectPatch`, { applyTo, match: objectMatch, patch }),
  ),
  priority: int32,
})

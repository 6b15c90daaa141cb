// Where a request begins that no sidecar sends, the runtime's own among them: by the name it calls.
import { hostOf, pickHost } from '../../route/walk.ts'
import type { Cluster } from '../../table/cluster.ts'
import type { VirtualHost } from '../../table/virtual-hosts.ts'
import { splitAuthority } from '../authority.ts'
import type { Exchange, Incoming } from '../client.ts'
import { dispatch } from '../dispatch.ts'
import { type Door, outboundDoor, plainDoor } from '../door.ts'
import type { Routing } from '../hop.ts'
import type { Wire } from '../wire.ts'

/** The cluster's own gateway, behind every Knative Service's name. */
const localGatewayPort = 8081

/** Knative's eventing has no sidecar. */
const labels = { 'sidecar.istio.io/inject': 'false' }
const sender = { namespace: 'knative-eventing', serviceAccount: 'default', labels, name: 'skiff' }

/** Undefined when the request was answered at once. */
export function beginSent(wire: Wire, routing: Routing, incoming: Incoming): Exchange | undefined {
  const { table } = routing
  const caller = incoming.caller ?? sender
  const outbound = outboundDoor(table, caller, splitAuthority(incoming.host).port)
  const local = plainDoor(table, localGatewayPort)
  if (local && leadsTo(local, outbound, incoming.host, table.outboundClusters(caller))) {
    return dispatch(wire, routing, local, incoming)
  }
  return dispatch(wire, routing, outbound, { ...incoming, caller })
}

/**
 * Whether a name is one of the local gateway's: as DNS has it, a wildcard of the gateway's rules makes no names. A name
 * that only a wildcard is for must be that of a Service which leads there.
 */
function leadsTo(local: Door, outbound: Door, host: string, clusters: ReadonlyMap<string, Cluster>): boolean {
  if (local.hosts.exact.has(hostOf(host).toLowerCase())) return true
  if (!pickHost(local.hosts, host)) return false
  const known = pickHost(outbound.hosts, host)
  return known !== undefined && firstEndpoint(known, clusters)?.kind === 'gateway'
}

function firstEndpoint({ routes }: VirtualHost, clusters: ReadonlyMap<string, Cluster>) {
  for (const { action } of routes) {
    const [first] = action.kind === 'forward' ? action.clusters : []
    if (first) return clusters.get(first.cluster)?.endpoints[0]
  }
  return undefined
}

// Where a request begins that no sidecar sends, the runtime's own among them: by the name it calls.
import { pickHost } from '../route/walk.ts'
import { splitAuthority } from './authority.ts'
import type { Exchange, Incoming } from './client.ts'
import { dispatch } from './dispatch.ts'
import { outboundDoor, plainDoor } from './door.ts'
import type { Routing } from './hop.ts'
import type { Wire } from './wire.ts'

/** The cluster's own gateway, behind every Knative Service's name. */
const localGatewayPort = 8081

/** Knative's eventing has no sidecar. */
const labels = { 'sidecar.istio.io/inject': 'false' }
const sender = { namespace: 'knative-eventing', serviceAccount: 'default', labels, name: 'skiff' }

/** Undefined when the request was answered at once. */
export function beginSent(wire: Wire, routing: Routing, incoming: Incoming): Exchange | undefined {
  const local = plainDoor(routing.table, localGatewayPort)
  if (local && pickHost(local.hosts, incoming.host)) return dispatch(wire, routing, local, incoming)
  const { port } = splitAuthority(incoming.host)
  const caller = incoming.caller ?? sender
  return dispatch(wire, routing, outboundDoor(routing.table, caller, port), { ...incoming, caller })
}

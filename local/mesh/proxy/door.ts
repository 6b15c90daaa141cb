// A door of the mesh: where requests come in and rules are looked up. A gateway's port, or an outbound port of a caller.

import type { Identity } from '../identity.ts'
import type { FilterChain, MeshTable, OutboundPolicy, OutboundPort } from '../table/mesh-table.ts'
import type { VirtualHosts } from '../table/virtual-hosts.ts'

export interface Door {
  readonly kind: 'gateway' | 'outbound'
  /** Of the gateway, or the one the caller wanted. */
  readonly port: number
  /** Of the connection the request came by. */
  readonly scheme: 'http' | 'https'
  /** The name its answers carry. */
  readonly server: 'istio-envoy' | 'envoy'
  readonly hosts: VirtualHosts
  /** What becomes of hosts that are not there; undefined at gateways: 404. */
  readonly otherwise: OutboundPolicy | undefined
}

const gatewayDoors = new WeakMap<FilterChain, Door>()
const outboundDoors = new WeakMap<OutboundPort, Door>()

/** The door behind one filter chain of a gateway's port. */
export function gatewayDoor(port: number, chain: FilterChain): Door {
  const known = gatewayDoors.get(chain)
  if (known) return known
  const scheme = chain.tls ? 'https' : 'http'
  const door: Door = { kind: 'gateway', port, scheme, server: 'istio-envoy', hosts: chain.hosts, otherwise: undefined }
  gatewayDoors.set(chain, door)
  return door
}

/** The door of a gateway's plain HTTP port; undefined when no Gateway opens it. */
export function plainDoor(table: MeshTable, port: number): Door | undefined {
  const chain = table.gatewayPorts.get(port)?.chains.find(({ tls }) => !tls)
  return chain && gatewayDoor(port, chain)
}

/** What a captured caller meets at a port. */
export function outboundDoor(table: MeshTable, caller: Identity, port: number): Door {
  const outbound = table.outbound(caller, port)
  const known = outboundDoors.get(outbound)
  if (known) return known
  const { hosts, otherwise } = outbound
  const door: Door = { kind: 'outbound', port, scheme: 'http', server: 'envoy', hosts, otherwise }
  outboundDoors.set(outbound, door)
  return door
}

const developmentDoors = new WeakMap<Door, Door>()

/** The hosts of another door, reached by https. */
export function developmentDoor(port: number, plain: Door): Door {
  const known = developmentDoors.get(plain)
  if (known) return known
  const door: Door = { ...plain, port, scheme: 'https' }
  developmentDoors.set(plain, door)
  return door
}

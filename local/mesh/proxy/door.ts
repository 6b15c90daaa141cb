// A door of the mesh: where requests come in and rules are looked up. A gateway's port, or an outbound port of a caller.

import type { Identity } from '../../seams/identity.ts'
import type { FilterChain, MeshTable, OutboundPolicy, OutboundPort } from '../table/mesh-table.ts'
import type { VirtualHosts } from '../table/virtual-hosts.ts'
import { chainFor } from '../tcp/choose-chain.ts'

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

/**
 * Outside before a port of the ingress gateway, with TLS where a server name is given, or a captured caller that wants a
 * port.
 */
export type Entrance = { gatewayPort: number; serverName?: string } | { caller: Identity; port: number }

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
  const chain = table.gatewayPorts.get(port)?.chains.find(isPlainHttp)
  return chain && gatewayDoor(port, chain)
}

export function isPlainHttp({ tls, tcp }: FilterChain): boolean {
  return !tls && !tcp
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

/** Served for development with the hosts of plain HTTP, as long as no Gateway opens it. */
export const developmentHttps = 443
const plainHttp = 80

/** The door of a client that speaks TLS to a gateway's port and asks for a name; undefined: no HTTP is answered there. */
export function secureDoor(table: MeshTable, port: number, serverName: string | undefined): Door | undefined {
  const chain = chainFor(table.gatewayPorts.get(port)?.chains ?? [], { serverName })
  if (chain) return chain.tcp ? undefined : gatewayDoor(port, chain)
  const development = port === developmentHttps ? plainDoor(table, plainHttp) : undefined
  return development && developmentDoor(port, development)
}

const developmentDoors = new WeakMap<Door, Door>()

/** The hosts of another door, reached by https. */
function developmentDoor(port: number, plain: Door): Door {
  const known = developmentDoors.get(plain)
  if (known) return known
  const door: Door = { ...plain, port, scheme: 'https' }
  developmentDoors.set(plain, door)
  return door
}

/** Undefined when no Gateway opens the port, or none for that name. */
export function doorAt(table: MeshTable, from: Entrance): Door | undefined {
  if ('caller' in from) return outboundDoor(table, from.caller, from.port)
  if (from.serverName === undefined) return plainDoor(table, from.gatewayPort)
  return secureDoor(table, from.gatewayPort, from.serverName)
}

// A connection of bytes at a port of the ingress gateway: policies are asked first, then it goes where its chain says.
import type { Socket } from 'node:net'
import type { Routing } from '../proxy/hop.ts'
import { plainAddress } from '../proxy/server/server-side.ts'
import type { Wire } from '../proxy/wire.ts'
import type { TcpRoute } from '../table/tcp-route.ts'
import { carry, refuse } from './carry.ts'

export interface GatewayConnection {
  port: number
  route: TcpRoute
  client: Socket
  /** What was read of it already. */
  first: Buffer
  serverName: string | undefined
}

export function carryAtGateway(wire: Wire, { table }: Routing, { route, ...met }: GatewayConnection): void {
  const { port, client, serverName = '' } = met
  const peer = plainAddress(client.remoteAddress)
  const connection = { ...met, door: 'gateway', peer, caller: undefined, original: undefined } as const
  if (wire.policy?.admitsConnection({ port, peer, serverName }) ?? true) carry(wire, connection, route, table.clusters)
  else refuse(wire, connection, { origin: route.origin })
}

// Carries one connection as bytes: draws a cluster, gets a place at an endpoint, connects, and joins the two.
import type { Socket } from 'node:net'
import type { Identity } from '../../seams/identity.ts'
import type { Outcome, Placement } from '../cluster/balancer.ts'
import { addressOf } from '../cluster/host.ts'
import type { Wire } from '../proxy/wire.ts'
import { drawCluster } from '../route/walk.ts'
import type { Cluster } from '../table/cluster.ts'
import type { RouteOrigin } from '../table/route.ts'
import type { TcpRoute } from '../table/tcp-route.ts'
import type { ConnectionRecord } from './connection-record.ts'
import { type AddressEndpoint, dial } from './dial.ts'
import { type RelayedBytes, relay } from './relay.ts'

export interface CarriedConnection {
  door: ConnectionRecord['door']
  port: number
  client: Socket
  /** What was read of it already. */
  first: Buffer
  serverName: string | undefined
  peer: string
  caller: Identity | undefined
  /** Where the caller wanted to go. */
  original: AddressEndpoint | undefined
}

/** By a rule; `clusters` are those the proxy knows. */
export function carry(
  wire: Wire,
  connection: CarriedConnection,
  route: TcpRoute,
  clusters: ReadonlyMap<string, Cluster>,
): void {
  const { origin, originatesTls } = route
  const drawn = drawCluster(route, wire.random)
  const cluster = drawn && clusters.get(drawn.cluster)
  if (cluster) carryTo(wire, connection, { cluster, origin, originatesTls })
  else refuse(wire, connection, { flags: 'NC', cluster: '', origin })
}

export interface Way {
  cluster: Cluster
  origin: RouteOrigin | undefined
  originatesTls: boolean
}

export function carryTo(wire: Wire, connection: CarriedConnection, way: Way): void {
  const { peer, original } = connection
  const asked = { target: '', headers: [], peer, tried: [], connection: true, ...(original && { original }) } as const
  const placement = wire.balancer.place(way.cluster, asked)
  const told = { cluster: way.cluster.name, origin: way.origin }
  if (placement === 'no_healthy_upstream') refuse(wire, connection, { ...told, flags: 'UH' })
  else if (placement === 'overflow') refuse(wire, connection, { ...told, flags: 'UO' })
  else if ('endpoint' in placement) connectTo(wire, connection, way, placement)
}

function connectTo(wire: Wire, connection: CarriedConnection, way: Way, placement: Placement): void {
  const { endpoint } = placement
  const startedAt = wire.clock.now()
  const end = (outcome: Outcome, told: Partial<ConnectionRecord>) => {
    placement.done(outcome)
    const { cluster, origin } = way
    return { startedAt, cluster: cluster.name, origin, upstreamAddress: addressOf(endpoint), ...told }
  }
  const lost = (failure: string) =>
    refuse(wire, connection, end({ kind: 'connect-failure' }, { flags: 'UF,URX', failure }))
  if (endpoint.kind !== 'address' || wire.replace) {
    wire.log('error', `${way.cluster.name} leads to ${addressOf(endpoint)}, where requests of HTTP alone can go`)
    lost('')
    return
  }
  const { client, first } = connection
  const gone = () => {
    giveUp()
    report(wire, connection, end({ kind: 'cancelled' }, {}))
  }
  client.allowHalfOpen = true
  client.pause().on('error', () => client.destroy())
  client.once('close', gone)
  const giveUp = dial({
    ...{ clock: wire.clock, cluster: way.cluster, endpoint, originatesTls: way.originatesTls },
    secret: name => wire.certificates.client(name, connection.caller?.namespace),
    failed(failure) {
      client.off('close', gone)
      lost(failure)
    },
    connected(upstream) {
      client.off('close', gone)
      const ended = ({ received, sent }: RelayedBytes) =>
        report(wire, connection, end({ kind: 'status', status: 200 }, { receivedBytes: received, sentBytes: sent }))
      relay({ clock: wire.clock, client, upstream, limits: way.cluster.tcp, first, ended })
    },
  })
}

/** A client that said something is reset, as Envoy closes with its bytes unread; another one hears the end. */
export function refuse(wire: Wire, connection: CarriedConnection, told: Partial<ConnectionRecord>): void {
  const { client, first } = connection
  report(wire, connection, told)
  client.on('error', () => {})
  const spoke = first.length > 0 || client.readableLength > 0
  if (spoke && !('encrypted' in client)) client.resetAndDestroy()
  else client.destroy()
}

function report({ onConnection, clock }: Wire, connection: CarriedConnection, told: Partial<ConnectionRecord>): void {
  const { door, port, serverName = '', peer, caller } = connection
  const startedAt = told.startedAt ?? clock.now()
  onConnection?.({
    ...{ startedAt, durationMs: clock.now() - startedAt, door, port, serverName, peer, caller },
    ...{ flags: '-', failure: '', cluster: '', origin: undefined, upstreamAddress: '' },
    ...{ receivedBytes: 0, sentBytes: 0 },
    ...told,
  })
}

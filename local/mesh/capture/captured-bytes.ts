// A captured connection that is not HTTP: where the caller's rules, the registry or its outbound policy let its bytes go.
import { isIP, type Socket } from 'node:net'
import type { Identity } from '../../seams/identity.ts'
import { hasSidecar } from '../identity.ts'
import { splitAuthority } from '../proxy/authority.ts'
import type { Routing } from '../proxy/hop.ts'
import type { Captured } from '../proxy/server/server-side.ts'
import type { ClientHello } from '../proxy/tls/client-hello.ts'
import { passthroughCluster } from '../proxy/unmatched.ts'
import type { Wire } from '../proxy/wire.ts'
import { noListeners, type TcpChain, type TcpListener } from '../table/tcp-route.ts'
import { type CarriedConnection, carry, carryTo, refuse } from '../tcp/carry.ts'
import { outboundChain } from '../tcp/choose-chain.ts'

/** What the caller meets at the port it named, for the host or address that it named; without a sidecar nothing. */
export function listenerFor({ table }: Routing, { caller, authority }: Captured): TcpListener {
  if (!hasSidecar(caller)) return noListeners.others
  const { host, port } = splitAuthority(authority)
  const { named, others } = table.outbound(caller, port).tcp
  return named.get(host.toLowerCase()) ?? others
}

/** The way out for a connection with that hello; undefined: the caller's outbound policy decides. */
export function wayOut(listener: TcpListener, { authority }: Captured, hello: ClientHello | undefined) {
  const { host } = splitAuthority(authority)
  return outboundChain(listener.chains, hello ?? {}, isIP(host) ? host : undefined)
}

export interface CapturedBytes {
  captured: Captured
  socket: Socket
  first: Buffer
  hello: ClientHello | undefined
}

/** Without a way out under REGISTRY_ONLY nobody is reached but hosts of the registry. */
export function carryOut(wire: Wire, routing: Routing, bytes: CapturedBytes, way: TcpChain | undefined): void {
  const { caller, authority } = bytes.captured
  const { host, port } = splitAuthority(authority)
  const serverName = bytes.hello?.serverName
  const connection: CarriedConnection = {
    ...{ door: 'outbound', port, client: bytes.socket, first: bytes.first, serverName, peer: '127.0.0.1', caller },
    original: { kind: 'address', host, port, labels: {}, weight: 1, locality: '' },
  }
  if (way) carry(wire, connection, way.route, routing.table.outboundClusters(caller))
  else if (isBlocked(routing, caller, serverName ?? host, port))
    refuse(wire, connection, { flags: 'UH', cluster: 'BlackHoleCluster' })
  else carryTo(wire, connection, { cluster: passthroughCluster, origin: undefined, originatesTls: false })
}

function isBlocked({ table }: Routing, caller: Identity, host: string, port: number): boolean {
  if (!hasSidecar(caller) || table.outbound(caller, port).otherwise === 'ALLOW_ANY') return false
  const name = host.toLowerCase()
  for (const cluster of table.outboundClusters(caller).values()) {
    if (cluster.port === port && coversHost(cluster.host, name)) return false
  }
  return true
}

function coversHost(host: string, name: string): boolean {
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : host === name
}

// A port of the ingress gateway: what comes in there enters the door that the Gateways open, as they are at the time.
import type { Socket } from 'node:net'
import type { DownstreamTls, FilterChain } from '../../table/mesh-table.ts'
import type { TcpRoute } from '../../table/tcp-route.ts'
import { noHosts } from '../../table/virtual-hosts.ts'
import { chainFor } from '../../tcp/choose-chain.ts'
import { carryAtGateway } from '../../tcp/gateway-connection.ts'
import { dispatch } from '../dispatch.ts'
import { type Door, developmentHttps, isPlainHttp, plainDoor, secureDoor } from '../door.ts'
import type { Routing } from '../hop.ts'
import { normalizeTarget } from '../path.ts'
import { type TakeAsItIs, TlsAcceptor, type TlsIdentity } from '../tls/accept-tls.ts'
import type { ClientHello } from '../tls/client-hello.ts'
import type { Credentials } from '../tls/credential.ts'
import type { Wire } from '../wire.ts'
import { Listener } from './listener.ts'
import type { ServerSide } from './server-side.ts'

export interface GatewayListenerOptions {
  wire: Wire
  routing: Routing
  gatewayPort: number
  draining: () => boolean
}

export function gatewayListener(options: GatewayListenerOptions): Listener {
  const { wire, routing, gatewayPort } = options
  const closed: Door = {
    ...{ kind: 'gateway', port: gatewayPort, scheme: 'http', server: 'istio-envoy' },
    ...{ hosts: noHosts, otherwise: undefined },
  }
  const plain = sideOf(options, () => plainDoor(routing.table, gatewayPort) ?? closed)
  const chains = () => routing.table.gatewayPorts.get(gatewayPort)?.chains
  const pass: Pass = (route, client, first, serverName) => {
    listener.hold(client)
    carryAtGateway(wire, routing, { port: gatewayPort, route, client, first, serverName })
  }
  const acceptor = new TlsAcceptor({
    clock: wire.clock,
    choose: hello => whoAnswers(wire.certificates, chains(), hello, pass),
    secured(secure) {
      const serverName = secure.servername || undefined
      const route = chainFor(chains() ?? [], { serverName })?.tcp
      if (route) pass(route, secure, nothing, serverName)
      else listener.serve(secure, secureSide(options, closed, serverName))
    },
    problem: why => wire.log('error', `gateway port ${gatewayPort}: ${why}`),
  })
  const listener: Listener = new Listener(plain, socket => {
    const [first] = chains() ?? []
    if (first ? isPlainHttp(first) : gatewayPort !== developmentHttps) return false
    if (first?.tcp && first.serverNames.length === 0) pass(first.tcp, socket, nothing, undefined)
    else acceptor.accept(socket)
    return true
  })
  return listener
}

const nothing = Buffer.alloc(0)

type Pass = (route: TcpRoute, client: Socket, first: Buffer, serverName: string | undefined) => void

/** Without chains it is the development listener; undefined: nobody. */
function whoAnswers(
  credentials: Credentials,
  chains: readonly FilterChain[] | undefined,
  hello: ClientHello | undefined,
  pass: Pass,
): TlsIdentity | TakeAsItIs | undefined {
  if (!chains) return developmentIdentity(credentials, hello?.serverName)
  const { tls, tcp } = chainFor(chains, hello ?? {}) ?? {}
  if (tls) return identityOf(credentials, tls)
  return tcp && ((client, first) => pass(tcp, client, first, hello?.serverName))
}

/** Everything of a connection that does not change with its requests. */
function sideOf({ wire, routing, draining }: GatewayListenerOptions, door: () => Door): ServerSide {
  const { clock, date, deadlines } = wire
  return {
    ...{ clock, date, deadlines, draining, server: 'istio-envoy' },
    normalize: target => normalizeTarget(target, routing.table.mesh.pathNormalization),
    begin: incoming => dispatch(wire, routing, door(), incoming),
  }
}

/** Rules may change while the connection lasts: the chain is looked up again for each request. */
function secureSide(options: GatewayListenerOptions, closed: Door, serverName: string | undefined): ServerSide {
  const { routing, gatewayPort } = options
  return sideOf(options, () => secureDoor(routing.table, gatewayPort, serverName) ?? closed)
}

function identityOf(credentials: Credentials, settings: DownstreamTls): TlsIdentity | undefined {
  const { mode, credentialName } = settings
  const credential = mode === 'ISTIO_MUTUAL' ? credentials.mesh() : credentials.named(credentialName)
  return credential && { settings, credential }
}

function developmentIdentity(credentials: Credentials, serverName: string | undefined): TlsIdentity | undefined {
  const credential = credentials.development(serverName)
  return credential && { settings: developmentSettings, credential }
}

const developmentSettings: DownstreamTls = {
  ...{ mode: 'SIMPLE', credentialName: '', minProtocolVersion: undefined, maxProtocolVersion: undefined },
  cipherSuites: [],
}

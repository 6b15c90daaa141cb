// A port of the ingress gateway: what comes in there enters the door that the Gateways open, as they are at the time.
import type { DownstreamTls, FilterChain } from '../../table/mesh-table.ts'
import { noHosts } from '../../table/virtual-hosts.ts'
import { dispatch } from '../dispatch.ts'
import { type Door, developmentHttps, plainDoor, secureDoor } from '../door.ts'
import type { Routing } from '../hop.ts'
import { normalizeTarget } from '../path.ts'
import { TlsAcceptor, type TlsIdentity } from '../tls/accept-tls.ts'
import type { Credentials } from '../tls/credential.ts'
import { chainFor } from '../tls/gateway-tls.ts'
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
  const { routing, gatewayPort } = options
  const closed: Door = {
    ...{ kind: 'gateway', port: gatewayPort, scheme: 'http', server: 'istio-envoy' },
    ...{ hosts: noHosts, otherwise: undefined },
  }
  const plain = sideOf(options, () => plainDoor(routing.table, gatewayPort) ?? closed)
  const chains = () => routing.table.gatewayPorts.get(gatewayPort)?.chains
  const acceptor = new TlsAcceptor({
    clock: options.wire.clock,
    choose: serverName => chooseIdentity(options.wire.certificates, chains(), serverName),
    secured: secure => listener.serve(secure, secureSide(options, closed, secure.servername || undefined)),
    problem: why => options.wire.log('error', `gateway port ${gatewayPort}: ${why}`),
  })
  const listener = new Listener(plain, socket => {
    const isPlain = chains()?.some(({ tls }) => !tls) ?? gatewayPort !== developmentHttps
    if (!isPlain) acceptor.accept(socket)
    return !isPlain
  })
  return listener
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

function chooseIdentity(
  credentials: Credentials,
  chains: readonly FilterChain[] | undefined,
  serverName: string | undefined,
): TlsIdentity | undefined {
  if (!chains) {
    const credential = credentials.development(serverName)
    return credential && { settings: developmentSettings, credential }
  }
  const settings = chainFor(chains, serverName)?.tls
  if (!settings) return undefined
  const { mode, credentialName } = settings
  const credential = mode === 'ISTIO_MUTUAL' ? credentials.mesh() : credentials.named(credentialName)
  return credential && { settings, credential }
}

const developmentSettings: DownstreamTls = {
  ...{ mode: 'SIMPLE', credentialName: '', minProtocolVersion: undefined, maxProtocolVersion: undefined },
  cipherSuites: [],
}

// Merges the servers of all Gateways that the ingress gateway serves, port by port.
import type { Gateway, Server } from '../../../api/istio/types.ts'
import type { CompileSettings } from '../compile-settings.ts'
import { gatewayLabels } from '../services/well-known.ts'
import { olderFirst } from '../virtual-service/order.ts'
import { parseServerHost, type ServerHost } from './server-hosts.ts'
import { compileTls, passingMode } from './tls.ts'

export interface BoundServer {
  /** `ns/name` of its Gateway. */
  gateway: string
  server: Server
  hosts: readonly ServerHost[]
}

/** All with TLS, each with filter chains of its own, or all of plain HTTP, as one; of plain TCP there is one alone. */
export interface PortServers {
  kind: ServerKind
  servers: BoundServer[]
}

export type ServerKind = 'http' | 'tcp' | 'tls'

/** The older Gateway goes first; a server that cannot share its port with earlier ones is left out. */
export function mergeServers(gateways: readonly Gateway[], settings: CompileSettings): Map<number, PortServers> {
  const ports = new Map<number, PortServers>()
  for (const gateway of gateways.toSorted(olderFirst).filter(isServedHere)) {
    for (const server of gateway.spec.servers) {
      const bound = bindServer(gateway, server)
      const refusal = refusalOf(bound) ?? placeServer(ports, bound)
      if (refusal)
        settings.onRefusal({ where: `gateway ${bound.gateway}, server ${server.port.name}`, message: refusal })
    }
  }
  return ports
}

function isServedHere({ spec }: Gateway): boolean {
  return Object.entries(spec.selector ?? {}).every(([name, value]) => gatewayLabels[name] === value)
}

function bindServer({ metadata }: Gateway, server: Server): BoundServer {
  const namespace = metadata.namespace ?? 'default'
  return {
    gateway: `${namespace}/${metadata.name}`,
    server,
    hosts: server.hosts.map(host => parseServerHost(host, namespace)),
  }
}

const httpProtocols = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTP_PROXY'])
const tlsProtocols = new Set(['HTTPS', 'TLS'])
/** The databases among them are bytes like any other. */
const tcpProtocols = new Set(['TCP', 'MONGO', 'REDIS', 'MYSQL'])

function kindOf({ server: { port, tls } }: BoundServer): ServerKind | undefined {
  const protocol = port.protocol.toUpperCase()
  if (httpProtocols.has(protocol)) return 'http'
  if (tlsProtocols.has(protocol)) return 'tls'
  if (!tcpProtocols.has(protocol)) return undefined
  return tls ? 'tls' : 'tcp'
}

/** True where the requests behind the TLS are routed; everything else behind it is bytes. */
export function endsInHttp({ port }: Server): boolean {
  return port.protocol.toUpperCase() === 'HTTPS'
}

/** Protocols that no gateway serves, and certificates that this one cannot read. */
function refusalOf(bound: BoundServer): string | undefined {
  const { port, tls = {} } = bound.server
  const kind = kindOf(bound)
  if (!kind) return `protocol ${port.protocol} is not served here, HTTP, HTTP2, GRPC, HTTPS, TLS and TCP are`
  if (kind !== 'tls' || passingMode(tls)) return undefined
  const settings = compileTls(tls)
  return typeof settings === 'string' ? settings : undefined
}

const served: Record<ServerKind, string> = { http: 'without TLS', tcp: 'as plain TCP', tls: 'with TLS' }

function placeServer(ports: Map<number, PortServers>, bound: BoundServer): string | undefined {
  const { number } = bound.server.port
  const kind = kindOf(bound) ?? 'tcp'
  const known = ports.get(number)
  if (!known) {
    ports.set(number, { kind, servers: [bound] })
    return undefined
  }
  // Nothing tells two servers of plain TCP apart.
  if (known.kind !== kind || kind === 'tcp') return `port ${number} is already served ${served[known.kind]}`
  const twice = kind === 'tls' ? sharedHost(known.servers, bound) : undefined
  if (twice) return `host ${twice} already has a server at port ${number}`
  known.servers.push(bound)
  return undefined
}

/** A client names one server by SNI: the second chain of the same name would never be reached. */
function sharedHost(servers: readonly BoundServer[], { hosts }: BoundServer): string | undefined {
  const taken = new Set(servers.flatMap(server => server.hosts.map(({ host }) => host)))
  return hosts.find(({ host }) => taken.has(host))?.host
}

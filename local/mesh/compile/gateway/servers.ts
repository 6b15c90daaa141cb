// Merges the servers of all Gateways that the ingress gateway serves, port by port.
import type { Gateway, Server } from '../../../api/istio/types.ts'
import type { CompileSettings } from '../compile-settings.ts'
import { gatewayLabels } from '../services/well-known.ts'
import { olderFirst } from '../virtual-service/order.ts'
import { parseServerHost, type ServerHost } from './server-hosts.ts'
import { compileTls } from './tls.ts'

export interface BoundServer {
  /** `ns/name` of its Gateway. */
  gateway: string
  server: Server
  hosts: readonly ServerHost[]
}

/** All with TLS, each a filter chain of its own, or all without, as one. */
export interface PortServers {
  tls: boolean
  servers: BoundServer[]
}

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

const plainProtocols = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTP_PROXY'])

function hasTls({ server }: BoundServer): boolean {
  return !plainProtocols.has(server.port.protocol.toUpperCase())
}

/** What this mesh does not serve: bytes that are not HTTP once the TLS is off, certificates it cannot read. */
function refusalOf(bound: BoundServer): string | undefined {
  const { port, tls } = bound.server
  if (!hasTls(bound)) return undefined
  if (port.protocol.toUpperCase() !== 'HTTPS')
    return `protocol ${port.protocol} is not served here, HTTP, HTTP2, GRPC and HTTPS are`
  const settings = compileTls(tls ?? {})
  return typeof settings === 'string' ? settings : undefined
}

function placeServer(ports: Map<number, PortServers>, bound: BoundServer): string | undefined {
  const { number } = bound.server.port
  const tls = hasTls(bound)
  const known = ports.get(number)
  if (!known) {
    ports.set(number, { tls, servers: [bound] })
    return undefined
  }
  if (known.tls !== tls) return `port ${number} is already served ${known.tls ? 'with' : 'without'} TLS`
  const twice = tls ? sharedHost(known.servers, bound) : undefined
  if (twice) return `host ${twice} already has a server at port ${number}`
  known.servers.push(bound)
  return undefined
}

/** A client names one server by SNI: the second chain of the same name would never be reached. */
function sharedHost(servers: readonly BoundServer[], { hosts }: BoundServer): string | undefined {
  const taken = new Set(servers.flatMap(server => server.hosts.map(({ host }) => host)))
  return hosts.find(({ host }) => taken.has(host))?.host
}

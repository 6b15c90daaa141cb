// Outbound capture: a proxy on the loopback that does for every instance what a sidecar's iptables rules do in a pod.
import { connect, type Socket } from 'node:net'
import { headerOf, type RequestHead } from '../codec/head.ts'
import { hasSidecar, type Identity } from '../identity.ts'
import { machineOf, splitAuthority } from '../proxy/authority.ts'
import type { Exchange, Incoming } from '../proxy/client.ts'
import { dispatch } from '../proxy/dispatch.ts'
import { outboundDoor } from '../proxy/door.ts'
import type { Routing } from '../proxy/hop.ts'
import { normalizeTarget } from '../proxy/path.ts'
import { Listener } from '../proxy/server/listener.ts'
import { beginSent } from '../proxy/server/sent-request.ts'
import type { Captured, ServerSide } from '../proxy/server/server-side.ts'
import { splice } from '../proxy/server/tunnel.ts'
import type { Wire } from '../proxy/wire.ts'
import type { Credentials } from './credentials.ts'
import { sniff } from './sniff.ts'

export interface CaptureOptions {
  wire: Wire
  routing: Routing
  credentials: Credentials
  draining: () => boolean
}

export function captureListener({ wire, routing, credentials, draining }: CaptureOptions): Listener {
  const { clock, date, deadlines } = wire
  const side: ServerSide = {
    ...{ clock, date, deadlines, draining, server: 'envoy' },
    normalize: target => normalizeTarget(target, routing.table.mesh.pathNormalization),
    begin: incoming => beginCaptured(wire, routing, incoming),
    authenticate: (head: RequestHead): Identity | string =>
      credentials.identify(headerOf(head.headers, 'proxy-authorization')) ?? authenticationRequired(date()),
    connect(captured, socket, first) {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      sniff(socket, first, clock, (what, bytes) => {
        if (what.kind === 'http') listener.adopt(socket, captured, bytes)
        else passThrough(routing, captured, what.kind === 'tls' ? what.serverName : undefined, socket, bytes)
      })
    },
  }
  const listener = new Listener(side)
  return listener
}

function authenticationRequired(date: string): string {
  const body = 'this proxy serves the instances of the mesh, each by its own credential\n'
  return (
    'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="skiff"\r\n' +
    `content-length: ${body.length}\r\ncontent-type: text/plain\r\ndate: ${date}\r\n` +
    `server: envoy\r\nconnection: close\r\n\r\n${body}`
  )
}

/**
 * The caller's outbound table at the port it named decides. Where nothing of the registry speaks HTTP and only the registry
 * is allowed, the connection is closed without a byte.
 */
function beginCaptured(wire: Wire, routing: Routing, incoming: Incoming): Exchange | undefined {
  const { caller, host, tunnel, client } = incoming
  if (!caller) return undefined
  if (!hasSidecar(caller)) return beginSent(wire, routing, incoming)
  const { port } = splitAuthority(tunnel ?? host)
  const { http, otherwise } = routing.table.outbound(caller, port)
  if (http || otherwise === 'ALLOW_ANY')
    return dispatch(wire, routing, outboundDoor(routing.table, caller, port), incoming)
  client.cut()
  return undefined
}

/**
 * The caller's bytes go to the address it named. Under REGISTRY_ONLY that is only so for hosts of the registry: any other
 * connection is closed without a byte, as Envoy does.
 */
function passThrough(
  routing: Routing,
  { authority, caller }: Captured,
  serverName: string | undefined,
  socket: Socket,
  first: Buffer,
): void {
  const { host, port } = splitAuthority(authority)
  if (isBlocked(routing, caller, serverName ?? host, port)) {
    socket.destroySoon()
    return
  }
  const outside = connect(port, machineOf(host))
  if (first.length > 0) outside.write(first)
  splice(socket, outside)
}

function isBlocked({ table }: Routing, caller: Identity, host: string, port: number): boolean {
  if (table.outbound(caller, port).otherwise === 'ALLOW_ANY') return false
  const name = host.toLowerCase()
  for (const cluster of table.outboundClusters(caller).values()) {
    if (cluster.port === port && coversHost(cluster.host, name)) return false
  }
  return true
}

function coversHost(host: string, name: string): boolean {
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : host === name
}

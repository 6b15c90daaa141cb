// Outbound capture: a proxy on the loopback that does for every instance what a sidecar's iptables rules do in a pod.
import type { Identity } from '../../seams/identity.ts'
import { headerOf, type RequestHead } from '../codec/head.ts'
import { hasSidecar } from '../identity.ts'
import { splitAuthority } from '../proxy/authority.ts'
import type { Exchange, Incoming } from '../proxy/client.ts'
import { dispatch } from '../proxy/dispatch.ts'
import { outboundDoor } from '../proxy/door.ts'
import type { Routing } from '../proxy/hop.ts'
import { normalizeTarget } from '../proxy/path.ts'
import { Listener } from '../proxy/server/listener.ts'
import { beginSent } from '../proxy/server/sent-request.ts'
import type { ServerSide } from '../proxy/server/server-side.ts'
import type { ClientHello } from '../proxy/tls/client-hello.ts'
import type { Wire } from '../proxy/wire.ts'
import { carryOut, listenerFor, wayOut } from './captured-bytes.ts'
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
      const met = listenerFor(routing, captured)
      const carryAll = (bytes: Buffer, hello: ClientHello | undefined) =>
        carryOut(wire, routing, { captured, socket, first: bytes, hello }, wayOut(met, captured, hello))
      // Servers that speak first are not kept waiting for what the client would say.
      if (met.looksFor === 'nothing') {
        carryAll(first, undefined)
        return
      }
      const nameless = wayOut(met, captured, undefined)
      // As in Istio, where a name alone leads on, a client is waited for until it says one.
      const patience = met.looksFor === 'name' && !nameless ? undefined : clock
      sniff(socket, first, patience, (what, bytes) => {
        const isHttp = what.kind === 'http' && (met.looksFor === 'http' || !nameless)
        if (isHttp) listener.adopt(socket, captured, bytes)
        else carryAll(bytes, what.kind === 'tls' ? what.hello : undefined)
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

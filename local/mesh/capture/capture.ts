// Outbound capture: a proxy on the loopback that does for every instance what a sidecar's iptables rules do in a pod.
import { connect, type Socket } from 'node:net'
import { headerOf, type RequestHead } from '../codec/head.ts'
import { beginsRequest } from '../codec/tokens.ts'
import type { Identity } from '../identity.ts'
import type { Exchange, Incoming } from '../proxy/client.ts'
import { answer, dispatch, type Routing } from '../proxy/dispatch.ts'
import { Forward } from '../proxy/forward.ts'
import { Listener } from '../proxy/listener.ts'
import { localReplies } from '../proxy/local-reply.ts'
import type { Captured, ServerSide } from '../proxy/server-connection.ts'
import { splice } from '../proxy/tunnel.ts'
import type { Wire } from '../proxy/wire.ts'
import type { Credentials } from './credentials.ts'
import { destinationOf, splitAuthority } from './destination.ts'

/** A client that waits for the server to speak first is taken for something else than HTTP after this long. */
const sniffMs = 200

export interface CaptureOptions {
  wire: Wire
  routing: Routing
  credentials: Credentials
  draining: () => boolean
}

export function captureListener({ wire, routing, credentials, draining }: CaptureOptions): Listener {
  const { clock, date, deadlines } = wire
  const common = { clock, date, deadlines, draining, server: 'istio-envoy' }
  const begin = (incoming: Incoming): Exchange | undefined => beginCaptured(wire, routing, incoming)
  const side: ServerSide = {
    ...common,
    begin,
    authenticate: (head: RequestHead): Identity | string =>
      credentials.identify(headerOf(head.headers, 'proxy-authorization')) ?? authenticationRequired(date()),
    connect(captured, socket, first) {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      sniff(socket, first, wire, {
        http: bytes => listener.adopt(socket, captured, bytes),
        other: bytes => passThrough(captured, socket, bytes),
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

function beginCaptured(wire: Wire, routing: Routing, incoming: Incoming): Exchange | undefined {
  const destination = destinationOf(incoming.host, incoming.caller, routing)
  switch (destination.kind) {
    case 'gateway':
      return dispatch(wire, routing, 'local', incoming)
    case 'nowhere':
      if (destination.hint) {
        wire.log('warn', `http://${incoming.host}/ leads nowhere: ${destination.hint}`, {
          caller: incoming.caller?.name,
        })
      }
      return answer(wire, incoming, localReplies.routeNotFound)
    default: {
      const address = { host: destination.host, port: destination.port }
      return new Forward(wire, incoming, {
        onward: { kind: 'address', address },
        mostTries: 1,
        callerRepeats: false,
      }).start()
    }
  }
}

interface Sniffed {
  http(first: Buffer): void
  other(first: Buffer): void
}

/** Looks at the first bytes behind a CONNECT: a request line is captured, anything else goes its own way. */
function sniff(socket: Socket, first: Buffer, { clock }: Wire, then: Sniffed): void {
  let seen = first
  const ignore = () => {}
  const decide = (http: boolean) => {
    timer.cancel()
    socket.off('data', look).off('error', ignore)
    socket.pause()
    if (http) then.http(seen)
    else then.other(seen)
  }
  const look = (data: Buffer) => {
    seen = seen.length > 0 ? Buffer.concat([seen, data]) : data
    check()
  }
  const check = () => {
    const text = seen.toString('latin1', 0, 20)
    // `PRI * HTTP/2.0` and TLS records both fail here.
    if (!beginsRequest(text)) decide(false)
    else if (text.includes(' ')) decide(true)
  }
  const timer = clock.after(sniffMs, () => decide(false))
  socket.on('data', look).on('error', ignore)
  if (first.length > 0) check()
}

/** The caller's bytes go to the address it named; a loopback name is this machine. */
function passThrough({ authority }: Captured, socket: Socket, first: Buffer): void {
  const { host, port } = splitAuthority(authority)
  const outside = connect(port, host.endsWith('.localhost') ? '127.0.0.1' : host)
  if (first.length > 0) outside.write(first)
  splice(socket, outside)
}

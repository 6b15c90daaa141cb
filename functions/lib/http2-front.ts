// HTTP/2 in front of a function: gRPC goes to its gRPC server, everything else to its HTTP/1.1 server, both in memory.
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { relayStream } from './grpc-relay.ts'

export interface Http2Front {
  /** Serves a connection whose first bytes are those of HTTP/2. */
  take(socket: Socket): void
  /** Tells every client to go away; streams in flight end first. */
  close(): void
  /** Cuts what is left. */
  destroy(): void
}

export interface Behind {
  /** Serves a connection of HTTP/1.1. */
  http1(connection: Duplex): void
  /** Takes a connection on which nothing but gRPC will come; undefined for functions without gRPC. */
  grpc: ((connection: Duplex) => void) | undefined
  /** Headers of each gRPC answer. */
  stamps: Record<string, string>
  /** Told the status of each gRPC call. */
  count(grpcStatus: string): void
}

/** Makes the front. HTTP/1.1 being what frameworks speak, an HTTP/2 request is one of HTTP/1.1 by the time they see it. */
export function http2Front(behind: Behind): Http2Front {
  const server = createServer()
  const sessions = new Set<ServerHttp2Session>()
  const grpcSessions = new WeakMap<Http2Session, ClientHttp2Session>()

  const grpcSession = (of: Http2Session, grpc: (connection: Duplex) => void) => {
    const known = grpcSessions.get(of)
    if (known && !known.closed && !known.destroyed) return known
    const [near, far] = connectionInMemory()
    grpc(far)
    const made = connect('http://function', { createConnection: () => near }).on('error', () => {})
    grpcSessions.set(of, made)
    of.once('close', () => made.close())
    return made
  }
  server.on('session', session => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    // Whatever fails of a stream ends it; its client sees that.
    stream.on('error', () => {})
    const { session } = stream
    const isGrpc = headers['content-type']?.startsWith('application/grpc')
    try {
      if (!isGrpc || !behind.grpc || !session) answerByHttp1(stream, headers, behind.http1)
      else relayStream(stream, headers, grpcSession(session, behind.grpc), behind)
    } catch {
      // Nothing was done for it, and it must not end the process with every other request in it.
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
    }
  })
  return {
    take: socket => void server.emit('connection', socket),
    close() {
      for (const session of sessions) session.close()
    },
    destroy() {
      for (const session of sessions) session.destroy()
    },
  }
}

/** A client's end and a server's; the server sees when its client is gone. */
function connectionInMemory(): [Duplex, Duplex] {
  const [near, far] = duplexPair()
  near.once('close', () => far.destroy())
  return [near, far]
}

/** Header fields that mean one connection of HTTP/1.1, which HTTP/2 forbids (RFC 9113, section 8.2.2). */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

function answerByHttp1(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, http1: Behind['http1']): void {
  const [near, far] = connectionInMemory()
  http1(far)
  const sent = request({
    createConnection: () => near,
    method: headers[':method'],
    path: headers[':path'],
    headers: http1Headers(headers, stream.endAfterHeaders),
  })
  sent.on('information', ({ statusCode, headers }) => {
    if (!stream.headersSent) stream.additionalHeaders({ ':status': statusCode, ...headers })
  })
  sent.on('response', answer => respond(stream, answer, headers[':method'] === 'HEAD'))
  sent.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  stream.on('close', () => sent.destroy())
  stream.pipe(sent)
}

function http1Headers(headers: IncomingHttpHeaders, isBodiless: boolean): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = { host: headers[':authority'] }
  for (const [name, value] of Object.entries(headers)) if (!name.startsWith(':')) sent[name] = value
  // Node frames the body of a GET only where it is told to.
  if (!isBodiless && sent['content-length'] === undefined) sent['transfer-encoding'] = 'chunked'
  return sent
}

function respond(stream: ServerHttp2Stream, answer: IncomingMessage, isHead: boolean): void {
  if (stream.destroyed) return
  const headers: OutgoingHttpHeaders = { ':status': answer.statusCode }
  for (const [name, value] of Object.entries(answer.headers)) if (!ofConnection.has(name)) headers[name] = value
  if (isHead || answer.statusCode === 204 || answer.statusCode === 304) {
    stream.respond(headers, { endStream: true })
    return
  }
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(answer.trailers))
  // An answer that breaks off must not look whole.
  answer.on('aborted', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  answer.pipe(stream)
}

// For tests: Node's own client and server of HTTP/2 on both sides of a mesh, ended after each test.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import type { HttpRoute, ServiceEntry, VirtualService } from '../../../api/istio/types.ts'
import { Session } from '../../h2/session.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import type { World, WorldOptions } from '../../testing/world.ts'
import { afterTest, worldOf } from '../gateway-harness.ts'

export interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
  trailers: Record<string, unknown>
}

export function http2Client(port: number, socket?: Socket): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`, socket && { createConnection: () => socket })
  client.on('error', () => {})
  afterTest(() => client.destroy())
  return client
}

export interface Question {
  headers?: Record<string, string>
  /** Undefined: the head is all there is. */
  body?: string | Buffer
  trailers?: Record<string, string>
}

export function begin(client: ClientHttp2Session, { headers, body, trailers }: Question = {}): ClientHttp2Stream {
  const stream = client.request(
    { ':authority': 'hello.app.localhost', ':path': '/', ...headers },
    { endStream: body === undefined, waitForTrailers: trailers !== undefined },
  )
  stream.on('error', () => {})
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  if (body !== undefined) stream.end(body)
  return stream
}

/** Resolves when the stream is over; `rstCode` of the stream says how. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const answer: Answer = { status: 0, headers: {}, body: '', trailers: {} }
  stream.on('response', ({ ':status': status, ...headers }) =>
    Object.assign(answer, { status: Number(status), headers }),
  )
  stream.on('trailers', trailers => Object.assign(answer, { trailers: { ...trailers } }))
  stream.setEncoding('utf8').on('data', piece => {
    answer.body += piece
  })
  await new Promise<void>(resolve => stream.once('close', resolve))
  return answer
}

export function ask(client: ClientHttp2Session, question: Question = {}): Promise<Answer> {
  return answerOf(begin(client, question))
}

export interface Http2Backend {
  port: number
  requests: IncomingHttpHeaders[]
  sessions: ServerHttp2Session[]
}

/** A backend that speaks HTTP/2 alone; `onStream` gets each request. */
export async function http2Backend(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, index: number) => void = hello,
  settings: { maxConcurrentStreams?: number } = {},
): Promise<Http2Backend> {
  const backend: Http2Backend = { port: 0, requests: [], sessions: [] }
  const server = createServer({ settings })
  server.on('session', session => {
    backend.sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    onStream(stream, headers, backend.requests.push(headers) - 1)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  backend.port = (server.address() as AddressInfo).port
  afterTest(() => {
    server.close()
    for (const session of backend.sessions) session.destroy()
  })
  return backend
}

export function hello(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'text/plain' })
  stream.end('hello')
}

/** The world of `hello`, whose instance listens for h2c. */
export function http2World(port: number, options: WorldOptions = {}): Promise<World> {
  const upstreams = countedUpstreams(port)
  upstreams.endpoints = [{ host: '127.0.0.1', port, protocol: 'h2c' }]
  return worldOf(upstreams, options)
}

/** A host `backend.test` of the mesh that speaks HTTP/2 at a port of the loopback. */
export function backendEntry(port: number): ServiceEntry {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'backend', namespace: 'default' },
    spec: {
      hosts: ['backend.test'],
      location: 'MESH_EXTERNAL',
      resolution: 'STATIC',
      ports: [{ number: 80, name: 'grpc', protocol: 'GRPC' }],
      endpoints: [{ address: '127.0.0.1', ports: { grpc: port } }],
    },
  }
}

/** Rules for the host `shop.test` at the gateway; without a route of their own they lead to `backend.test`. */
export function shopRules(...http: object[]): VirtualService {
  const route = [{ destination: { host: 'backend.test' } }]
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      hosts: ['shop.test'],
      gateways: ['knative-serving/knative-ingress-gateway'],
      http: http.map(rule =>
        'directResponse' in rule || 'redirect' in rule ? rule : { route, ...rule },
      ) as HttpRoute[],
    },
  }
}

export function shopObjects(port: number, ...http: object[]) {
  const rules = shopRules(...(http.length > 0 ? http : [{}]))
  return { serviceEntries: [backendEntry(port)], virtualServices: [rules] }
}

/** A gateway before one backend of HTTP/2, by rules for `shop.test`. */
export function shopWorld(port: number, ...http: object[]): Promise<World> {
  return worldOf(countedUpstreams(1), { objects: shopObjects(port, ...http) })
}

/** The port of a backend that answers every request with a list of headers, whatever they are. */
export async function rawBackend(headers: readonly string[]): Promise<number> {
  const server = createTcpServer(socket => {
    const session = new Session({
      role: 'server',
      write: parts => void socket.write(Buffer.concat(parts)),
      onStream: stream => ({
        onHeaders: () => stream.headers(headers, true),
        ...{ onData: () => {}, onEnd: () => {}, onReset: () => {}, onDrained: () => {} },
      }),
      onBroken: () => socket.destroy(),
    })
    socket
      .on('error', () => {})
      .on('data', data => {
        session.receive(data)
        session.flush()
      })
    afterTest(() => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => server.close())
  return (server.address() as AddressInfo).port
}

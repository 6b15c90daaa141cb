// For tests: backends that speak bytes or TLS, worlds made of YAML, and clients that are ended after each test.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TLSSocket,
} from 'node:tls'
import { createAuthority, issueCertificate } from '../../kernel/certificate.ts'
import type { Identity } from '../../seams/identity.ts'
import { meshFromYaml } from '../compile/from-yaml.ts'
import { afterTest, worldOf } from '../proxy/gateway-harness.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { RawClient } from '../testing/raw-client.ts'
import type { World, WorldOptions } from '../testing/world.ts'

export const authority = createAuthority('backends', Date.now())

export interface ByteBackend {
  port: number
  connections: Socket[]
}

async function listening(server: Server, connections: Socket[]): Promise<ByteBackend> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => {
    server.close()
    for (const socket of connections) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, connections }
}

/** Half-open connections are allowed: nothing ends by itself. */
export function backendOfBytes(serve: (socket: Socket) => void): Promise<ByteBackend> {
  const connections: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    connections.push(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  return listening(server, connections)
}

/** Says its name when a client comes, and then `name:` before everything it hears. */
export function echoing(name: string): Promise<ByteBackend> {
  return backendOfBytes(socket => {
    socket.write(`${name} is here\n`)
    socket.on('data', data => socket.write(`${name}:${data}`)).on('end', () => socket.end('bye'))
  })
}

/** Ends TLS with a certificate for `host`, and says whom it was asked for. */
export function secureBackend(host: string, more: { requestCert?: boolean } = {}): Promise<ByteBackend> {
  const connections: Socket[] = []
  const { cert, key } = issueCertificate(authority, [host], Date.now())
  const server = createTlsServer({ cert, key, allowHalfOpen: true, ...more }, socket => {
    const { servername } = socket as TLSSocket & { servername: string | false }
    socket.write(`${host} asked as ${servername}\n`)
    socket.on('error', () => {}).on('data', data => socket.write(`${host}:${data}`))
    socket.on('end', () => socket.end('bye'))
  })
  server.on('connection', socket => connections.push(socket.on('error', () => {})))
  return listening(server, connections)
}

export function tcpWorld(yaml: string, options: Omit<WorldOptions, 'objects'> = {}): Promise<World> {
  return worldOf(countedUpstreams(), { ...options, objects: meshFromYaml(yaml) })
}

/** A client at a port of the gateway. */
export async function gatewayClient(world: World, gatewayPort: number): Promise<RawClient> {
  const client = new RawClient(await opened(world, gatewayPort))
  afterTest(() => client.close())
  return client
}

const ports = new WeakMap<World, Map<number, Promise<{ port: number }>>>()

/** The local port of a gateway's port, opened when it is first asked for. */
export async function opened(world: World, gatewayPort: number): Promise<number> {
  const known = ports.get(world) ?? new Map<number, Promise<{ port: number }>>()
  ports.set(world, known)
  const port = known.get(gatewayPort) ?? world.mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort })
  known.set(gatewayPort, port)
  return (await port).port
}

/** A client of TLS at a port of the gateway; `socket.authorized` says whether it trusts whom it met. */
export async function secureClient(
  world: World,
  gatewayPort: number,
  servername: string,
  more: ConnectionOptions = {},
): Promise<RawClient> {
  return trusting({ port: await opened(world, gatewayPort), host: '127.0.0.1', servername, ...more })
}

/** A client of TLS that trusts the backends' authority, and takes whomever it meets. */
export function trusting(options: ConnectionOptions): RawClient {
  const socket = connectTls({ ca: authority.cert, rejectUnauthorized: false, ...options })
  afterTest(() => socket.destroy())
  return new RawClient(socket)
}

/** How a connection of raw bytes ended: what was heard, and whether it was reset. */
export async function endOf(
  world: World,
  gatewayPort: number,
  bytes: string | Buffer,
): Promise<{ text: string; reset: boolean }> {
  const socket = connect(await opened(world, gatewayPort), '127.0.0.1')
  let reset = false
  socket.on('error', error => {
    reset = 'code' in error && error.code === 'ECONNRESET'
  })
  const client = new RawClient(socket)
  afterTest(() => client.close())
  const text = await client.send(bytes).end()
  return { text, reset }
}

/** Whether the client's handshake, now or when it is done, met somebody it trusts. */
export async function trusted(client: RawClient): Promise<boolean> {
  const socket = client.socket as TLSSocket
  if (!socket.authorized) await new Promise(resolve => socket.once('secureConnect', resolve))
  return socket.authorized
}

export const caller: Identity = { namespace: 'app', serviceAccount: 'default', labels: {}, name: 'caller-1' }

/** A tunnel of a captured caller to `authority`, as it is once the proxy has said yes. */
export async function capturedSocket(world: World, target: string, who: Identity = caller): Promise<Socket> {
  const url = new URL(await credentialOf(world, who))
  const socket = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: true })
  afterTest(() => socket.destroy())
  socket.on('error', () => {})
  const token = Buffer.from(`${url.username}:${url.password}`).toString('base64')
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\nproxy-authorization: Basic ${token}\r\n\r\n`)
  const established = 'HTTP/1.1 200 Connection Established\r\n\r\n'
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      const answer = socket.read(established.length)
      if (answer === null) return
      socket.off('readable', look)
      if (String(answer) === established) resolve()
      else reject(new Error(String(answer)))
    }
    socket.on('readable', look)
  })
  return socket
}

const captures = new WeakMap<World, Promise<unknown>>()

async function credentialOf(world: World, who: Identity): Promise<string> {
  const capture = captures.get(world) ?? world.mesh.listenCapture()
  captures.set(world, capture)
  await capture
  return world.mesh.credential(who).url
}

/** A ServiceEntry whose endpoint stands on the loopback. */
export function entry(host: string, port: number, protocol: string, endpoint: number, more = ''): string {
  return `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${host.replace('*', 'wild')}, namespace: app}
spec:
  hosts: ["${host}"]
  ports: [{number: ${port}, name: p, protocol: ${protocol}}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1, ports: {p: ${endpoint}}}]
  ${more}
`
}

/** A Gateway with one server; `tls` as YAML, or nothing. */
export function gateway(port: number, protocol: string, hosts: string, tls = ''): string {
  return `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw-${port}, namespace: app}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: ${port}, name: p, protocol: ${protocol}}, hosts: ${hosts}${tls && `, tls: ${tls}`}}]
`
}

/** A VirtualService of `tls` or `tcp` rules as YAML. */
export function rules(hosts: string, gateways: string, kind: 'tls' | 'tcp', text: string, name = 'rules'): string {
  return `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: app}
spec: {hosts: ${hosts}, gateways: ${gateways}, ${kind}: ${text}}
`
}

export const to = (host: string, port: number, more = '') =>
  `{destination: {host: ${host}, port: {number: ${port}}}${more}}`

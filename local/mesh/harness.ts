// For tests: a mesh on real sockets before raw backends, and a client that sends and reads plain bytes.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { CoreService } from '../api/core/types.ts'
import type { Gateway } from '../api/istio/types.ts'
import type { Ingress } from '../api/networking/types.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { type Random, seededRandom } from '../kernel/random.ts'
import { compileMesh } from './compile/compile.ts'
import type { MeshObjects } from './compile/mesh-objects.ts'
import { createMesh, type Mesh } from './mesh.ts'
import type { RequestRecord } from './proxy/record.ts'
import type { Credentials } from './proxy/tls/credential.ts'
import type { Endpoint, Lease, PendingLease, RequestLimits, Upstreams } from './upstreams.ts'

export interface Backend {
  port: number
  /** Everything received, by connection. */
  received: string[]
  connections: Socket[]
  close(): void
}

/** A backend that calls `onData` with each piece; `index` counts its connections. */
export async function startBackend(onData: (socket: Socket, text: string, index: number) => void): Promise<Backend> {
  const received: string[] = []
  const connections: Socket[] = []
  const server: Server = createServer(socket => {
    const index = connections.push(socket) - 1
    received.push('')
    socket.on('error', () => {})
    socket.on('data', data => {
      received[index] += data.toString('latin1')
      onData(socket, data.toString('latin1'), index)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const close = () => {
    server.close()
    for (const socket of connections) socket.destroy()
  }
  return { port: typeof address === 'object' && address ? address.port : 0, received, connections, close }
}

/** Answers every request with 200 and `body`. */
export function answering(body = 'hi', headers = 'content-type: text/plain\r\n'): (socket: Socket) => void {
  return socket => void socket.write(`HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}

export interface CountedUpstreams extends Upstreams {
  released: number
  failed: number
  granted: number
  /** In the order they are given; the last one is given for ever. */
  endpoints: Endpoint[]
  limits: RequestLimits
  viaActivator: boolean
  /** Replaces the lease, when set. */
  instead: (() => Lease | PendingLease) | undefined
  grant(): Lease
}

export function countedUpstreams(...ports: number[]): CountedUpstreams {
  const upstreams: CountedUpstreams = {
    released: 0,
    failed: 0,
    granted: 0,
    endpoints: ports.map(port => ({ host: '127.0.0.1', port, protocol: 'http1' })),
    limits: { timeoutMs: 0, responseStartTimeoutMs: 0, idleTimeoutMs: 0 },
    viaActivator: false,
    instead: undefined,
    lease: () => upstreams.instead?.() ?? upstreams.grant(),
    grant() {
      const { endpoints, limits, viaActivator } = upstreams
      const endpoint = endpoints[Math.min(upstreams.granted, endpoints.length - 1)] ?? {
        path: '/nowhere',
        protocol: 'http1',
      }
      upstreams.granted++
      return {
        endpoint,
        limits,
        viaActivator,
        release: () => void upstreams.released++,
        fail: () => void upstreams.failed++,
      }
    },
  }
  return upstreams
}

/** One service, `hello` of namespace `app`, with a public host and its cluster names. */
export function helloIngress(): Ingress {
  const splits = [
    {
      serviceName: 'hello-00001',
      serviceNamespace: 'app',
      servicePort: 80,
      percent: 100,
      appendHeaders: { 'Knative-Serving-Namespace': 'app', 'Knative-Serving-Revision': 'hello-00001' },
    },
  ]
  const http = { paths: [{ appendHeaders: { 'Knative-Serving-Default-Route': 'true' }, splits }] }
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'Ingress',
    metadata: { name: 'hello', namespace: 'app' },
    spec: {
      rules: [
        { hosts: ['hello.app', 'hello.app.svc', 'hello.app.svc.cluster.local'], visibility: 'ClusterLocal', http },
        { hosts: ['hello.app.localhost'], visibility: 'ExternalIP', http },
      ],
    },
  }
}

/** What stands before any YAML is read, the Ingresses of the test, and a Service for each of their revisions. */
export function knativeObjects(ingresses: readonly Ingress[], more: Partial<MeshObjects> = {}): MeshObjects {
  const splits = ingresses.flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) => http.paths.flatMap(one => one.splits)),
  )
  const revisions = new Map(splits.map(one => [`${one.serviceNamespace}/${one.serviceName}`, one]))
  const services = Array.from(revisions.values(), one => revisionService(one.serviceNamespace, one.serviceName))
  return {
    ...emptyObjects,
    ...more,
    gateways: [
      systemGateway('knative-ingress-gateway', 80),
      systemGateway('knative-local-gateway', 8081),
      ...(more.gateways ?? []),
    ],
    services: [localGatewayService, brokerService, ...services, ...(more.services ?? [])],
    ingresses,
  }
}

export const emptyObjects: MeshObjects = {
  virtualServices: [],
  destinationRules: [],
  gateways: [],
  serviceEntries: [],
  sidecars: [],
  authorizationPolicies: [],
  requestAuthentications: [],
  peerAuthentications: [],
  services: [],
  ingresses: [],
  workloads: [],
  meshConfig: '',
}

function systemGateway(name: string, number: number): Gateway {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'knative-serving' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  }
}

function clusterService(namespace: string, name: string, targetPort: number, labels = {}): CoreService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { ports: [{ name: 'http2', port: 80, targetPort }] },
  }
}

const localGatewayService = clusterService('istio-system', 'knative-local-gateway', 8081)
const brokerService = clusterService('knative-eventing', 'broker-ingress', 8080)

/** The Service in front of a revision, as Knative labels it. */
export function revisionService(namespace: string, revision: string): CoreService {
  const labels = { 'serving.knative.dev/revision': revision, 'networking.internal.knative.dev/serviceType': 'Public' }
  return clusterService(namespace, revision, 8012, labels)
}

/** The Service of a Knative Service's name: another name of the gateway inside the cluster. */
export function routeService(namespace: string, name: string): CoreService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ExternalName',
      externalName: 'knative-local-gateway.istio-system.svc.cluster.local',
      ports: [{ name: 'http2', port: 80 }],
    },
  }
}

export interface World {
  mesh: Mesh
  port: number
  upstreams: CountedUpstreams
  setObjects(more: Partial<MeshObjects>): void
  records: RequestRecord[]
  logged: string[]
}

export interface WorldOptions {
  clock?: Clock
  random?: Random
  certificates?: Credentials
  /** What stands beside the system's own objects and the service `hello`. */
  objects?: Partial<MeshObjects>
}

/** A mesh with the service `hello` of namespace `app`, listening at gateway port 80. */
export async function startWorld(upstreams: CountedUpstreams, options: WorldOptions = {}): Promise<World> {
  const { clock = systemClock, random = seededRandom(1), certificates, objects = {} } = options
  const records: RequestRecord[] = []
  const logged: string[] = []
  const log: Log = (_level, message) => void logged.push(message)
  const onRequest = (record: RequestRecord) => void records.push(record)
  const mesh = createMesh({ clock, random, log, upstreams, onRequest, ...(certificates && { certificates }) })
  const setObjects = (more: Partial<MeshObjects>) => {
    const services = [routeService('app', 'hello'), ...(more.services ?? [])]
    mesh.setTable(compileMesh(knativeObjects([helloIngress()], { ...more, services })))
  }
  setObjects(objects)
  const { port } = await mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort: 80 })
  return { mesh, port, upstreams, setObjects, records, logged }
}

/** A raw connection: bytes out, everything that came back in `text`. */
export class RawClient {
  text = ''
  ended = false
  readonly socket: Socket
  readonly #waiting: (() => void)[] = []

  /** To a port of the loopback, or on a connection that was made already. */
  constructor(to: number | Socket) {
    this.socket = typeof to === 'number' ? connect(to, '127.0.0.1') : to
    this.socket.on('data', data => {
      this.text += data.toString('latin1')
      this.#wake()
    })
    this.socket.on('close', () => {
      this.ended = true
      this.#wake()
    })
    this.socket.on('error', () => {})
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  /** Resolves with all text once `enough` holds; rejects when the connection ends before. */
  async until(enough: string | ((text: string) => boolean)): Promise<string> {
    const done = () => (typeof enough === 'string' ? this.text.includes(enough) : enough(this.text))
    while (!done()) {
      if (this.ended) throw new Error(`the connection ended after ${JSON.stringify(this.text.slice(0, 500))}`)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return this.text
  }

  /** Resolves with all text when the other side has closed. */
  async end(): Promise<string> {
    while (!this.ended) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.text
  }

  close(): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Resolves when `condition` holds, looking again at every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2))
}

/** Dates and request ids vary; everything else is exact. */
export function withoutChance(text: string): string {
  return text
    .replace(/date: [A-Z][a-z]{2}, [^\r]+ GMT/g, 'date: D')
    .replace(/service-time: \d+/g, 'service-time: N')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'UUID4')
}

// The mesh of one runtime: gateways, outbound capture, services of the runtime itself, and sending in memory.
import type { Clock } from '../kernel/clock.ts'
import { SkiffError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Identity } from '../seams/identity.ts'
import type { InternalService } from '../seams/internal-service.ts'
import type { SendRequest, SendResponse } from '../seams/send.ts'
import type { Upstreams } from '../seams/upstreams.ts'
import { captureListener } from './capture/capture.ts'
import { Credentials } from './capture/credentials.ts'
import { createBalancer } from './cluster/create-balancer.ts'
import type { Incoming } from './proxy/client.ts'
import { Deadlines } from './proxy/deadlines.ts'
import { dispatch } from './proxy/dispatch.ts'
import { doorAt, type Entrance } from './proxy/door.ts'
import type { Routing } from './proxy/hop.ts'
import type { Policy } from './proxy/policy.ts'
import type { RequestRecord } from './proxy/record.ts'
import { gatewayListener } from './proxy/server/gateway-listener.ts'
import { httpDate } from './proxy/server/http-date.ts'
import type { Listener } from './proxy/server/listener.ts'
import { sendInMemory } from './proxy/server/memory-client.ts'
import { beginSent } from './proxy/server/sent-request.ts'
import { type Credentials as GatewayCredentials, noCredentials } from './proxy/tls/credential.ts'
import type { Tracer } from './proxy/tracing.ts'
import { UpstreamPool } from './proxy/upstream/upstream-pool.ts'
import type { Wire } from './proxy/wire.ts'
import type { Replace } from './replacement.ts'
import { emptyTable } from './table/empty-table.ts'
import type { MeshTable } from './table/mesh-table.ts'
import type { ConnectionRecord } from './tcp/connection-record.ts'

export interface MeshOptions {
  clock: Clock
  random: Random
  log: Log
  upstreams: Upstreams
  /** Who may; without it everybody. */
  policy?: Policy
  /** Certificates of gateways and their clients; without them no port with TLS is served. */
  certificates?: GatewayCredentials
  /** Answers in place of all that is outside this process: then no request leaves it. */
  replace?: Replace
  /** Called once for every hop of a request, when the hop is done with it. */
  onRequest?: (record: RequestRecord) => void
  /** Called once for every connection that is carried as bytes, when it is over. */
  onConnection?: (record: ConnectionRecord) => void
  /** Keeps traces; without it none are. */
  tracer?: Tracer
}

export interface Mesh {
  /** Replaces all rules at once. Requests under way are not touched. */
  setTable(table: MeshTable): void
  /**
   * Opens a port of the ingress gateway: on 127.0.0.1 and ::1 unless `host` is given. Rejects with a sentence naming the
   * port when it is taken.
   */
  listen(options: { host?: string; port: number; gatewayPort: number }): Promise<OpenPort>
  listenCapture(): Promise<{ port: number }>
  /** An instance's proxy URL, `http://id:token@127.0.0.1:port`. Only after `listenCapture`. */
  credential(identity: Identity): { url: string; revoke(): void }
  /** Serves a full cluster host inside the mesh, and its `name.namespace.svc` and `name.namespace` forms. */
  internal(host: string, service: InternalService): void
  /** One attempt at one request to a cluster URL. Rejects when no answer came; 4xx, 5xx and 404 by the mesh are answers. */
  send(request: SendRequest): Promise<SendResponse>
  /**
   * One request of a client at a door of one's choosing, in memory: whatever the mesh answers is an answer. Rejects when
   * the answer was cut off, or no Gateway opens that port.
   */
  request(request: SendRequest, from: Entrance): Promise<SendResponse>
  /** Stops accepting, lets requests finish for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>
}

export type { Entrance }

export interface OpenPort {
  port: number
  /** Stops accepting; resolves when the last connection has ended by itself. */
  close(): Promise<void>
}

const loopbacks = ['127.0.0.1', '::1']

export function createMesh(options: MeshOptions): Mesh {
  const { clock, random, onRequest, onConnection, tracer, policy, replace, certificates = noCredentials } = options
  const balancer = createBalancer({ clock, random })
  const wire: Wire = {
    ...options,
    ...{ onRequest, onConnection, tracer, policy, replace, certificates, balancer },
    pool: new UpstreamPool(clock),
    deadlines: new Deadlines(clock),
    date: httpDate(clock),
  }
  const internals = new Map<string, InternalService>()
  const routing: Routing = {
    table: emptyTable,
    internals,
    enter: (door, incoming) => dispatch(wire, routing, door, incoming),
  }
  const credentials = new Credentials()
  const listeners = new Set<Listener>()
  let capturePort: number | undefined
  let closing = false
  const draining = () => closing

  const open = async (listener: Listener, hosts: readonly string[], port: number): Promise<OpenPort> => {
    const bound = await listener.listen(hosts, port)
    listeners.add(listener)
    return { port: bound, close: () => listener.close().then(() => void listeners.delete(listener)) }
  }

  return {
    setTable(table) {
      routing.table = table
      balancer.retain(table.clusters.values())
    },
    listen: ({ host, port, gatewayPort }) =>
      open(gatewayListener({ wire, routing, gatewayPort, draining }), host ? [host] : loopbacks, port),
    async listenCapture() {
      const bound = await open(captureListener({ wire, routing, credentials, draining }), ['127.0.0.1'], 0)
      capturePort = bound.port
      return bound
    },
    credential(identity) {
      if (capturePort === undefined) throw new SkiffError('no credential before the outbound capture listens')
      const { userinfo, revoke } = credentials.issue(identity)
      return { url: `http://${userinfo}@127.0.0.1:${capturePort}`, revoke }
    },
    internal(host, service) {
      for (const name of clusterForms(host)) internals.set(name, service)
    },
    send: request =>
      sendInMemory(request, { clock, date: wire.date, begin: incoming => beginSent(wire, routing, incoming) }),
    async request(request, from) {
      const { table } = routing
      const door = doorAt(table, from)
      if (!door) throw new SkiffError('no Gateway opens that port')
      const caller = 'caller' in from ? from.caller : undefined
      const begin = (incoming: Incoming) => dispatch(wire, routing, door, { ...incoming, caller, repeats: false })
      return sendInMemory(request, { clock, date: wire.date, failuresAnswer: true, begin })
    },
    async close(graceMs) {
      closing = true
      wire.pool.close()
      const cut = clock.after(graceMs, () => {
        for (const listener of listeners) listener.destroy()
      })
      await Promise.all(Array.from(listeners, listener => listener.close()))
      cut.cancel()
      wire.pool.destroy()
    },
  }
}

/** `a.b.svc.cluster.local`, `a.b.svc`, `a.b`: the names a Service answers to from any namespace. */
function clusterForms(host: string): string[] {
  const full = host.toLowerCase()
  const short = full.replace(/\.svc(\.cluster\.local)?$/, '')
  return short === full ? [full] : [`${short}.svc.cluster.local`, `${short}.svc`, short]
}

// The mesh of one runtime: gateways, outbound capture, services of the runtime itself, and sending in memory.
import type { Ingress } from '../api/networking/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { SkiffError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import { captureListener } from './capture/capture.ts'
import { Credentials } from './capture/credentials.ts'
import { emptyTables } from './compile/host-table.ts'
import { compileIngresses } from './compile/ingress.ts'
import type { Identity } from './identity.ts'
import type { InternalService } from './internal-service.ts'
import { Deadlines } from './proxy/deadlines.ts'
import { dispatch, type Routing } from './proxy/dispatch.ts'
import { httpDate } from './proxy/http-date.ts'
import { Listener } from './proxy/listener.ts'
import { type SendRequest, type SendResponse, sendInMemory } from './proxy/memory-client.ts'
import type { RequestRecord } from './proxy/record.ts'
import { UpstreamPool } from './proxy/upstream-pool.ts'
import type { Wire } from './proxy/wire.ts'
import type { Gateway } from './route/route.ts'
import type { Upstreams } from './upstreams.ts'

export interface MeshOptions {
  clock: Clock
  random: Random
  log: Log
  upstreams: Upstreams
  /** Called once a request, when it is over. */
  onRequest?: (record: RequestRecord) => void
}

export interface Mesh {
  /** Replaces all routes at once. Requests under way are not touched. */
  setIngresses(ingresses: readonly Ingress[]): void
  /** Listens on 127.0.0.1 and ::1 unless `host` is given. Rejects with a sentence naming the port when it is taken. */
  listen(options: { host?: string; port: number; gateway: Gateway }): Promise<{ port: number }>
  listenCapture(): Promise<{ port: number }>
  /** An instance's proxy URL, `http://id:token@127.0.0.1:port`. Only after `listenCapture`. */
  credential(identity: Identity): { url: string; revoke(): void }
  /** Serves a full cluster host inside the mesh, and its `name.namespace.svc` and `name.namespace` forms. */
  internal(host: string, service: InternalService): void
  /** One attempt at one request to a cluster URL. Rejects when no answer came; 4xx, 5xx and 404 by the mesh are answers. */
  send(request: SendRequest): Promise<SendResponse>
  /** Stops accepting, lets requests finish for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>
}

const loopbacks = ['127.0.0.1', '::1']

export function createMesh(options: MeshOptions): Mesh {
  const { clock, onRequest } = options
  const wire: Wire = {
    ...options,
    onRequest,
    pool: new UpstreamPool(clock),
    deadlines: new Deadlines(clock),
    date: httpDate(clock),
  }
  const routing: Routing = { tables: emptyTables, internals: new Map() }
  const credentials = new Credentials()
  const listeners: Listener[] = []
  let capturePort: number | undefined
  let closing = false
  const draining = () => closing

  const gatewayListener = (gateway: Gateway): Listener =>
    new Listener({
      clock,
      date: wire.date,
      deadlines: wire.deadlines,
      server: 'istio-envoy',
      draining,
      begin: incoming => dispatch(wire, routing, gateway, incoming),
    })

  const open = async (listener: Listener, hosts: readonly string[], port: number): Promise<{ port: number }> => {
    const bound = await listener.listen(hosts, port)
    listeners.push(listener)
    return { port: bound }
  }

  return {
    setIngresses(ingresses) {
      routing.tables = compileIngresses(ingresses)
    },
    listen: ({ host, port, gateway }) => open(gatewayListener(gateway), host ? [host] : loopbacks, port),
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
      for (const name of clusterForms(host)) routing.internals.set(name, service)
    },
    send: request =>
      sendInMemory(request, {
        clock,
        date: wire.date,
        begin: incoming => dispatch(wire, routing, 'local', incoming, true),
      }),
    async close(graceMs) {
      closing = true
      wire.pool.close()
      const cut = clock.after(graceMs, () => {
        for (const listener of listeners) listener.destroy()
      })
      await Promise.all(listeners.map(listener => listener.close()))
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

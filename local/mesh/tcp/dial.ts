// Opens a connection to an endpoint, with TLS where the DestinationRule asks for it.
import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../../kernel/clock.ts'
import { machineOf } from '../proxy/authority.ts'
import { ConnectTimeout, socketReason } from '../proxy/failure.ts'
import { clientHandshake, type ReadSecret } from '../proxy/tls/upstream-tls.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'

export type AddressEndpoint = ClusterEndpoint & { kind: 'address' }

export interface DialOptions {
  clock: Clock
  cluster: Cluster
  endpoint: AddressEndpoint
  /** False: the client's bytes are TLS already. */
  originatesTls: boolean
  secret: ReadSecret
  /** The handshake, if there is one, is done; the socket is paused. */
  connected(socket: Socket): void
  /** With Envoy's reason, which has no words for one that took too long. Not called once it is connected. */
  failed(reason: string): void
}

/** Returns how to give up. */
export function dial(options: DialOptions): () => void {
  const { clock, cluster, connected, failed } = options
  const socket = opened(options)
  let error: Error | undefined
  const timer = clock.after(cluster.connectTimeoutMs, () => socket.destroy(new ConnectTimeout('it took too long')))
  const lost = (why: Error) => {
    error = why
  }
  const closed = () => {
    timer.cancel()
    failed(error instanceof ConnectTimeout ? '' : socketReason(error))
  }
  socket.on('error', lost).on('close', closed)
  socket.once(usesTls(options) ? 'secureConnect' : 'connect', () => {
    timer.cancel()
    socket.off('error', lost).off('close', closed).pause()
    connected(socket)
  })
  return () => {
    socket.off('close', closed)
    timer.cancel()
    socket.destroy()
  }
}

function usesTls({ cluster, endpoint, originatesTls }: DialOptions): boolean {
  return originatesTls && cluster.tls !== undefined && endpoint.path === undefined
}

/** An address that is none, such as port 99999, and certificates that are missing fail like any other connection. */
function opened(options: DialOptions): Socket {
  try {
    return open(options)
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Where the rule names no SNI none is sent and no host is expected: there is no request that names one. Throws. */
function open(options: DialOptions): Socket {
  const { path, host, port } = options.endpoint
  const { tls } = options.cluster
  if (path !== undefined) return connect({ path, allowHalfOpen: true })
  const to = { host: machineOf(host), port, noDelay: true, allowHalfOpen: true }
  if (!tls || !usesTls(options)) return connect(to)
  return connectTls({ ...to, ...clientHandshake({ ...tls, sni: tls.sni ?? '' }, host, options.secret).options() })
}

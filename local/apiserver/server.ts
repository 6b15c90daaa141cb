// The Kubernetes-shaped API over HTTP: on a unix socket for its owner, and on loopback with TLS for who has the token.
import { chmod, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { http } from '../kernel/builtin-http.ts'
import { SkiffError } from '../kernel/errors.ts'
import { absentWorkloads } from './computed/absent-workloads.ts'
import { definitions } from './computed/crds.ts'
import { mustShow } from './http/authentication.ts'
import { sendError } from './http/errors.ts'
import { type LazyTls, lazyTls, type TlsCertificate } from './http/lazy-tls.ts'
import { answerUpgrade } from './pods/upgrade.ts'
import { type ApiServerOptions, answer } from './routes.ts'

export type { ApiServerOptions, ExtraHandler } from './routes.ts'

export interface ApiServer {
  /** Listens on a unix socket only its owner may open. Replaces a socket file left behind. */
  listenUnix(path: string): Promise<void>
  /** Listens with TLS on 127.0.0.1, for requests that carry the token. Gives the port. */
  listenTls(options: TlsOptions): Promise<number>
  /** Ends watches and open connections. */
  close(): Promise<void>
}

export interface TlsOptions {
  /** Asked for when the first client connects. */
  certificate(): TlsCertificate
  token: string
  /** A free one when left out. */
  port?: number
}

/** Unix socket addresses hold 108 bytes on Linux and 104 on macOS, with the closing zero. */
const longestSocketPath = 103

type Guard = (request: IncomingMessage) => void

export function createApiServer(given: ApiServerOptions): ApiServer {
  const crds = definitions(given.registry, given.clock.now())
  const options = { ...given, computed: [...(given.computed ?? []), crds, ...absentWorkloads] }
  const servers: Server[] = []
  const doors: LazyTls[] = []
  const serve = <S extends Server>(server: S, guard: Guard): S => {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      handle(options, guard, request, response).catch(error => refuse(options, request, response, error))
    })
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      void answerUpgrade(options, guard, request, socket, head)
    })
    servers.push(server)
    return server
  }
  return {
    listenUnix: path =>
      listenUnix(
        serve(http.createServer(), () => {}),
        path,
      ),
    listenTls({ certificate, token, port = 0 }) {
      const guard = (request: IncomingMessage) => mustShow(token, request)
      const door = lazyTls(certificate, server => serve(server, guard))
      doors.push(door)
      return door.listen(port)
    },
    close: async () => void (await Promise.all([...servers.map(close), ...doors.map(door => door.close())])),
  }
}

async function handle(
  options: ApiServerOptions,
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  guard(request)
  await answer(options, request, response)
}

function refuse({ log }: ApiServerOptions, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // A body that was not read to its end leaves the connection unusable.
  if (!request.complete && !response.headersSent) response.setHeader('connection', 'close')
  sendError(response, error, log)
}

async function listenUnix(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    const sentence = `the path of the API's socket has ${Buffer.byteLength(path)} bytes, and systems take at most ${longestSocketPath}`
    throw new SkiffError(`${sentence}: choose a shorter state folder: ${path}`)
  }
  await rm(path, { force: true })
  // The socket is bound before listen() returns: from its first moment nobody else may open it.
  const umask = process.umask(0o177)
  const listening = new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  process.umask(umask)
  await listening
  await chmod(path, 0o600)
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

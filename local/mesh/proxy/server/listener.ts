// A listening port: accepts connections on the addresses asked for, and ends them gently.
import { createServer, type Server, type Socket } from 'node:net'
import { exitCodes, messageOf, SkiffError } from '../../../kernel/errors.ts'
import { Http2ServerConnection } from '../http2/server-connection.ts'
import { NewConnection } from './new-connection.ts'
import { ServerConnection } from './server-connection.ts'
import type { Captured, Connection, ServerSide } from './server-side.ts'

export class Listener {
  readonly #side: ServerSide
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  /** Accepted, and not served yet: by the far end's address and port, for they become other sockets. */
  readonly #arriving = new Map<string, Socket>()
  readonly #divert: ((socket: Socket) => boolean) | undefined
  #closed: (() => void) | undefined

  /** `divert` may take an accepted socket, and give it (or what it becomes) to `serve` later: then it returns true. */
  constructor(side: ServerSide, divert?: (socket: Socket) => boolean) {
    this.#side = side
    this.#divert = divert
  }

  /**
   * Listens on every one of `hosts`, on one port (0: any free one). A machine without IPv6 does without `::1`.
   * Rejects with a sentence that names the port.
   */
  async listen(hosts: readonly string[], port: number): Promise<number> {
    let bound = port
    for (const host of hosts) {
      try {
        bound = await this.#bind(host, bound)
      } catch (error) {
        if (host.includes(':') && (isMissingAddress(error) || port === 0)) continue
        this.#stopAccepting()
        throw listenError(error, host, bound)
      }
    }
    return bound
  }

  /** Serves a socket that came another way (from behind a CONNECT). `first` was read from it already. */
  adopt(socket: Socket, captured: Captured, first: Buffer): void {
    const connection = this.#serve(socket, this.#side, captured)
    socket.resume()
    if (first.length > 0) connection.read(first)
  }

  /** Serves what a diverted socket has become, with a side of its own. */
  serve(socket: Socket, side: ServerSide): void {
    this.#arriving.delete(farEnd(socket))
    this.#serve(socket, side)
  }

  /** Counts a diverted socket that is carried as bytes among the connections: it ends by itself, or is cut at last. */
  hold(socket: Socket): void {
    this.#arriving.delete(farEnd(socket))
    this.#keep({ socket, closeGently: () => {}, read: () => {} })
  }

  /** Stops accepting; resolves when the last connection has ended. */
  close(): Promise<void> {
    this.#stopAccepting()
    for (const socket of this.#arriving.values()) socket.destroy()
    for (const connection of this.#connections) connection.closeGently()
    if (this.#connections.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#closed = resolve
    })
  }

  /** Cuts whatever is still open. */
  destroy(): void {
    for (const connection of this.#connections) connection.socket.destroy()
  }

  #stopAccepting(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  #bind(host: string, port: number): Promise<number> {
    const server = createServer({ noDelay: true }, socket => this.#accept(socket))
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.removeListener('error', reject)
        this.#servers.push(server)
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  }

  #accept(socket: Socket): void {
    if (!this.#divert?.(socket)) {
      this.#serve(socket, this.#side)
      return
    }
    const key = farEnd(socket)
    this.#arriving.set(key, socket)
    socket.once('close', () => this.#arriving.delete(key))
  }

  #serve(socket: Socket, side: ServerSide, captured?: Captured): Connection {
    // Who calls the capture itself says so in a request of HTTP/1.1.
    if (side.authenticate && !captured) return this.#keep(new ServerConnection(socket, side))
    const begun = new NewConnection(socket, side, (version, first) => {
      this.#connections.delete(begun)
      const Spoken = version === 'http2' ? Http2ServerConnection : ServerConnection
      this.#keep(new Spoken(socket, side, captured)).read(first)
    })
    return this.#keep(begun)
  }

  #keep(connection: Connection): Connection {
    this.#connections.add(connection)
    // Another listener than the connection's own, which goes when the socket leaves HTTP.
    connection.socket.once('close', () => this.#forget(connection))
    return connection
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#closed?.()
  }
}

function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function isMissingAddress(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function listenError(error: unknown, host: string, port: number): Error {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE') {
    return new SkiffError(`port ${port} on ${host} is taken by another program`, exitCodes.taken, { cause: error })
  }
  return new SkiffError(`cannot listen on ${host} port ${port}: ${messageOf(error)}`, exitCodes.failed, {
    cause: error,
  })
}

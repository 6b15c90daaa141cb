// A listening port: accepts connections on the addresses asked for, and ends them gently.
import { createServer, type Server, type Socket } from 'node:net'
import { exitCodes, messageOf, SkiffError } from '../../kernel/errors.ts'
import { type Captured, ServerConnection, type ServerSide } from './server-connection.ts'

export class Listener {
  readonly #side: ServerSide
  readonly #servers: Server[] = []
  readonly #connections = new Set<ServerConnection>()
  #closed: (() => void) | undefined

  constructor(side: ServerSide) {
    this.#side = side
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
    const connection = this.#serve(socket, captured)
    socket.resume()
    if (first.length > 0) connection.read(first)
  }

  /** Stops accepting; resolves when the last connection has ended. */
  close(): Promise<void> {
    this.#stopAccepting()
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
    const server = createServer({ noDelay: true }, socket => this.#serve(socket))
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

  #serve(socket: Socket, captured?: Captured): ServerConnection {
    const connection = new ServerConnection(socket, this.#side, captured)
    this.#connections.add(connection)
    // Another listener than the connection's own, which goes when the socket leaves HTTP.
    socket.once('close', () => this.#forget(connection))
    return connection
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#closed?.()
  }
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

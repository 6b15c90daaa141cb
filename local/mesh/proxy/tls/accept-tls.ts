// The server's side of TLS handshakes: a client's hello is read first, since it says which server it wants.
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Clock } from '../../../kernel/clock.ts'
import { messageOf } from '../../../kernel/errors.ts'
import type { DownstreamTls } from '../../table/mesh-table.ts'
import type { TlsCredential } from './credential.ts'
import { handshakeOptions } from './gateway-tls.ts'
import { readServerName } from './server-name.ts'

/** A client that does not come to the end of its handshake is given up. */
const handshakeMs = 15_000

export interface TlsIdentity {
  settings: DownstreamTls
  credential: TlsCredential
}

export interface TlsAcceptorOptions {
  clock: Clock
  /** Undefined: nobody of that name is served here, and the connection is closed. */
  choose(serverName: string | undefined): TlsIdentity | undefined
  /** The handshake is done. */
  secured(socket: TLSSocket): void
  /** A certificate or key that is none. */
  problem(why: string): void
}

export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions
  /** None of them listens: connections are handed to them. */
  readonly #servers = new WeakMap<TlsCredential, { settings: DownstreamTls; server: Server }>()

  constructor(options: TlsAcceptorOptions) {
    this.#options = options
  }

  accept(socket: Socket): void {
    const { clock, choose } = this.#options
    let hello = Buffer.alloc(0)
    const timer = clock.after(handshakeMs, () => socket.destroy())
    socket.once('close', () => timer.cancel())
    const look = (data: Buffer) => {
      hello = Buffer.concat([hello, data])
      const serverName = readServerName(hello)
      if (serverName === 'incomplete') return
      socket.off('data', look).pause()
      const identity = choose(serverName)
      const server = identity && this.#serverOf(identity)
      if (!server) {
        socket.destroy()
        return
      }
      timer.cancel()
      socket.unshift(hello)
      server.emit('connection', socket)
    }
    socket.on('data', look).on('error', () => socket.destroy())
  }

  #serverOf({ settings, credential }: TlsIdentity): Server | undefined {
    const known = this.#servers.get(credential)
    if (known?.settings === settings) return known.server
    try {
      const options = { ...handshakeOptions(settings, credential), handshakeTimeout: handshakeMs }
      const server = createServer(options, socket => this.#secured(socket, settings))
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      this.#servers.set(credential, { settings, server })
      return server
    } catch (error) {
      this.#options.problem(`Secret ${settings.credentialName} cannot be used: ${messageOf(error)}`)
      return undefined
    }
  }

  /** A certificate that nobody vouches for is worse than none, where none is asked for. */
  #secured(socket: TLSSocket, { mode }: DownstreamTls): void {
    const shown = mode === 'OPTIONAL_MUTUAL' && Object.keys(socket.getPeerCertificate()).length > 0
    if (shown && !socket.authorized) socket.destroy()
    else this.#options.secured(socket)
  }
}

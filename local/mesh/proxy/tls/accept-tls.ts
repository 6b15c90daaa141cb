// The server's side of TLS: a client's hello is read first, since it says which server it wants, and whether it is TLS.
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Clock } from '../../../kernel/clock.ts'
import { messageOf } from '../../../kernel/errors.ts'
import type { DownstreamTls } from '../../table/mesh-table.ts'
import { type ClientHello, readClientHello } from './client-hello.ts'
import type { TlsCredential } from './credential.ts'
import { handshakeOptions } from './gateway-tls.ts'

/** A client that does not come to the end of its handshake is given up. */
const handshakeMs = 15_000

export interface TlsIdentity {
  settings: DownstreamTls
  credential: TlsCredential
}

/** Takes a connection whose TLS is not ended here, with the bytes that were read of it. */
export type TakeAsItIs = (socket: Socket, seen: Buffer) => void

export interface TlsAcceptorOptions {
  clock: Clock
  /** Undefined: nobody of that name is served here. A client that speaks no TLS has no hello. */
  choose(hello: ClientHello | undefined): TlsIdentity | TakeAsItIs | undefined
  /** The handshake is done. */
  secured(socket: TLSSocket): void
  /** A certificate or key that is none. */
  problem(why: string): void
}

export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions
  /** None of them listens: connections are handed to them. By credential, and by what is offered of ALPN. */
  readonly #servers = new WeakMap<TlsCredential, Map<string, { settings: DownstreamTls; server: Server }>>()

  constructor(options: TlsAcceptorOptions) {
    this.#options = options
  }

  /** Whom nobody serves is reset, as whoever hangs up amid its hello: Envoy closes with bytes unread. */
  accept(socket: Socket): void {
    let seen = Buffer.alloc(0)
    const timer = this.#options.clock.after(handshakeMs, () => socket.destroy())
    const refuse = () => socket.resetAndDestroy()
    const look = (data: Buffer) => {
      seen = Buffer.concat([seen, data])
      const hello = readClientHello(seen)
      if (hello === 'incomplete') return
      socket.off('data', look).off('end', refuse).pause()
      timer.cancel()
      if (hello === 'too long') refuse()
      else this.#serve(socket, seen, typeof hello === 'string' ? undefined : hello)
    }
    socket.on('data', look).on('end', refuse)
    socket.on('error', () => socket.destroy()).once('close', () => timer.cancel())
  }

  #serve(socket: Socket, seen: Buffer, hello: ClientHello | undefined): void {
    const chosen = this.#options.choose(hello)
    if (typeof chosen === 'function') {
      chosen(socket, seen)
      return
    }
    const server = chosen && this.#serverOf(chosen, hello?.applicationProtocols ?? [])
    if (!server) {
      socket.resetAndDestroy()
      return
    }
    socket.unshift(seen)
    server.emit('connection', socket)
  }

  #serverOf({ settings, credential }: TlsIdentity, offered: readonly string[]): Server | undefined {
    try {
      const options = { ...handshakeOptions(settings, credential, offered), handshakeTimeout: handshakeMs }
      const servers = this.#servers.get(credential) ?? new Map<string, { settings: DownstreamTls; server: Server }>()
      const protocols = String(options.ALPNProtocols)
      const known = servers.get(protocols)
      if (known?.settings === settings) return known.server
      const server = createServer(options, socket => this.#secured(socket, settings))
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      this.#servers.set(credential, servers.set(protocols, { settings, server }))
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

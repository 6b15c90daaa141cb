// One connection to an instance: at most one exchange at a time, kept for the next when the answer allows.
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type HeaderList, parseResponseHead, type ResponseHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import { Outbox } from '../codec/outbox.ts'
import { MessageReader, type MessageSink } from '../codec/reader.ts'
import type { UpstreamTls } from '../table/cluster.ts'
import { readInto } from './read-into.ts'
import { clientOptions } from './tls/upstream-tls.ts'

/** Kept this long when the far end says nothing. */
export const defaultKeepMs = 60_000

export type Address = { path: string } | { host: string; port: number; tls?: UpstreamTls }

/** `127.0.0.1:9080`, or the socket's path. */
export function addressText(address: Address): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`
}

/** The exchange that uses the connection. */
export interface UpstreamUser extends MessageSink<ResponseHead> {
  onConnected(): void
  /** Everything read in this turn has been given. */
  onTurnEnd(): void
  onDrained(): void
  /** The answer was a 101; `first` are bytes behind it. */
  onTunnel(first: Buffer): void
  /** The connection is gone and the answer is not whole. */
  onLost(error: Error | undefined): void
}

export class UpstreamConnection implements MessageSink<ResponseHead> {
  readonly socket: Socket
  readonly out: Outbox
  readonly key: string
  user: UpstreamUser | undefined
  connected = false
  /** Exchanges completed on it: a connection that dies on its second may only have been closed for idling. */
  uses = 0
  /** Until when the far end promised to keep it open, in milliseconds since the epoch. */
  keptUntil = 0
  /** The far end's `keep-alive` header, the same with every answer, and what it means. */
  keepAlive: string | undefined
  keepMs = defaultKeepMs
  #error: Error | undefined
  #tunnel: ((data: Buffer) => void) | undefined
  readonly #reader: MessageReader<ResponseHead>

  constructor(address: Address, key: string) {
    this.key = key
    const tls = 'tls' in address ? address.tls : undefined
    this.socket = tls ? this.#connectTls(address, tls) : this.#connect(address)
    this.out = new Outbox(this.socket)
    this.#reader = new MessageReader(parseResponseHead, this)
    this.socket.on(tls ? 'secureConnect' : 'connect', () => {
      this.connected = true
      this.user?.onConnected()
    })
    this.socket.on('drain', () => this.user?.onDrained())
    this.socket.on('error', error => {
      this.#error = error
    })
    this.socket.on('end', () => this.#ended())
    this.socket.on('close', () => this.#closed())
  }

  #connect(address: Address): Socket {
    return connect({ ...address, noDelay: true, onread: readInto(data => this.#read(data)) })
  }

  #connectTls(address: Address, tls: UpstreamTls): Socket {
    const socket = connectTls({ ...address, ...clientOptions(tls) })
    socket.setNoDelay(true)
    return socket.on('data', (data: Buffer) => this.#read(data))
  }

  get usable(): boolean {
    return this.connected && !this.socket.destroyed && this.socket.writable && !this.#tunnel
  }

  /** Lets go of the user and closes. The user is not told. */
  destroy(): void {
    this.user = undefined
    this.#reader.stop()
    this.socket.destroy()
  }

  onHead(head: ResponseHead): number {
    if (!this.user) throw new MalformedMessage('answer_without_request')
    return this.user.onHead(head)
  }

  onBody(data: Buffer): void {
    this.user?.onBody(data)
  }

  onEnd(trailers: HeaderList): void {
    this.user?.onEnd(trailers)
  }

  /** Hands the socket over: what it brings goes to `onData` from here on. */
  leaveHttp(onData: (data: Buffer) => void): Socket {
    this.#tunnel = onData
    this.user = undefined
    this.socket.removeAllListeners('drain')
    return this.socket
  }

  #read(data: Buffer): void {
    if (this.#tunnel) {
      this.#tunnel(data)
      return
    }
    const user = this.user
    try {
      const at = this.#reader.feed(data)
      if (this.#reader.tunnelled) {
        this.user?.onTunnel(data.subarray(at))
        return
      }
      // Bytes nobody asked for: what follows on this connection could be taken for another's answer.
      if (at < data.length) this.destroy()
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)))
      return
    }
    user?.onTurnEnd()
  }

  #ended(): void {
    const user = this.user
    if (user && this.#reader.finish()) user.onTurnEnd()
  }

  #closed(): void {
    if (!this.#tunnel) this.#lost(this.#error)
  }

  #lost(error: Error | undefined): void {
    const user = this.user
    this.destroy()
    user?.onLost(error)
  }
}

// One connection to an instance: at most one exchange at a time, kept for the next when the answer allows.
import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Framing, framings } from '../../codec/framing.ts'
import { type HeaderList, parseResponseHead, type ResponseHead } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import { Outbox } from '../../codec/outbox.ts'
import { MessageReader, type MessageSink } from '../../codec/reader.ts'
import { ConnectTimeout } from '../failure.ts'
import type { ClientHandshake } from '../tls/upstream-tls.ts'
import { readInto } from './read-into.ts'
import type { Address, ChannelLimits, RequestSource, UpstreamChannel, UpstreamUser } from './upstream-channel.ts'

/** Kept this long when the far end says nothing. */
export const defaultKeepMs = 60_000

/** Takes a connection back whose exchange is over. */
export type GiveBack = (connection: UpstreamConnection, keepAlive: string | undefined) => void

export class UpstreamConnection implements UpstreamChannel, MessageSink<ResponseHead> {
  readonly socket: Socket
  readonly out: Outbox
  readonly key: string
  user: UpstreamUser | undefined
  connected = false
  /** In HTTP/1.1 whoever asks speaks first. */
  readonly greeted = true
  /** Exchanges completed on it: a connection that dies on its second may only have been closed for idling. */
  uses = 0
  /** Until when the far end promised to keep it open, in milliseconds since the epoch. */
  keptUntil = 0
  /** The far end's `keep-alive` header, the same with every answer, and what it means. */
  keepAlive: string | undefined
  keepMs = defaultKeepMs
  readonly limits: ChannelLimits | undefined
  #chunked = false
  #error: Error | undefined
  #tunnel: ((data: Buffer) => void) | undefined
  readonly #reader: MessageReader<ResponseHead>
  readonly #giveBack: GiveBack

  constructor(address: Address, key: string, giveBack: GiveBack) {
    this.key = key
    this.limits = address.limits
    this.#giveBack = giveBack
    const tls = 'tls' in address ? address.tls : undefined
    this.socket = this.#socketTo(address)
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

  /** An address that is none, such as port 99999, and certificates that are missing fail like any other connection. */
  #socketTo(address: Address): Socket {
    try {
      return 'tls' in address && address.tls ? this.#connectTls(address, address.tls) : this.#connect(address)
    } catch (error) {
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #connect(address: Address): Socket {
    return connect({ ...address, noDelay: true, onread: readInto(data => this.#read(data)) })
  }

  #connectTls({ host, port }: Extract<Address, { host: string }>, tls: ClientHandshake): Socket {
    const socket = connectTls({ host, port, ...tls.options() })
    socket.setNoDelay(true)
    return socket.on('data', (data: Buffer) => this.#read(data))
  }

  /** Its time to come about is over; nothing happens once it has. */
  giveUpConnecting(): void {
    if (!this.connected) this.socket.destroy(new ConnectTimeout('the connection did not come about in time'))
  }

  get usable(): boolean {
    return this.connected && !this.socket.destroyed && this.socket.writable && !this.#tunnel
  }

  get full(): boolean {
    return this.socket.writableNeedDrain
  }

  head(source: RequestSource, _method: string, framing: Framing): void {
    this.#chunked = framing === framings.chunked
    this.out.text(source.headText())
  }

  body(data: Buffer): void {
    if (this.#chunked) this.out.chunk(data)
    else this.out.bytes(data)
  }

  end(trailers: HeaderList): void {
    if (this.#chunked) this.out.lastChunk(trailers)
  }

  flush(): void {
    this.out.flush()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  over(reusable: boolean, keepAlive: string | undefined): void {
    if (reusable) this.#giveBack(this, keepAlive)
    else this.destroy()
  }

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

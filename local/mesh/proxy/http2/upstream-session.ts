// One connection of HTTP/2 to an endpoint: many requests at once, each on a channel of its own.
import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../../../kernel/clock.ts'
import type { HeaderList } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import { errorCodes } from '../../h2/protocol.ts'
import type { StreamUser } from '../../h2/stream.ts'
import type { Stream } from '../../h2/stream-handle.ts'
import type { ClientHandshake } from '../tls/upstream-tls.ts'
import { readInto } from '../upstream/read-into.ts'
import { type Address, StreamReset } from '../upstream/upstream-channel.ts'
import { Http2Channel } from './http2-channel.ts'
import { SessionSocket, type TurnUser } from './session-socket.ts'

/** What a peer takes that did not say yet how many streams it takes (RFC 9113 section 6.5.2 asks for no fewer). */
const streamsBeforeSettings = 100

export class UpstreamSession {
  readonly socket: Socket
  connected = false
  /** Exchanges completed. */
  uses = 0
  /** Requests given to it, over or not. */
  requests = 0
  readonly #most: number
  readonly #mostAtOnce: number
  readonly #wire: SessionSocket
  /** Of requests that wait for the connection. */
  readonly #waiting = new Set<Http2Channel>()
  readonly #left: () => void
  #lost = false
  #error: Error | undefined
  #leaving = false

  /** `left`: told once when it takes no more requests. */
  constructor(address: Address, clock: Clock, left: () => void) {
    const secure = 'tls' in address && address.tls !== undefined
    this.#left = left
    this.#most = address.limits?.maxRequestsPerConnection ?? Number.POSITIVE_INFINITY
    this.#mostAtOnce = address.limits?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
    this.socket = 'tls' in address && address.tls ? this.#connectTls(address, address.tls) : this.#connect(address)
    const options = {
      role: 'client' as const,
      now: () => clock.now(),
      onGoAway: () => this.leave(),
      onBroken: (error: Error) => this.#broken(error),
    }
    this.#wire = new SessionSocket(this.socket, options, () => this.#flushed())
    this.socket.on(secure ? 'secureConnect' : 'connect', () => this.#connects())
    this.socket.on('error', error => {
      this.#error ??= error
    })
    this.socket.on('end', () => this.#ended())
    this.socket.on('close', () => this.#ended())
  }

  #connect(address: Address): Socket {
    return connect({ ...address, noDelay: true, onread: readInto(data => this.#wire.read(data)) })
  }

  #connectTls({ host, port }: Extract<Address, { host: string }>, tls: ClientHandshake): Socket {
    try {
      const socket = connectTls({ host, port, ...tls.options(), ALPNProtocols: ['h2'] })
      socket.setNoDelay(true)
      return socket.on('data', (data: Buffer) => this.#wire.read(data))
    } catch (error) {
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Takes one more request. */
  get open(): boolean {
    const { session } = this.#wire
    if (this.#lost || this.#leaving || this.requests >= this.#most) return false
    if (this.active >= this.#mostAtOnce) return false
    return this.connected ? session.open : this.#waiting.size < streamsBeforeSettings
  }

  /** Requests under way. */
  get active(): number {
    return this.#wire.session.active + this.#waiting.size
  }

  /** The far end has taken the connection. */
  get greeted(): boolean {
    return this.#wire.session.greeted
  }

  /** Only when `open`. */
  channel(): Http2Channel {
    const channel = new Http2Channel(this)
    this.requests++
    if (!this.connected) this.#waiting.add(channel)
    if (this.requests >= this.#most) this.#leave()
    return channel
  }

  /** Takes no more requests; ends when those under way did. */
  leave(): void {
    this.#leave()
    this.flushSoon()
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#left()
  }

  // What channels ask for.

  request(headers: HeaderList, end: boolean, user: StreamUser): Stream {
    return this.#wire.session.request(headers, end, user)
  }

  /** A channel that needs no connection any more. */
  forget(channel: Http2Channel): void {
    this.#waiting.delete(channel)
  }

  touched(channel: TurnUser): void {
    this.#wire.touched(channel)
  }

  flushSoon(): void {
    this.#wire.flushSoon()
  }

  /** Why a stream came to its end: the connection's fault, the peer's wish, or an answer we cannot take. */
  reasonOf(code: number, byUs: boolean): Error | undefined {
    if (this.#lost) return this.#error
    // A peer that blames us for the protocol did not understand us either.
    if (byUs || code === errorCodes.protocolError) return new MalformedMessage('http2_answer')
    return new StreamReset(code === errorCodes.refusedStream)
  }

  #connects(): void {
    this.connected = true
    for (const channel of this.#waiting) {
      this.#waiting.delete(channel)
      channel.user?.onConnected()
    }
    this.#wire.flush()
  }

  #flushed(): void {
    if (this.#leaving && this.connected && this.active === 0) this.socket.destroySoon()
  }

  #broken(error: Error): void {
    this.#lose(new MalformedMessage(error.message))
    this.socket.destroySoon()
  }

  #ended(): void {
    this.#lose(this.#error)
    this.#wire.session.lost()
    this.socket.destroy()
    for (const channel of this.#waiting) channel.user?.onLost(this.#error)
    this.#waiting.clear()
  }

  #lose(error: Error | undefined): void {
    if (this.#lost) return
    this.#lost = true
    this.#error = error
    this.#leave()
  }
}

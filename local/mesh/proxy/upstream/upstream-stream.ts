// One request on one channel: sent once there is a connection, its answer handed on, sent again where its owner says.
import { type Framing, framings, keepsAlive, responseFraming } from '../../codec/framing.ts'
import { type HeaderList, headerOf, type ResponseHead } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import type { AnswerSink, Incoming } from '../client.ts'
import { isUpgrade } from '../headers/request-headers.ts'
import { HeldBody } from '../held-body.ts'
import type { Wire } from '../wire.ts'
import type { Address, RequestSource, UpstreamChannel, UpstreamUser } from './upstream-channel.ts'
import { UpstreamConnection } from './upstream-connection.ts'

/** The try at an endpoint that the stream belongs to. */
export interface StreamOwner extends RequestSource {
  /** Where the answer goes. */
  readonly client: AnswerSink
  /** True while the body is kept, so that `open` can send it once more. */
  mayRepeat(): boolean
  /** `tunnel`: it is a 101, and what follows is not looked at. */
  answerBegins(tunnel: boolean): void
  /** A piece of the answer was passed on. */
  answerGoesOn(): void
  /** The answer is whole; told before the client is. */
  answered(): void
  /** The connection is gone. Before the answer began: `opened` and `reused` say what had come about. */
  lost(error: Error | undefined, at: { answering: boolean; connected: boolean; reused: boolean }): void
}

export class UpstreamStream implements UpstreamUser {
  readonly #wire: Wire
  readonly #incoming: Incoming
  readonly #owner: StreamOwner
  readonly #held = new HeldBody()
  #channel: UpstreamChannel | undefined
  /** Something of the request has left on the present channel, and may have been looked at. */
  #sent = false
  #requestEnded: boolean
  #trailers: HeaderList = []
  #answer: ResponseHead | undefined
  #answerFraming: Framing = 0
  #keepAlive: string | undefined
  #tunnel: UpstreamConnection | undefined
  #over = false

  constructor(wire: Wire, incoming: Incoming, owner: StreamOwner) {
    this.#wire = wire
    this.#incoming = incoming
    this.#owner = owner
    this.#requestEnded = incoming.framing === 0
  }

  /** Everything sent so far is still here. */
  get whole(): boolean {
    return this.#held.whole
  }

  get sent(): boolean {
    return this.#sent
  }

  /** Sends the request to an address; `fresh`: not on a kept connection. */
  open(address: Address, fresh: boolean): void {
    const channel = this.#wire.pool.channel(address, fresh)
    this.#sent = false
    this.#channel = channel
    channel.user = this
    if (channel.connected) this.#send(channel)
  }

  /** Nothing more is told to the owner. */
  abandon(): void {
    this.#over = true
    this.#channel?.destroy()
    this.#channel = undefined
  }

  /** Ends what a 101 began, if there was one. */
  cutTunnel(): void {
    this.#tunnel?.destroy()
  }

  // The request's side.

  body(data: Buffer): boolean {
    const channel = this.#channel
    if (this.#over) return true
    if (!channel?.connected) {
      this.#held.hold(data)
      return !this.#held.full
    }
    if (this.#owner.mayRepeat()) this.#held.holdForReplay(data)
    channel.body(data)
    return !channel.full
  }

  end(trailers: HeaderList): void {
    if (this.#incoming.framing === 0) return
    this.#requestEnded = true
    this.#trailers = trailers
    if (this.#channel?.connected) this.#channel.end(trailers)
  }

  flush(): void {
    if (this.#channel?.connected) this.#channel.flush()
  }

  drained(): void {
    this.#channel?.resume()
  }

  onConnected(): void {
    if (!this.#channel) return
    this.#send(this.#channel)
    this.#channel?.flush()
    this.#owner.client.resume()
  }

  #send(channel: UpstreamChannel): void {
    const { head, framing } = this.#incoming
    this.#sent = true
    channel.head(this.#owner, head.method, framing)
    for (const part of this.#held.parts) channel.body(part)
    if (!this.#owner.mayRepeat() || this.#held.full) this.#held.drop()
    if (this.#requestEnded && framing !== 0) channel.end(this.#trailers)
    // Without a body nothing else comes in this turn.
    if (this.#requestEnded) channel.flush()
  }

  onDrained(): void {
    this.#owner.client.resume()
  }

  // The answer.

  onHead(head: ResponseHead, given?: Framing): Framing {
    const framing = given ?? responseFraming(head, this.#incoming.head.method)
    if (framing === framings.interim) {
      this.#owner.client.interim(head)
      return framing
    }
    if (framing === framings.tunnel && !isUpgrade(this.#incoming)) throw new MalformedMessage('unasked_upgrade')
    this.#answer = head
    // The head is its receiver's to change.
    this.#keepAlive = headerOf(head.headers, 'keep-alive')
    this.#answerFraming = framing
    this.#held.drop()
    this.#owner.answerBegins(framing === framings.tunnel)
    if (framing !== framings.tunnel) this.#owner.client.head(head, framing)
    return framing
  }

  onBody(data: Buffer): void {
    this.#owner.answerGoesOn()
    this.#owner.client.body(data)
  }

  onEnd(trailers: HeaderList): void {
    const channel = this.#channel
    const head = this.#answer
    this.#channel = undefined
    if (channel && head) {
      const reusable = this.#requestEnded && this.#answerFraming !== framings.untilClose && keepsAlive(head)
      channel.over(reusable, this.#keepAlive)
    }
    this.#over = true
    this.#owner.answered()
    this.#owner.client.end(trailers)
  }

  onTurnEnd(): void {
    if (!this.#owner.client.flush() && !this.#over) this.#channel?.pause()
  }

  onTunnel(first: Buffer): void {
    const connection = this.#channel
    if (!(connection instanceof UpstreamConnection) || !this.#answer) return
    this.#channel = undefined
    this.#tunnel = connection
    this.#over = true
    connection.socket.once('close', () => this.#owner.answered())
    this.#owner.client.tunnel(this.#answer, connection, first)
  }

  onLost(error: Error | undefined): void {
    const reused = (this.#channel?.uses ?? 0) > 0
    const connected = this.#channel?.connected ?? false
    if (this.#channel?.greeted === false) this.#sent = false
    this.#channel = undefined
    if (this.#over) return
    this.#owner.lost(error, { answering: this.#answer !== undefined, connected, reused })
  }
}

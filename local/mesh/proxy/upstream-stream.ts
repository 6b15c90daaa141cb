// One request on one connection: sent once there is a connection, its answer handed on, sent again where its owner says.
import { type Framing, framings, keepsAlive, responseFraming } from '../codec/framing.ts'
import { type HeaderList, headerOf, type ResponseHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import type { AnswerSink, Incoming } from './client.ts'
import { HeldBody } from './held-body.ts'
import { isUpgrade } from './request-headers.ts'
import type { Address, UpstreamConnection, UpstreamUser } from './upstream-connection.ts'
import type { Wire } from './wire.ts'

/** The try at an endpoint that the stream belongs to. */
export interface StreamOwner {
  /** Where the answer goes. */
  readonly client: AnswerSink
  /** The head to send, ending in the empty line. */
  headText(): string
  /** True while the body is kept, so that `open` can send it once more. */
  mayRepeat(): boolean
  answerBegins(): void
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
  #connection: UpstreamConnection | undefined
  /** Something of the request has left on the present connection. */
  #sent = false
  #requestEnded: boolean
  #trailers: HeaderList = []
  #answer: ResponseHead | undefined
  #answerFraming: Framing = 0
  #keepAlive: string | undefined
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
    const connection = (fresh ? undefined : this.#wire.pool.take(address)) ?? this.#wire.pool.open(address)
    this.#sent = false
    this.#connection = connection
    connection.user = this
    if (connection.connected) this.#send(connection)
  }

  /** Nothing more is told to the owner. */
  abandon(): void {
    this.#over = true
    this.#connection?.destroy()
    this.#connection = undefined
  }

  // The request's side.

  body(data: Buffer): boolean {
    const connection = this.#connection
    if (this.#over) return true
    if (!connection?.connected) {
      this.#held.hold(data)
      return !this.#held.full
    }
    if (this.#owner.mayRepeat()) this.#held.holdForReplay(data)
    this.#sendPiece(connection, data)
    return !connection.socket.writableNeedDrain
  }

  end(trailers: HeaderList): void {
    if (this.#incoming.framing === 0) return
    this.#requestEnded = true
    this.#trailers = trailers
    if (this.#connection?.connected) this.#sendEnd(this.#connection)
  }

  flush(): void {
    if (this.#connection?.connected) this.#connection.out.flush()
  }

  drained(): void {
    this.#connection?.socket.resume()
  }

  onConnected(): void {
    if (!this.#connection) return
    this.#send(this.#connection)
    this.#connection.out.flush()
    this.#owner.client.resume()
  }

  #send(connection: UpstreamConnection): void {
    this.#sent = true
    connection.out.text(this.#owner.headText())
    for (const part of this.#held.parts) this.#sendPiece(connection, part)
    if (!this.#owner.mayRepeat() || this.#held.full) this.#held.drop()
    if (this.#requestEnded && this.#incoming.framing !== 0) this.#sendEnd(connection)
    // Without a body nothing else comes in this turn.
    if (this.#requestEnded) connection.out.flush()
  }

  #sendPiece(connection: UpstreamConnection, data: Buffer): void {
    if (this.#incoming.framing === framings.chunked) connection.out.chunk(data)
    else connection.out.bytes(data)
  }

  #sendEnd(connection: UpstreamConnection): void {
    if (this.#incoming.framing === framings.chunked) connection.out.lastChunk(this.#trailers)
  }

  onDrained(): void {
    this.#owner.client.resume()
  }

  // The answer.

  onHead(head: ResponseHead): Framing {
    const framing = responseFraming(head, this.#incoming.head.method)
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
    this.#owner.answerBegins()
    if (framing !== framings.tunnel) this.#owner.client.head(head, framing)
    return framing
  }

  onBody(data: Buffer): void {
    this.#owner.answerGoesOn()
    this.#owner.client.body(data)
  }

  onEnd(trailers: HeaderList): void {
    const connection = this.#connection
    const head = this.#answer
    this.#connection = undefined
    if (connection && head) {
      const reusable = this.#requestEnded && this.#answerFraming !== framings.untilClose && keepsAlive(head)
      if (reusable) this.#wire.pool.give(connection, this.#keepAlive)
      else connection.destroy()
    }
    this.#over = true
    this.#owner.answered()
    this.#owner.client.end(trailers)
  }

  onTurnEnd(): void {
    if (!this.#owner.client.flush() && !this.#over) this.#connection?.socket.pause()
  }

  onTunnel(first: Buffer): void {
    const connection = this.#connection
    if (!connection || !this.#answer) return
    this.#connection = undefined
    this.#over = true
    connection.socket.once('close', () => this.#owner.answered())
    this.#owner.client.tunnel(this.#answer, connection, first)
  }

  onLost(error: Error | undefined): void {
    const reused = (this.#connection?.uses ?? 0) > 0
    const connected = this.#connection?.connected ?? false
    this.#connection = undefined
    if (this.#over) return
    this.#owner.lost(error, { answering: this.#answer !== undefined, connected, reused })
  }
}

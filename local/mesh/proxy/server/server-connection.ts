// One accepted connection: reads requests one after the other, gives each to an exchange, writes the answers in order.
import type { Socket } from 'node:net'
import { type Framing, namesOption, requestFraming } from '../../codec/framing.ts'
import { type HeaderList, parseRequestHead, type RequestHead, type ResponseHead } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import { MessageReader, type MessageSink } from '../../codec/reader.ts'
import type { Client, Exchange, TunnelEnd } from '../client.ts'
import type { Deadline } from '../deadlines.ts'
import { isGrpc, type LocalReply, localReplies, malformedReply } from '../local-reply.ts'
import { AnswerWriter } from './answer-writer.ts'
import { Entrance } from './entrance.ts'
import { type Captured, type Connection, headerTimeoutMs, idleTimeoutMs, type ServerSide } from './server-side.ts'
import { tunnelThrough } from './tunnel.ts'

/** How long a closed connection's unread bytes are swallowed, so that a reset does not eat the answer. */
const lingerMs = 1_000

export class ServerConnection implements Connection, Client, MessageSink<RequestHead>, Deadline {
  dueAt = Number.POSITIVE_INFINITY
  readonly socket: Socket
  readonly #side: ServerSide
  readonly #entrance: Entrance
  readonly #answer: AnswerWriter
  readonly #reader: MessageReader<RequestHead>
  #exchange: Exchange | undefined
  #request: RequestHead | undefined
  #requestOpen = false
  #hasBody = false
  #answering = false
  #answerBegan = false
  #closing = false
  #left: Buffer | undefined
  #tunnelled = false

  constructor(socket: Socket, side: ServerSide, captured?: Captured) {
    this.socket = socket
    this.#side = side
    this.#entrance = new Entrance(socket, side, captured)
    this.#answer = new AnswerWriter(socket, side)
    this.#reader = new MessageReader(parseRequestHead, this)
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => this.read(data))
    socket.on('drain', () => this.#exchange?.drained())
    socket.on('end', () => this.#gone())
    socket.on('error', () => this.#gone())
    socket.on('close', () => this.#gone())
    this.#await(idleTimeoutMs)
  }

  get busy(): boolean {
    return this.#answering || this.#tunnelled
  }

  /** Ends the connection: now when nothing is under way, else after the present answer. */
  closeGently(): void {
    if (this.busy) this.#closing = true
    else this.socket.destroySoon()
  }

  read(data: Buffer): void {
    if (this.#closing && !this.#answering) return
    try {
      let at = 0
      while (at < data.length) {
        if (this.#answering && !this.#requestOpen) {
          this.#keep(data.subarray(at))
          return
        }
        at = this.#reader.feed(data, at)
        if (this.#reader.tunnelled) {
          this.#entrance.handOver(() => this.leaveHttp(), data.subarray(at))
          return
        }
      }
      this.#exchange?.flush()
      this.#answer.flush()
      if (!this.#answering) this.#await(this.#reader.idle ? idleTimeoutMs : headerTimeoutMs)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #keep(rest: Buffer): void {
    this.#exchange?.flush()
    this.#left = rest
    this.socket.pause()
  }

  // The request.

  onHead(head: RequestHead): Framing {
    this.#request = head
    this.#requestOpen = true
    this.#answering = true
    this.#answerBegan = false
    this.dueAt = Number.POSITIVE_INFINITY
    if (namesOption(head.connection, 'close') || this.#side.draining()) this.#closing = true
    const framing = requestFraming(head)
    this.#hasBody = framing !== 0
    const caller = this.#entrance.callerOf(head)
    if (typeof caller === 'string') this.#turnAway(caller)
    else if (head.method === 'CONNECT') return this.#entrance.connects(head, caller)
    else this.#exchange = this.#entrance.begin(head, framing, caller, this)
    return framing
  }

  /** Answers with these bytes, and hangs up. */
  #turnAway(answer: string): void {
    this.#closing = true
    this.#answer.text(answer)
    this.#answered()
  }

  onBody(data: Buffer): void {
    if (this.#exchange && !this.#exchange.body(data)) this.socket.pause()
  }

  onEnd(trailers: HeaderList): void {
    this.#requestOpen = false
    this.#exchange?.end(trailers)
  }

  // The answer.

  head(head: ResponseHead, framing: Framing): void {
    if (this.#side.draining()) this.#closing = true
    this.#answerBegan = true
    this.#answer.head(head, framing, { heading: this.#request?.method === 'HEAD', close: this.#closing })
  }

  interim(head: ResponseHead): void {
    this.#answer.interim(head)
  }

  body(data: Buffer): void {
    this.#answer.body(data)
  }

  end(trailers: HeaderList): void {
    this.#answer.end(trailers)
    this.#answered()
  }

  flush(): boolean {
    return this.#answer.flush()
  }

  reply(reply: LocalReply): void {
    // What was not read of the request would be taken for the next one.
    if (this.#requestOpen && this.#hasBody) this.#closing = true
    if (reply.status === 400 || this.#side.draining()) this.#closing = true
    const { method = '', contentType = '' } = this.#request ?? {}
    this.#answer.reply(reply, { method, grpc: isGrpc(contentType), close: this.#closing })
    this.#answered()
  }

  cut(): void {
    this.#exchange = undefined
    this.#answer.flush()
    this.socket.destroySoon()
  }

  resume(): void {
    if (this.#left === undefined) this.socket.resume()
  }

  tunnel(head: ResponseHead, upstream: TunnelEnd, first: Buffer): void {
    this.#answer.switching(head, first)
    tunnelThrough(this.leaveHttp(), upstream, this.#left)
  }

  /** Hands the socket over: this connection listens to it no more. */
  leaveHttp(): Socket {
    this.#tunnelled = true
    this.#exchange = undefined
    this.#side.deadlines.remove(this)
    this.socket.removeAllListeners('data').removeAllListeners('drain')
    return this.socket
  }

  /** The answer is written: the next request, or the end. */
  #answered(): void {
    this.#answer.flush()
    this.#exchange = undefined
    this.#answering = false
    if (this.#closing || (this.#requestOpen && this.#hasBody)) {
      this.#hangUp()
      return
    }
    this.#await(idleTimeoutMs)
    const rest = this.#left
    this.#left = undefined
    if (this.socket.isPaused()) this.socket.resume()
    if (rest) this.read(rest)
  }

  #hangUp(): void {
    this.#closing = true
    this.#left = undefined
    this.#reader.stop()
    this.socket.end()
    this.socket.resume()
    this.#await(lingerMs)
  }

  #refuse(error: unknown): void {
    if (!(error instanceof MalformedMessage)) throw error
    const began = this.#answerBegan && this.#answering
    this.#exchange?.gone()
    this.#exchange = undefined
    this.#reader.stop()
    if (began) return void this.socket.destroy()
    this.#closing = true
    const { status, message, bare } = error
    const method = this.#answering ? (this.#request?.method ?? '') : ''
    this.#answer.reply(malformedReply(status, message, bare), { method, grpc: false, close: true })
    this.#answered()
  }

  #await(ms: number): void {
    this.#side.deadlines.set(this, ms)
  }

  /** Too slow with its head, too long idle, or lingering after the last answer. */
  expire(): void {
    if (this.#answering) return
    if (this.#closing || this.#reader.idle) return void this.socket.destroy()
    this.#closing = true
    this.reply(localReplies.headerTimeout)
  }

  #gone(): void {
    if (this.#tunnelled) return
    this.#side.deadlines.remove(this)
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#left = undefined
    exchange?.gone()
    this.socket.destroySoon()
  }
}

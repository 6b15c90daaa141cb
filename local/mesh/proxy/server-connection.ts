// One accepted connection: reads requests one after the other, gives each to an exchange, writes the answers in order.
import type { Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import { type Framing, framings, namesOption, requestFraming } from '../codec/framing.ts'
import { type HeaderList, parseRequestHead, type RequestHead, type ResponseHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import { Outbox } from '../codec/outbox.ts'
import { MessageReader, type MessageSink } from '../codec/reader.ts'
import type { Identity } from '../identity.ts'
import type { Client, Exchange, Incoming, TunnelEnd } from './client.ts'
import type { Deadline, Deadlines } from './deadlines.ts'
import type { HttpDate } from './http-date.ts'
import { beginsHttp2 } from './http2/preface.ts'
import { isGrpc, type LocalReply, localReplies, localReplyText, malformedReply } from './local-reply.ts'
import { parseAbsoluteTarget } from './path.ts'
import { clientReadsChunks, finishHeaders, responseText } from './response-headers.ts'
import { join, pour } from './tunnel.ts'

export interface ServerSide {
  readonly clock: Clock
  readonly date: HttpDate
  readonly deadlines: Deadlines
  /** The name the answers carry. */
  readonly server: string
  /** True while closing: every answer ends its connection. */
  readonly draining: () => boolean
  /** The path as rules and backends see it. Throws `MalformedMessage`. */
  normalize(target: string): string
  /** Undefined when the request was answered at once. */
  begin(incoming: Incoming): Exchange | undefined
  /** Takes over a socket after CONNECT; `first` was read behind the head. Absent: CONNECT is refused with 400. */
  connect?(request: Captured, socket: Socket, first: Buffer): void
  /** Says who calls, or the bytes to answer before hanging up. Absent: anybody may, and nobody is known. */
  authenticate?(head: RequestHead): Identity | string
}

/** Behind a CONNECT: who asked and whom it named. */
export interface Captured {
  caller: Identity
  authority: string
}

const headerTimeoutMs = 30_000
const idleTimeoutMs = 3_600_000
/** How long a closed connection's unread bytes are swallowed, so that a reset does not eat the answer. */
const lingerMs = 1_000

/** A connection as its listener sees it, whatever is spoken on it. */
export interface Connection {
  readonly socket: Socket
  /** Ends the connection: now when nothing is under way, else after the present answers. */
  closeGently(): void
  read(data: Buffer): void
}

/** How the connection came about, and what becomes of it when HTTP/2 is spoken there. */
export interface Beginning {
  captured?: Captured | undefined
  /** Takes the socket over; `first` was read from it. Absent: only HTTP/1.1 is understood. */
  http2?(first: Buffer): void
}

export class ServerConnection implements Connection, Client, MessageSink<RequestHead>, Deadline {
  dueAt = Number.POSITIVE_INFINITY
  readonly socket: Socket
  readonly #side: ServerSide
  readonly #captured: Captured | undefined
  readonly #http2: Beginning['http2']
  /** The first bytes, until they tell which HTTP is spoken. */
  #first: Buffer | undefined
  readonly #out: Outbox
  readonly #reader: MessageReader<RequestHead>
  readonly #peer: string
  #exchange: Exchange | undefined
  #request: RequestHead | undefined
  #requestOpen = false
  #hasBody = false
  #answering = false
  #answerBegan = false
  #chunked = false
  #closing = false
  #left: Buffer | undefined
  #tunnelled = false
  /** Who sent the CONNECT that is being answered. */
  #caller: Identity | undefined

  constructor(socket: Socket, side: ServerSide, { captured, http2 }: Beginning = {}) {
    this.socket = socket
    this.#side = side
    this.#captured = captured
    this.#http2 = http2
    if (http2) this.#first = nothing
    this.#out = new Outbox(socket)
    this.#reader = new MessageReader(parseRequestHead, this)
    this.#peer = plainAddress(socket.remoteAddress)
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
    if (this.#first) this.#begins(data)
    else this.#read(data)
  }

  /** HTTP/1.1 is known by its first byte, most of the time. */
  #begins(data: Buffer): void {
    const first = this.#first && this.#first.length > 0 ? Buffer.concat([this.#first, data]) : data
    const http2 = beginsHttp2(first)
    this.#first = http2 === undefined ? first : undefined
    if (http2 === undefined) {
      this.#await(headerTimeoutMs)
    } else if (http2) {
      this.leaveHttp()
      this.#http2?.(first)
    } else this.#read(first)
  }

  #read(data: Buffer): void {
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
          this.#handOver(data.subarray(at))
          return
        }
      }
      this.#exchange?.flush()
      this.#out.flush()
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
    const caller = this.#authenticate(head)
    if (caller === refused) return framing
    if (head.method === 'CONNECT') return this.#connect(caller)
    this.#exchange = this.#begin(head, framing, caller)
    return framing
  }

  #begin(head: RequestHead, framing: Framing, caller: Identity | undefined): Exchange | undefined {
    const absolute = parseAbsoluteTarget(head.target)
    const host = absolute?.authority ?? head.host ?? this.#captured?.authority ?? ''
    const asterisk = head.target === '*' && head.method === 'OPTIONS'
    const target = asterisk || host === '' ? head.target : this.#side.normalize(absolute?.target ?? head.target)
    const tunnel = this.#captured?.authority
    return this.#side.begin({ head, target, host, framing, client: this, peer: this.#peer, caller, tunnel })
  }

  #authenticate(head: RequestHead): Identity | undefined | typeof refused {
    if (this.#captured) return this.#captured.caller
    const found = this.#side.authenticate?.(head)
    if (typeof found !== 'string') return found
    this.#closing = true
    this.#out.text(found)
    this.#answered()
    return refused
  }

  #connect(caller: Identity | undefined): Framing {
    if (!this.#side.connect || !caller) throw new MalformedMessage('connect')
    this.#caller = caller
    return framings.tunnel
  }

  #handOver(first: Buffer): void {
    const caller = this.#caller
    const authority = this.#request?.target ?? ''
    if (caller) this.#side.connect?.({ caller, authority }, this.leaveHttp(), first)
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
    finishHeaders(head, this.#side.date(), this.#side.server)
    if (this.#closing || this.#side.draining()) {
      this.#closing = true
      head.headers.push('connection', 'close')
    }
    this.#answerBegan = true
    const heading = this.#request?.method === 'HEAD'
    const unframed = clientReadsChunks(head)
    // Only HTTP/2 says so early that nothing follows.
    const empty = unframed && framing === 0 && !heading
    if (empty) head.headers.push('content-length', '0')
    else if (unframed) head.headers.push('transfer-encoding', 'chunked')
    this.#chunked = unframed && !empty && !heading
    this.#out.text(responseText(head.status, head.headers))
  }

  interim(head: ResponseHead): void {
    this.#out.text(responseText(head.status, head.headers))
    this.#out.flush()
  }

  body(data: Buffer): void {
    if (this.#chunked) this.#out.chunk(data)
    else this.#out.bytes(data)
  }

  end(trailers: HeaderList): void {
    if (this.#chunked) this.#out.lastChunk(trailers)
    this.#answered()
  }

  flush(): boolean {
    return this.#out.flush()
  }

  reply(reply: LocalReply): void {
    // What was not read of the request would be taken for the next one.
    if (this.#requestOpen && this.#hasBody) this.#closing = true
    if (reply.status === 400 || this.#side.draining()) this.#closing = true
    this.#out.text(
      localReplyText(reply, {
        method: this.#request?.method ?? '',
        grpc: isGrpc(this.#request?.contentType ?? ''),
        date: this.#side.date(),
        server: this.#side.server,
        close: this.#closing,
      }),
    )
    this.#answered()
  }

  cut(): void {
    this.#exchange = undefined
    this.#out.flush()
    this.socket.destroySoon()
  }

  resume(): void {
    if (this.#left === undefined) this.socket.resume()
  }

  tunnel(head: ResponseHead, upstream: TunnelEnd, first: Buffer): void {
    this.#out.text(responseText(head.status, head.headers))
    if (first.length > 0) this.#out.bytes(first)
    this.#out.flush()
    const client = this.leaveHttp()
    const far = upstream.leaveHttp(data => pour(data, far, client))
    if (this.#left) far.write(this.#left)
    client.on('data', (data: Buffer) => pour(data, client, far))
    join(client, far)
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
    this.#out.flush()
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
    const { server, date } = this.#side
    const context = { method, grpc: false, date: date(), server, close: true }
    this.#out.text(localReplyText(malformedReply(status, message, bare), context))
    this.#answered()
  }

  #await(ms: number): void {
    this.dueAt = this.#side.clock.now() + ms
    this.#side.deadlines.add(this)
  }

  /** Too slow with its head, too long idle, or lingering after the last answer. */
  expire(): void {
    if (this.#answering) return
    const idle = this.#reader.idle && !this.#first?.length
    if (this.#closing || idle) return void this.socket.destroy()
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

const refused: unique symbol = Symbol('refused')

const nothing = Buffer.alloc(0)

/** `127.0.0.1` where the socket says `::ffff:127.0.0.1`. */
export function plainAddress(address: string | undefined): string {
  return address?.replace('::ffff:', '') ?? '127.0.0.1'
}

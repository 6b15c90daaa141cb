// The two ends of an exchange: whoever asked (a socket, a sender in memory, a hop before) and whatever answers it.
import type { Socket } from 'node:net'
import type { Identity } from '../../seams/identity.ts'
import type { Framing } from '../codec/framing.ts'
import type { HeaderList, RequestHead, ResponseHead } from '../codec/head.ts'
import type { AttemptFailure } from './failure.ts'
import type { LocalReply } from './local-reply.ts'
import type { HopSpan } from './tracing.ts'

/** A connection that can leave HTTP: its socket, and who takes what it brings from then on. */
export interface TunnelEnd {
  leaveHttp(onData: (data: Buffer) => void): Socket
  destroy(): void
}

/** Takes one answer. Nothing leaves before `flush`, so that what one turn brings leaves in one write. */
export interface AnswerSink {
  /** The answer begins. The head is the receiver's to change. */
  head(head: ResponseHead, framing: Framing): void
  /** A 1xx answer before the answer. */
  interim(head: ResponseHead): void
  body(data: Buffer): void
  end(trailers: HeaderList): void
  /** False: no more until `Exchange.drained` is called. */
  flush(): boolean
  /** The answer broke off after it began: the connection is cut so that nobody takes it for whole. */
  cut(): void
  /** Go on reading the request's body. */
  resume(): void
  /** 101: from here on both sockets carry bytes that are not ours. `first` was read already. */
  tunnel(head: ResponseHead, upstream: TunnelEnd, first: Buffer): void
}

/** Whoever asked. */
export interface Client extends AnswerSink {
  /** The whole answer, in the proxy's own name. Only before `head`. */
  reply(reply: LocalReply): void
}

/** Whoever tries an endpoint: a failure is not an answer yet, another endpoint may be tried. */
export interface AttemptClient extends AnswerSink {
  /** No answer came. Only before `head`; nothing follows. */
  failed(failure: AttemptFailure): void
}

/** Takes the body of one request and sees to its answer. */
export interface Exchange {
  /** False: no more until the client is told to resume. */
  body(data: Buffer): boolean
  end(trailers: HeaderList): void
  /** Everything read in this turn has been given. */
  flush(): void
  /** The client takes more again. */
  drained(): void
  /** The client is gone: whatever runs for it is given up. Nothing is told to it from here on. */
  gone(): void
}

/** One request at a door, before anything is decided about it. */
export interface Incoming {
  head: RequestHead
  /** Normalised path and query, or `*`. */
  target: string
  /** As the client named it, port included; empty when it named none. */
  host: string
  framing: Framing
  client: Client
  /** True when the client speaks HTTP/2. */
  http2?: true
  /** The client's address. */
  peer: string
  /** Undefined for callers from outside. */
  caller: Identity | undefined
  /** What a CONNECT named, when the request came behind one: where its caller wanted to go. */
  tunnel?: string | undefined
  /** The caller itself sends again when no answer comes, and nobody waits for it: see `RevisionTarget.background`. */
  repeats?: boolean
  /** Of the hop before, where that one is in memory too and is traced. */
  span?: HopSpan | undefined
}

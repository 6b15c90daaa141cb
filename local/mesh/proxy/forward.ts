// One request on its way to an instance: waits for a place, sends, tries again where that is safe, streams the answer.

import { messageOf } from '../../kernel/errors.ts'
import { type Framing, framings, keepsAlive, responseFraming } from '../codec/framing.ts'
import { type HeaderList, headerOf, type ResponseHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import type { Destination } from '../compile/host-table.ts'
import { isPending, type Lease, type PendingLease, type RevisionTarget } from '../upstreams.ts'
import type { Exchange, Incoming } from './client.ts'
import type { Deadline } from './deadlines.ts'
import { isRefusal, socketReason } from './failure.ts'
import { HeldBody } from './held-body.ts'
import { connectionFailure, connectionTermination, type LocalReply, localReplies } from './local-reply.ts'
import { isUpgrade, type OnwardHop, requestText } from './request-headers.ts'
import { requestId } from './request-id.ts'
import { plainResponse } from './response-headers.ts'
import type { Address, UpstreamConnection, UpstreamUser } from './upstream-connection.ts'
import type { Wire } from './wire.ts'

/** Where a request goes: to a revision, or past everything to the address its caller named. */
export type Onward = { kind: 'revision'; destination: Destination } | { kind: 'address'; address: Address }

export interface ForwardOptions {
  onward: Onward
  /** Instances asked before the request fails: a request goes to another one only when that is safe. */
  mostTries: number
  /** The caller itself sends again when no answer comes, so a stale connection never fails a request. */
  callerRepeats: boolean
}

/** Repeating these does no harm (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export class Forward implements Exchange, UpstreamUser, Deadline {
  dueAt = Number.POSITIVE_INFINITY
  readonly #wire: Wire
  readonly #incoming: Incoming
  readonly #options: ForwardOptions
  readonly #held = new HeldBody()
  readonly #requestId: string
  readonly #startedAt: number
  #pending: PendingLease | undefined
  #lease: Lease | undefined
  #connection: UpstreamConnection | undefined
  #sentAt = 0
  #tries = 1
  /** Something of the request has left on a connection of the present lease. */
  #sent = false
  #requestEnded: boolean
  #trailers: HeaderList = []
  #answer: ResponseHead | undefined
  #answerFraming: Framing = 0
  #over = false

  constructor(wire: Wire, incoming: Incoming, options: ForwardOptions) {
    this.#wire = wire
    this.#incoming = incoming
    this.#options = options
    this.#requestId = requestId(wire.random)
    this.#startedAt = wire.clock.now()
    this.#requestEnded = incoming.framing === 0
  }

  start(): this {
    const { onward } = this.#options
    if (onward.kind === 'revision') this.#takeLease(onward.destination.target)
    else this.#connect(false)
    return this
  }

  // The request's side.

  body(data: Buffer): boolean {
    const connection = this.#connection
    if (this.#over) return true
    if (!connection?.connected) {
      this.#held.hold(data)
      return !this.#held.full
    }
    if (this.#mayRepeat()) this.#held.holdForReplay(data)
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

  gone(): void {
    if (this.#over) return
    this.#pending?.cancel()
    this.#connection?.destroy()
    this.#finish('DC', 'downstream_remote_disconnect')
  }

  // A place at an instance.

  #takeLease(target: RevisionTarget): void {
    try {
      const background = this.#options.callerRepeats
      const lease = this.#wire.upstreams.lease(background ? { ...target, background } : target)
      if (!isPending(lease)) {
        this.#granted(lease)
        return
      }
      this.#pending = lease
      lease.granted.then(
        granted => this.#granted(granted),
        error => this.#refused(error),
      )
    } catch (error) {
      this.#refused(error)
    }
  }

  #granted(lease: Lease): void {
    this.#pending = undefined
    // Given up meanwhile: cancelling has given the place back.
    if (this.#over) return
    this.#lease = lease
    if (lease.endpoint.protocol === 'h2c') {
      this.#wire.log('warn', 'an instance listens for h2c, which the mesh does not speak yet', { ...lease.endpoint })
      this.#fail(localReplies.unsupportedProtocol)
      return
    }
    const { timeoutMs, responseStartTimeoutMs, idleTimeoutMs } = lease.limits
    this.#limit(earliest(earliest(timeoutMs, responseStartTimeoutMs), idleTimeoutMs))
    this.#connect(false)
  }

  #refused(error: unknown): void {
    this.#pending = undefined
    if (this.#over) return
    if (!isRefusal(error)) {
      this.#wire.log('error', `no place at an instance: ${messageOf(error)}`)
      this.#fail(localReplies.noHealthyUpstream)
      return
    }
    this.#answerPlainly(plainResponse(error.status, error.body, error.headers), error.body, '-', 'via_upstream')
  }

  // The way to it.

  #connect(fresh: boolean): void {
    const address = this.#address()
    const connection = (fresh ? undefined : this.#wire.pool.take(address)) ?? this.#wire.pool.open(address)
    this.#connection = connection
    connection.user = this
    if (connection.connected) this.#send(connection)
  }

  #address(): Address {
    const { onward } = this.#options
    if (onward.kind === 'address') return onward.address
    return this.#lease?.endpoint ?? { host: '127.0.0.1', port: 0 }
  }

  onConnected(): void {
    if (!this.#connection) return
    this.#send(this.#connection)
    this.#connection.out.flush()
    this.#incoming.client.resume()
  }

  #send(connection: UpstreamConnection): void {
    this.#sent = true
    this.#sentAt = this.#wire.clock.now()
    connection.out.text(requestText(this.#incoming, this.#hop()))
    for (const part of this.#held.parts) this.#sendPiece(connection, part)
    if (!this.#mayRepeat() || this.#held.full) this.#held.drop()
    if (this.#requestEnded && this.#incoming.framing !== 0) this.#sendEnd(connection)
    // Without a body nothing else comes in this turn.
    if (this.#requestEnded) connection.out.flush()
  }

  #hop(): OnwardHop {
    const { onward } = this.#options
    if (onward.kind === 'address') return { kind: 'passthrough', requestId: this.#requestId }
    return {
      kind: 'gateway',
      requestId: this.#requestId,
      destination: onward.destination,
      viaActivator: this.#lease?.viaActivator ?? false,
    }
  }

  #sendPiece(connection: UpstreamConnection, data: Buffer): void {
    if (this.#incoming.framing === framings.chunked) connection.out.chunk(data)
    else connection.out.bytes(data)
  }

  #sendEnd(connection: UpstreamConnection): void {
    if (this.#incoming.framing === framings.chunked) connection.out.lastChunk(this.#trailers)
  }

  onDrained(): void {
    this.#incoming.client.resume()
  }

  // The answer.

  onHead(head: ResponseHead): Framing {
    const framing = responseFraming(head, this.#incoming.head.method)
    if (framing === framings.interim) {
      this.#incoming.client.interim(head)
      return framing
    }
    if (framing === framings.tunnel && !isUpgrade(this.#incoming)) throw new MalformedMessage('unasked_upgrade')
    this.#answer = head
    this.#answerFraming = framing
    this.#held.drop()
    this.#limit(this.#lease?.limits.idleTimeoutMs ?? 0)
    if (framing !== framings.tunnel) this.#incoming.client.head(head, framing, this.#wire.clock.now() - this.#sentAt)
    return framing
  }

  onBody(data: Buffer): void {
    if (this.dueAt !== Number.POSITIVE_INFINITY) this.#limit(this.#lease?.limits.idleTimeoutMs ?? 0)
    this.#incoming.client.body(data)
  }

  onEnd(trailers: HeaderList): void {
    const connection = this.#connection
    const head = this.#answer
    this.#connection = undefined
    if (connection && head) {
      const reusable = this.#requestEnded && this.#answerFraming !== framings.untilClose && keepsAlive(head)
      if (reusable) this.#wire.pool.give(connection, headerOf(head.headers, 'keep-alive'))
      else connection.destroy()
    }
    this.#finish('-', 'via_upstream')
    this.#incoming.client.end(trailers)
  }

  onTurnEnd(): void {
    if (!this.#incoming.client.flush() && !this.#over) this.#connection?.socket.pause()
  }

  onTunnel(first: Buffer): void {
    const connection = this.#connection
    if (!connection || !this.#answer) return
    this.#connection = undefined
    connection.socket.once('close', () => this.#finish('-', 'via_upstream'))
    this.#limit(0)
    this.#incoming.client.tunnel(this.#answer, connection, first)
  }

  // When it goes wrong.

  onLost(error: Error | undefined): void {
    const reused = (this.#connection?.uses ?? 0) > 0
    const connected = this.#connection?.connected ?? false
    this.#connection = undefined
    if (this.#over) return
    if (this.#answer) {
      this.#breakOff('UC', 'upstream_reset_after_response_started{connection_termination}')
      return
    }
    if (error instanceof MalformedMessage) {
      this.#fail(localReplies.protocolError)
      return
    }
    if (reused && this.#repeatable(this.#requestBodyless() || this.#options.callerRepeats)) {
      this.#connect(true)
      return
    }
    this.#lease?.fail()
    this.#lease = undefined
    const { onward, mostTries } = this.#options
    if (onward.kind === 'revision' && this.#tries < mostTries && (!connected || this.#repeatable(false))) {
      this.#tries++
      this.#sent = false
      this.#limit(0)
      this.#takeLease(onward.destination.target)
      return
    }
    const retried = this.#tries > 1
    this.#fail(connected ? connectionTermination(retried) : connectionFailure(socketReason(error), retried))
  }

  /** The limits of Knative's queue-proxy: before the first byte 504, between bytes the stream is cut. */
  expire(): void {
    this.#connection?.destroy()
    this.#connection = undefined
    if (this.#answer) {
      this.#breakOff('UT', 'response_timeout')
      return
    }
    const body = 'request timeout'
    this.#answerPlainly(plainResponse(504, body), body, 'UT', 'response_timeout')
  }

  #limit(ms: number): void {
    if (ms > 0) {
      this.dueAt = this.#wire.clock.now() + ms
      this.#wire.deadlines.add(this)
    } else if (this.dueAt !== Number.POSITIVE_INFINITY) {
      this.dueAt = Number.POSITIVE_INFINITY
      this.#wire.deadlines.remove(this)
    }
  }

  #mayRepeat(): boolean {
    return idempotent.has(this.#incoming.head.method) || this.#options.callerRepeats
  }

  #requestBodyless(): boolean {
    return this.#incoming.framing === 0
  }

  /** True when sending once more does no harm and everything to send is still here. */
  #repeatable(harmless: boolean): boolean {
    return (harmless || !this.#sent || idempotent.has(this.#incoming.head.method)) && this.#held.whole
  }

  #answerPlainly(head: ResponseHead, body: string, flags: string, details: string): void {
    this.#answer = head
    this.#finish(flags, details)
    const { client } = this.#incoming
    client.head(head, head.contentLength, this.#wire.clock.now() - this.#startedAt)
    if (body !== '' && this.#incoming.head.method !== 'HEAD') client.body(Buffer.from(body))
    client.end([])
    client.flush()
  }

  #fail(reply: LocalReply): void {
    this.#connection?.destroy()
    this.#finish(reply.flags, reply.details, reply.status)
    this.#incoming.client.reply(reply)
  }

  #breakOff(flags: string, details: string): void {
    this.#finish(flags, details)
    this.#incoming.client.cut()
  }

  /** Gives the place back and tells of the request, once. */
  #finish(flags: string, details: string, status = this.#answer?.status ?? 0): void {
    if (this.#over) return
    this.#over = true
    this.#limit(0)
    this.#lease?.release()
    this.#lease = undefined
    this.#wire.onRequest?.(this.#record(flags, details, status))
  }

  #record(flags: string, details: string, status: number) {
    const { head, host, target, caller } = this.#incoming
    const { onward } = this.#options
    return {
      startedAt: this.#startedAt,
      durationMs: this.#wire.clock.now() - this.#startedAt,
      method: head.method,
      host,
      target,
      status,
      flags,
      details,
      revision: onward.kind === 'revision' ? onward.destination.target : undefined,
      caller,
      requestId: this.#requestId,
      attempts: this.#tries,
    }
  }
}

/** The smaller of two limits where 0 is none. */
function earliest(a: number, b: number): number {
  if (a === 0) return b
  return b === 0 ? a : Math.min(a, b)
}

// One try at a revision: waits for a place at an instance, and goes to another one when that dies and it is safe.

import type { Timer } from '../../../kernel/clock.ts'
import { messageOf } from '../../../kernel/errors.ts'
import { isPending, type Lease, type PendingLease, Refusal, type RevisionTarget } from '../../../seams/upstreams.ts'
import type { HeaderList } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import type { RevisionEndpoint } from '../../table/cluster.ts'
import type { AttemptClient, Exchange } from '../client.ts'
import type { Deadline } from '../deadlines.ts'
import type { Hop } from '../hop.ts'
import { functionRequestList } from '../http2/request-list.ts'
import { shorter } from '../router/forward-request.ts'
import { failureOf } from './address-attempt.ts'
import { InstanceTries, isIdempotent } from './instance-tries.ts'
import { answerPlainly } from './plain-answer.ts'
import { functionRequestText } from './request-text.ts'
import { targetOf } from './revision-target.ts'
import { addressText, StreamReset } from './upstream-channel.ts'
import { type StreamOwner, UpstreamStream } from './upstream-stream.ts'

/** As Go's client, which the activator and the queue-proxy ask with, gives up (golang.org/x/net/http2/transport.go). */
const mostRefusals = 6

export class RevisionAttempt implements Exchange, StreamOwner, Deadline {
  readonly client: AttemptClient
  readonly target: RevisionTarget
  dueAt = Number.POSITIVE_INFINITY
  readonly #hop: Hop
  readonly #stream: UpstreamStream
  readonly #instances: InstanceTries
  #pending: PendingLease | undefined
  #lease: Lease | undefined
  /** Until the next instance is asked. */
  #pause: Timer | undefined
  #queuedAt = 0
  #refusals = 0
  #answering = false
  #over = false

  constructor(hop: Hop, client: AttemptClient, endpoint: RevisionEndpoint) {
    this.#hop = hop
    this.client = client
    this.#stream = new UpstreamStream(hop.wire, hop.incoming, this)
    this.#instances = new InstanceTries(hop.wire.clock)
    this.target = targetOf(hop, endpoint)
    hop.revision = this.target
  }

  start(): this {
    this.#instances.begin()
    this.#takeLease()
    return this
  }

  body(data: Buffer): boolean {
    return this.#over || this.#stream.body(data)
  }

  end(trailers: HeaderList): void {
    this.#stream.end(trailers)
  }

  flush(): void {
    this.#stream.flush()
  }

  drained(): void {
    this.#stream.drained()
  }

  gone(): void {
    if (this.#over) return
    this.#pending?.cancel()
    this.#pause?.cancel()
    this.#stream.abandon()
    this.#finish()
  }

  // A place at an instance.

  #takeLease(): void {
    this.#instances.count++
    if (this.#instances.count > 1) this.#hop.attempts++
    try {
      const lease = this.#hop.wire.upstreams.lease(this.target)
      if (!isPending(lease)) {
        this.#granted(lease)
        return
      }
      this.#pending = lease
      this.#queuedAt = this.#hop.wire.clock.now()
      this.#hop.span?.queued()
      lease.granted.then(
        granted => this.#granted(granted),
        error => this.#refused(error),
      )
    } catch (error) {
      this.#refused(error)
    }
  }

  #granted(lease: Lease): void {
    if (this.#pending) this.#hop.waitedMs += this.#hop.wire.clock.now() - this.#queuedAt
    this.#pending = undefined
    // Given up meanwhile: cancelling has given the place back.
    if (this.#over) return
    this.#lease = lease
    const { endpoint, limits } = lease
    this.#limit(
      shorter(shorter(this.#instances.left(limits.timeoutMs), limits.responseStartTimeoutMs), limits.idleTimeoutMs),
    )
    this.#hop.address = addressText(endpoint)
    this.#hop.instance = lease.instance ?? ''
    this.#hop.span?.placed(this.#hop.instance, this.#hop.headers)
    this.#stream.open(endpoint, false)
  }

  #refused(error: unknown): void {
    this.#pending = undefined
    if (this.#over) return
    const refusal = error instanceof Refusal ? error : undefined
    if (!refusal) this.#hop.wire.log('error', `no place at an instance: ${messageOf(error)}`)
    this.#answerPlainly(refusal?.status ?? 503, refusal?.body ?? 'no place at an instance', refusal?.headers)
  }

  // What the stream asks and tells.

  headText(): string {
    return functionRequestText(this.#hop, this.#lease?.viaActivator ?? false)
  }

  headList(): HeaderList {
    return functionRequestList(this.#hop, this.#lease?.viaActivator ?? false)
  }

  mayRepeat(): boolean {
    const { incoming } = this.#hop
    // In HTTP/2 any request may come back that was not looked at.
    const returns = this.#lease?.endpoint.protocol === 'h2c'
    return returns || isIdempotent(incoming.head.method) || incoming.repeats === true
  }

  // To the queue-proxy a connection that was handed over never answers: all three limits run on since the request came.
  answerBegins(tunnel: boolean): void {
    this.#answering = true
    if (!tunnel) this.#limit(this.#lease?.limits.idleTimeoutMs ?? 0)
  }

  answerGoesOn(): void {
    if (this.dueAt !== Number.POSITIVE_INFINITY) this.#limit(this.#lease?.limits.idleTimeoutMs ?? 0)
  }

  answered(): void {
    this.#finish()
  }

  lost(error: Error | undefined, at: { answering: boolean; connected: boolean; reused: boolean }): void {
    if (at.answering) {
      this.#finish()
      this.client.cut()
      return
    }
    if (!(error instanceof MalformedMessage) && this.#triesAgain(error, at)) return
    this.#finish()
    this.client.failed({ ...failureOf(error, at.connected), retried: this.#instances.count > 1 })
  }

  /** A kept connection may only have been closed for idling; else the instance is given back as failed. */
  #triesAgain(error: Error | undefined, { connected, reused }: { connected: boolean; reused: boolean }): boolean {
    const { incoming } = this.#hop
    // An instance that gives up one request may serve all others.
    if (error instanceof StreamReset) return error.refused && this.#returns()
    if (reused && this.#lease && this.#repeatable(incoming.framing === 0 || incoming.repeats === true)) {
      this.#stream.open(this.#lease.endpoint, true)
      return true
    }
    const timeoutMs = this.#lease?.limits.timeoutMs ?? 0
    this.#lease?.fail()
    this.#lease = undefined
    this.#limit(0)
    return !incoming.repeats && (!connected || this.#repeatable(false)) && this.#asksNext(timeoutMs)
  }

  /** Nobody looked at the request: the same instance may take it on another connection, or when less is under way. */
  #returns(): boolean {
    if (!this.#lease || !this.#stream.whole || ++this.#refusals > mostRefusals) return false
    this.#stream.open(this.#lease.endpoint, false)
    return true
  }

  #asksNext(timeoutMs: number): boolean {
    const pause = this.#instances.pause(timeoutMs)
    if (pause === undefined) return false
    if (pause === 0) this.#takeLease()
    else this.#pause = this.#hop.wire.clock.after(pause, () => this.#takeLease())
    return true
  }

  /** True when sending once more does no harm and everything to send is still here. */
  #repeatable(harmless: boolean): boolean {
    return (harmless || !this.#stream.sent || isIdempotent(this.#hop.incoming.head.method)) && this.#stream.whole
  }

  /** The limits of Knative's queue-proxy: before the first byte 504, between bytes the stream is cut. */
  expire(): void {
    this.#stream.abandon()
    this.#stream.cutTunnel()
    if (this.#answering) {
      this.#finish()
      this.client.cut()
    } else this.#answerPlainly(504, 'request timeout')
  }

  #answerPlainly(status: number, body: string, headers?: Readonly<Record<string, string>>): void {
    this.#finish()
    answerPlainly(this.client, this.#hop.incoming.head.method, status, body, headers)
  }

  #limit(ms: number): void {
    this.#hop.wire.deadlines.set(this, ms)
  }

  /** Gives the place back, once. */
  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#limit(0)
    this.#lease?.release()
    this.#lease = undefined
  }
}

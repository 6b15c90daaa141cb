// One try at a revision: waits for a place at an instance, and goes to another one when that dies and it is safe.
import { messageOf } from '../../kernel/errors.ts'
import { type HeaderList, headerOf } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import { isPending, type Lease, type PendingLease, type RevisionTarget } from '../upstreams.ts'
import { failureOf } from './address-attempt.ts'
import type { AttemptClient, Exchange } from './client.ts'
import type { Deadline } from './deadlines.ts'
import { isRefusal } from './failure.ts'
import { shorter } from './forward-request.ts'
import type { Hop } from './hop.ts'
import { answerPlainly } from './plain-answer.ts'
import { functionRequestText } from './request-text.ts'
import { addressText } from './upstream-connection.ts'
import { type StreamOwner, UpstreamStream } from './upstream-stream.ts'

/** Instances a request may ask when they die before they answer. */
const mostInstances = 3

/** Repeating these does no harm (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export class RevisionAttempt implements Exchange, StreamOwner, Deadline {
  readonly client: AttemptClient
  readonly target: RevisionTarget
  dueAt = Number.POSITIVE_INFINITY
  readonly #hop: Hop
  readonly #stream: UpstreamStream
  #pending: PendingLease | undefined
  #lease: Lease | undefined
  #instances = 0
  #answering = false
  #over = false

  constructor(hop: Hop, client: AttemptClient, namespace: string) {
    this.#hop = hop
    this.client = client
    this.#stream = new UpstreamStream(hop.wire, hop.incoming, this)
    this.target = targetOf(hop, namespace)
    hop.revision = this.target
  }

  start(): this {
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
    this.#stream.abandon()
    this.#finish()
  }

  // A place at an instance.

  #takeLease(): void {
    this.#instances++
    if (this.#instances > 1) this.#hop.attempts++
    try {
      const lease = this.#hop.wire.upstreams.lease(this.target)
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
    const { endpoint, limits } = lease
    if (endpoint.protocol === 'h2c') {
      this.#hop.wire.log('warn', 'an instance listens for h2c, which the mesh does not speak yet', { ...endpoint })
      this.#finish()
      this.client.failed({ kind: 'protocol-error' })
      return
    }
    this.#limit(shorter(shorter(limits.timeoutMs, limits.responseStartTimeoutMs), limits.idleTimeoutMs))
    this.#hop.address = addressText(endpoint)
    this.#stream.open(endpoint, false)
  }

  #refused(error: unknown): void {
    this.#pending = undefined
    if (this.#over) return
    const refusal = isRefusal(error) ? error : undefined
    if (!refusal) this.#hop.wire.log('error', `no place at an instance: ${messageOf(error)}`)
    this.#answerPlainly(refusal?.status ?? 503, refusal?.body ?? 'no place at an instance', refusal?.headers)
  }

  // What the stream asks and tells.

  headText(): string {
    return functionRequestText(this.#hop, this.#lease?.viaActivator ?? false)
  }

  mayRepeat(): boolean {
    const { incoming } = this.#hop
    return idempotent.has(incoming.head.method) || incoming.repeats === true
  }

  answerBegins(): void {
    this.#answering = true
    this.#limit(this.#lease?.limits.idleTimeoutMs ?? 0)
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
    if (!(error instanceof MalformedMessage) && this.#triesAgain(at)) return
    this.#finish()
    this.client.failed({ ...failureOf(error, at.connected), retried: this.#instances > 1 })
  }

  /** A kept connection may only have been closed for idling; else the instance is given back as failed. */
  #triesAgain({ connected, reused }: { connected: boolean; reused: boolean }): boolean {
    const { incoming } = this.#hop
    if (reused && this.#lease && this.#repeatable(incoming.framing === 0 || incoming.repeats === true)) {
      this.#stream.open(this.#lease.endpoint, true)
      return true
    }
    this.#lease?.fail()
    this.#lease = undefined
    const instances = incoming.repeats ? 1 : mostInstances
    if (this.#instances >= instances || (connected && !this.#repeatable(false))) return false
    this.#limit(0)
    this.#takeLease()
    return true
  }

  /** True when sending once more does no harm and everything to send is still here. */
  #repeatable(harmless: boolean): boolean {
    return (harmless || !this.#stream.sent || idempotent.has(this.#hop.incoming.head.method)) && this.#stream.whole
  }

  /** The limits of Knative's queue-proxy: before the first byte 504, between bytes the stream is cut. */
  expire(): void {
    this.#stream.abandon()
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
    const { clock, deadlines } = this.#hop.wire
    if (ms > 0) {
      this.dueAt = clock.now() + ms
      deadlines.add(this)
    } else if (this.dueAt !== Number.POSITIVE_INFINITY) {
      this.dueAt = Number.POSITIVE_INFINITY
      deadlines.remove(this)
    }
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

/**
 * The activator takes the revision from two headers; without both of them it is the first label of the host
 * (spec/knative-on-istio.md section 3, a5).
 */
function targetOf({ headers, host, incoming }: Hop, namespace: string): RevisionTarget {
  const revision = headerOf(headers, 'knative-serving-revision')
  const named = headerOf(headers, 'knative-serving-namespace')
  const target =
    revision && named ? { namespace: named, revision } : { namespace, revision: /^[^.:]*/.exec(host)?.[0] ?? '' }
  return incoming.repeats ? { ...target, background: true } : target
}

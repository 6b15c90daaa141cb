// The router: draws an endpoint, tries it, and tries others where the route's policy says so.
import type { Placement, Unplaced } from '../../cluster/balancer.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import type { Cluster, ClusterEndpoint } from '../../table/cluster.ts'
import type { ForwardAction } from '../../table/route.ts'
import { refuse } from '../answer.ts'
import type { Exchange } from '../client.ts'
import { type AttemptFailure, outcomeOf } from '../failure.ts'
import type { CorsGrant } from '../filters/cors.ts'
import { flag, type Hop } from '../hop.ts'
import { failureReply, isGrpc, type LocalReply, localReplies } from '../local-reply.ts'
import { report } from '../record.ts'
import { beginAttempt } from '../upstream/attempt.ts'
import { countTry, forwardRequest } from './forward-request.ts'
import { grpcTimeout, statusOfAnswer } from './grpc.ts'
import { HopAnswer, type Tries } from './hop-answer.ts'
import { type PlaceTaker, place } from './placing.ts'
import { isRetriable, retryPause, type TryResult } from './retry-policy.ts'
import { RoutedRequest } from './routed-request.ts'
import { TryTimer } from './try-timer.ts'

export interface Forwarding {
  hop: Hop
  action: ForwardAction
  cluster: Cluster
  /** What CORS adds to the answer. */
  grant: CorsGrant | undefined
}

export class Router implements Exchange, Tries, PlaceTaker {
  readonly #hop: Hop
  readonly #action: ForwardAction
  readonly #cluster: Cluster
  readonly #grant: CorsGrant | undefined
  readonly #answer: HopAnswer
  readonly #request: RoutedRequest
  readonly #retries: number
  readonly #timeoutMs: number
  readonly #isGrpc: boolean
  readonly #timer: TryTimer | undefined
  readonly #tried: ClusterEndpoint[] = []
  #attempt: Exchange | undefined
  #placement: Placement | undefined
  /** Gives up what is waited for between tries: a place, or the end of a pause. */
  #cancelWait: (() => void) | undefined
  #tries = 0
  /** 0 until the answer has begun. */
  #status = 0
  /** What the answer says of its endpoint. */
  #verdict = 0
  #over = false

  constructor({ hop, action, cluster, grant }: Forwarding) {
    this.#hop = hop
    this.#action = action
    this.#cluster = cluster
    this.#grant = grant
    this.#answer = new HopAnswer(hop, grant, this)
    this.#retries = action.retry?.retries ?? 0
    this.#isGrpc = isGrpc(hop.incoming.head.contentType)
    this.#timeoutMs = this.#isGrpc ? grpcTimeout(hop.headers, action.timeoutMs) : action.timeoutMs
    forwardRequest(hop, action, this.#timeoutMs)
    this.#request = new RoutedRequest(hop, action)
    if (this.#timeoutMs > 0 || this.#perTryMs > 0)
      this.#timer = new TryTimer(hop.wire, perTry => this.#timedOut(perTry))
  }

  start(): this {
    this.#hop.attempts = 1
    if (this.#request.ended) this.#requestIsWhole([])
    this.#place()
    return this
  }

  // The request's side.

  body(data: Buffer): boolean {
    return this.#over || this.#request.body(data, this.#attempt)
  }

  end(trailers: HeaderList): void {
    if (this.#request.ended || this.#over) return
    this.#requestIsWhole(trailers)
    this.#attempt?.end(trailers)
    if (this.#attempt && this.#status === 0) this.#timer?.beginTry(this.#perTryMs)
  }

  flush(): void {
    this.#attempt?.flush()
  }

  drained(): void {
    this.#attempt?.drained()
  }

  gone(): void {
    if (this.#over) return
    this.#cancelWait?.()
    this.#attempt?.gone()
    this.#placement?.done({ kind: 'cancelled' })
    this.#finish('DC', 'downstream_remote_disconnect')
  }

  /** From here the route's time runs. */
  #requestIsWhole(trailers: HeaderList): void {
    this.#timer?.begin(this.#timeoutMs)
    this.#request.end(trailers)
  }

  get #perTryMs(): number {
    return this.#action.retry?.perTryTimeoutMs ?? 0
  }

  // Tries.

  #place(): void {
    const cancel = place(this.#hop, this.#cluster, this.#tried, this)
    // What was told at once may wait again already.
    if (cancel) this.#cancelWait = cancel
  }

  placed(placement: Placement): void {
    this.#cancelWait = undefined
    if (this.#over) placement.done({ kind: 'cancelled' })
    else this.#try(placement)
  }

  unplaced(why: Unplaced): void {
    this.#refuse(why === 'overflow' ? localReplies.overflow : localReplies.noHealthyUpstream)
  }

  #try(placement: Placement): void {
    this.#placement = placement
    this.#tries++
    if (this.#tries > 1) countTry(this.#hop, this.#action, this.#tries, this.#timer?.leftMs ?? 0)
    if (this.#retries > 0) this.#tried.push(placement.endpoint)
    if (this.#request.ended) this.#timer?.beginTry(this.#perTryMs)
    const attempt = beginAttempt(this.#hop, this.#cluster, placement.endpoint, this.#answer)
    // Answered, or failed, at once.
    if (this.#over || this.#placement !== placement) return
    this.#attempt = attempt
    if (attempt && this.#hop.incoming.framing !== 0) this.#request.replay(attempt, this.#tries === 1)
  }

  /** True when another try follows. */
  #triesAgain(result: TryResult): boolean {
    const { retry } = this.#action
    if (!retry || this.#retries === 0 || !isRetriable(retry, result)) return false
    if (this.#tries > this.#retries) {
      flag(this.#hop, 'URX')
      return false
    }
    if (!this.#request.repeatable) return false
    this.#attempt = undefined
    this.#placement = undefined
    const { clock, random } = this.#hop.wire
    const pause = clock.after(retryPause(retry, this.#tries, random), () => {
      this.#cancelWait = undefined
      this.#place()
    })
    this.#cancelWait = () => pause.cancel()
    return true
  }

  #timedOut(perTry: boolean): void {
    const attempt = this.#attempt
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#attempt = undefined
    attempt?.gone()
    this.#placement?.done({ kind: 'timeout' })
    this.#placement = undefined
    if (this.#status > 0) {
      this.#finish('UT', 'response_timeout')
      this.#hop.incoming.client.cut()
    } else if (!perTry || !this.#triesAgain({ kind: 'per-try-timeout' })) {
      this.#refuse(perTry ? localReplies.perTryTimeout : localReplies.timeout)
    }
  }

  // What becomes of a try.

  failed(failure: AttemptFailure): void {
    this.#attempt = undefined
    this.#placement?.done(outcomeOf(failure))
    this.#placement = undefined
    this.#timer?.endTry()
    if (this.#triesAgain(failure)) return
    if (failure.retried) flag(this.#hop, 'URX')
    this.#refuse(failureReply(failure, this.#tries > 1))
  }

  takes(head: ResponseHead): boolean {
    const attempt = this.#attempt
    const placement = this.#placement
    this.#timer?.endTry()
    const verdict = this.#isGrpc ? statusOfAnswer(head.status, head.headers) : head.status
    if (this.#retries > 0 && this.#triesAgain({ kind: 'answer', status: head.status, headers: head.headers })) {
      attempt?.gone()
      placement?.done({ kind: 'status', status: verdict })
      return false
    }
    this.#status = head.status
    this.#verdict = verdict
    this.#request.drop()
    return true
  }

  serviceTime(): number | undefined {
    return this.#request.ended ? this.#hop.wire.clock.now() - this.#request.endedAt : undefined
  }

  cookie(): string | undefined {
    return this.#placement?.setCookie
  }

  answered(): void {
    this.#placement?.done({ kind: 'status', status: this.#verdict })
    this.#placement = undefined
    this.#finish('-', 'via_upstream')
  }

  brokeOff(): void {
    this.#placement?.done({ kind: 'reset' })
    this.#placement = undefined
    this.#finish('UC', 'upstream_reset_after_response_started{connection_termination}')
  }

  #refuse(reply: LocalReply): void {
    if (this.#over) return
    this.#end()
    refuse(this.#hop, reply, this.#grant)
  }

  #finish(flags: string, details: string): void {
    if (this.#over) return
    this.#end()
    report(this.#hop, this.#status, flags, details)
  }

  #end(): void {
    this.#over = true
    this.#timer?.stop()
  }
}

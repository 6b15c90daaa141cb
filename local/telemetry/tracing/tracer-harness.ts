// For tests: a tracer on a clock of its own, and requests as the mesh would tell of them.
import { seededRandom } from '../../kernel/random.ts'
import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { Span } from '../contract.ts'
import type { HopSpans, PodStart, TracedHop } from './hop-spans.ts'
import { TraceRing } from './trace-ring.ts'
import { Tracer, type TracingSettings } from './tracer.ts'

export class TracedWorld {
  now = 1_000
  readonly ended: Span[] = []
  readonly ring = new TraceRing()
  readonly pods = new Map<string, PodStart>()
  readonly tracer: Tracer
  #requests = 0

  constructor(settings: Partial<TracingSettings> = {}) {
    this.tracer = new Tracer({
      ...{ random: seededRandom(3), ring: this.ring, now: () => this.now },
      settings: () => ({ sampling: () => 100, format: undefined, ...settings }),
      pod: name => this.pods.get(name),
      serviceOf: (_namespace, revision) => revision.replace(/-\d+$/, ''),
      ended: span => void this.ended.push(span),
    })
  }

  /** Someone outside asks at the gateway; it makes a request id of its own. */
  atGateway(host: string, given: string[] = [], more: Partial<TracedHop['incoming']> = {}): Hop {
    const own = given.flatMap((name, index) =>
      index % 2 || name === 'x-request-id' ? [] : [name, given[index + 1] ?? ''],
    )
    return this.#begin('gateway', host, given, [...own, 'x-request-id', `r-${++this.#requests}`], more)
  }

  /** A pod calls, with headers that it forwards. */
  from(pod: string, host: string, headers: string[]): Hop {
    const labels = { 'service.istio.io/canonical-name': pod.replace(/-\d+.*$/, '') }
    const caller = { namespace: 'app', name: pod, labels }
    return this.#begin('outbound', host, headers, [...headers], { caller })
  }

  #begin(kind: 'gateway' | 'outbound', host: string, given: string[], headers: string[], more: object): Hop {
    const hop: TracedHop = {
      door: { kind, port: 80, scheme: 'http' },
      incoming: { head: { method: 'GET', headers: given }, caller: undefined, ...more },
      ...{ headers, startedAt: this.now, host, target: '/path?q=1' },
    }
    return new Hop(this, hop, this.tracer.begin(hop))
  }
}

/** One request at one proxy. */
export class Hop {
  readonly hop: TracedHop
  readonly spans: HopSpans | undefined
  readonly #world: TracedWorld

  constructor(world: TracedWorld, hop: TracedHop, spans: HopSpans | undefined) {
    this.#world = world
    this.hop = hop
    this.spans = spans
  }

  /** What the function gets: the trace and request headers among it. */
  get headers(): string[] {
    return this.hop.headers
  }

  placed(pod: string): this {
    this.spans?.placed(pod, this.hop.headers)
    return this
  }

  queued(): this {
    this.spans?.queued()
    return this
  }

  after(ms: number): this {
    this.#world.now += ms
    return this
  }

  end(pod = '', outcome: Partial<FinishedRequest> = {}): void {
    if (!this.spans) return
    const { host, target, headers, startedAt } = this.hop
    const revision = pod ? { namespace: 'app', revision: pod.replace(/-deployment.*/, '') } : undefined
    this.#world.tracer.finish(this.spans, {
      ...{ startedAt, durationMs: this.#world.now - startedAt, door: this.hop.door.kind, port: 80, method: 'GET' },
      ...{ host, target, status: 200, flags: '-', details: 'via_upstream', route: '', cluster: `outbound|80||${host}` },
      ...{ upstreamAddress: '', revision, caller: undefined, receivedBytes: 0, sentBytes: 0, headers, peer: '' },
      ...{ contentType: '', instance: pod, waitedMs: 0, span: this.spans },
      ...outcome,
    })
  }
}

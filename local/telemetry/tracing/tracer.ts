// Makes spans of hops: decides whose trace is kept, finds each one's parent, and writes contexts where the mesh traces.
import type { Random } from '../../kernel/random.ts'
import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { Span } from '../contract.ts'
import { headerOf, serviceOf } from '../request.ts'
import { denied, type Format, formatsIn, readContext, type TraceContext } from './context.ts'
import { HopSpans, type PodStart, type TracedHop } from './hop-spans.ts'
import { Sampler } from './sampling.ts'
import { eventIdTag, requestIdTag, type Trace, type TraceRing } from './trace-ring.ts'

/** What MeshConfig and Telemetry objects say of tracing. */
export interface TracingSettings {
  /** Of new requests, in percent, by the namespace of the workload that begins them. */
  sampling(namespace: string): number
  /** The format that a tracing provider of the mesh writes; undefined: none, headers stay as they are. */
  format: Format | undefined
}

export interface TracerOptions {
  random: Random
  ring: TraceRing
  settings(): TracingSettings
  /** Milliseconds since the epoch, with fractions. */
  now(): number
  pod(name: string): PodStart | undefined
  /** The Knative Service of a revision, or whatever else its pods are known by. */
  serviceOf(namespace: string, revision: string): string
  /** Each span when it is over. */
  ended(span: Span): void
}

const gateway = { service: 'istio-ingressgateway', namespace: 'istio-system' }

export class Tracer {
  readonly #options: TracerOptions
  readonly #sampler: Sampler

  constructor(options: TracerOptions) {
    this.#options = options
    this.#sampler = new Sampler(options.random)
  }

  /** A hop begins: its spans, or undefined when its trace is not kept. */
  begin(hop: TracedHop): HopSpans | undefined {
    const { incoming } = hop
    if (incoming.span instanceof HopSpans) return this.#below(hop, incoming.span.span)
    // From outside, a gateway takes no request id: there is no trace to find.
    if (hop.door.kind === 'gateway' && !incoming.repeats) return this.#root(hop, 'istio-system')
    return this.#within(hop)
  }

  /** The request of those spans is over. */
  finish(spans: HopSpans, request: FinishedRequest): void {
    const { status, flags, method, host, target, cluster, details, revision } = request
    const service = serviceOf(cluster)
    const attributes = {
      ...{ 'http.method': method, 'http.url': `http://${host}${target}`, 'http.status_code': status },
      ...{ response_flags: flags, request_size: request.receivedBytes, response_size: request.sentBytes },
      ...(cluster ? { upstream_cluster: cluster } : { response_code_details: details }),
      ...(request.upstreamAddress ? { 'upstream_cluster.address': request.upstreamAddress } : {}),
      ...(service && !revision ? { 'peer.service': service.host } : {}),
    }
    const failed = status >= 500 || status === 0
    spans.finish({ attributes, failed }, revision && this.#functionOf(revision, method, target))
  }

  /** A span of something that is no hop, such as a broker; it is over already when `end` is given. */
  add(span: Omit<Span, 'spanId'>): Span {
    const whole = { ...span, spanId: this.#newSpanId() }
    this.#open(whole)
    if (whole.end !== undefined) this.#options.ended(whole)
    return whole
  }

  /** A trace for what no hop begins, when one may be kept: its id. */
  beginTrace(at: number, namespace: string): string | undefined {
    const taken = this.#sampler.hasRoom(at) && this.#sampler.takes(this.#options.settings().sampling(namespace))
    return taken ? this.#newTraceId() : undefined
  }

  /** The trace that headers belong to, if it is kept. */
  traceOf(headers: readonly string[]): Trace | undefined {
    const context = readContext(headers)
    const known = context === undefined || context === denied ? undefined : this.#options.ring.find(context.traceId)
    if (known) return known
    const requestId = headerOf(headers, 'x-request-id')
    return requestId === undefined ? undefined : this.#options.ring.find(requestId)
  }

  /** A hop of the runtime's own, or of a workload: part of a trace that is kept, of one that is not, or the first. */
  #within(hop: TracedHop): HopSpans | undefined {
    const given = hop.incoming.head.headers
    const eventId = hop.incoming.repeats ? headerOf(given, 'ce-id') : undefined
    const trace = (eventId === undefined ? undefined : this.#options.ring.find(eventId)) ?? this.traceOf(given)
    if (trace) return this.#hop(hop, trace.id, this.#parentIn(trace, hop)?.spanId, contextOf(given))
    // A request id tells that a proxy has seen the chain before, and decided not to keep it.
    if (headerOf(given, 'x-request-id') !== undefined) return undefined
    return this.#root(hop, hop.incoming.caller?.namespace ?? '')
  }

  #root(hop: TracedHop, namespace: string): HopSpans | undefined {
    if (!this.#sampler.hasRoom(hop.startedAt)) return undefined
    const context = readContext(hop.incoming.head.headers)
    if (context === denied || context?.sampled === false) return undefined
    if (context?.sampled) this.#sampler.count()
    else if (!this.#sampler.takes(this.#options.settings().sampling(namespace))) return undefined
    return this.#hop(hop, context?.traceId ?? this.#newTraceId(), context?.spanId || undefined, context)
  }

  #below(hop: TracedHop, parent: Span): HopSpans {
    return this.#hop(hop, parent.traceId, parent.spanId, undefined)
  }

  /**
   * The span that made a call: the one its headers name, where proxies write contexts; the function that runs for this
   * trace in the caller's pod; for an event the broker that took it; else the trace's root.
   */
  #parentIn(trace: Trace, { incoming }: TracedHop): Span | undefined {
    const named = contextOf(incoming.head.headers)?.spanId
    const eventId = incoming.repeats ? headerOf(incoming.head.headers, 'ce-id') : undefined
    const pod = incoming.caller?.name
    return (
      (eventId !== undefined
        ? newest(trace, one => one.kind === 'producer' && one.attributes[eventIdTag] === eventId)
        : undefined) ??
      (named ? trace.spans.find(one => one.spanId === named) : undefined) ??
      newest(trace, one => one.kind === 'server' && one.attributes.pod === pod) ??
      trace.spans[0]
    )
  }

  #hop(hop: TracedHop, traceId: string, parentId: string | undefined, context: TraceContext | undefined): HopSpans {
    const { incoming, headers, door, host, target } = hop
    const who = door.kind === 'gateway' ? gateway : callerOf(incoming.caller)
    const requestId = headerOf(headers, 'x-request-id')
    const eventId = incoming.repeats ? headerOf(headers, 'ce-id') : undefined
    const span: Span = {
      ...{ traceId, spanId: this.#newSpanId(), ...(parentId ? { parentId } : {}), ...who },
      ...{ name: `${incoming.head.method} ${host}${withoutQuery(target)}`, kind: 'client', start: this.#options.now() },
      attributes: {
        ...(requestId === undefined ? {} : { [requestIdTag]: requestId }),
        ...(eventId === undefined ? {} : { [eventIdTag]: eventId }),
      },
    }
    const { now, pod } = this.#options
    const spans = new HopSpans({
      ...{ span, now, pod, formats: this.#formats(context, headers), newId: () => this.#newSpanId() },
      open: one => this.#open(one),
      close: one => this.#options.ended(one),
    })
    this.#open(span)
    spans.inject(headers, span)
    return spans
  }

  /** Without a tracing provider proxies leave headers alone; with one they write its format, and those that came. */
  #formats(context: TraceContext | undefined, headers: readonly string[]): readonly Format[] {
    const { format } = this.#options.settings()
    if (format === undefined) return []
    const given = context ? formatsIn(headers) : []
    return given.includes(format) ? given : [...given, format]
  }

  #functionOf({ namespace, revision }: { namespace: string; revision: string }, method: string, target: string) {
    const service = this.#options.serviceOf(namespace, revision)
    return { service, namespace, name: `${method} ${withoutQuery(target)}` }
  }

  #open(span: Span): void {
    this.#options.ring.add(span)
  }

  #newTraceId(): string {
    return this.#newSpanId() + this.#newSpanId()
  }

  #newSpanId(): string {
    return this.#hex() + this.#hex()
  }

  /** Never zero, which is no id. */
  #hex(): string {
    return (1 + Math.floor(this.#options.random.next() * 0xffff_fffe)).toString(16).padStart(8, '0')
  }
}

function contextOf(headers: readonly string[]): TraceContext | undefined {
  const context = readContext(headers)
  return context === denied ? undefined : context
}

function callerOf(caller: TracedHop['incoming']['caller']): Pick<Span, 'service' | 'namespace'> {
  if (!caller) return { service: 'unknown', namespace: '' }
  const { labels, name, namespace } = caller
  return { service: labels['service.istio.io/canonical-name'] ?? labels.app ?? name, namespace }
}

function newest(trace: Trace, fits: (span: Span) => boolean): Span | undefined {
  return trace.spans.findLast(fits)
}

function withoutQuery(target: string): string {
  return target.replace(/\?.*/s, '')
}

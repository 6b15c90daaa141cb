// The traces that are kept: the newest of them, found by their id and by the request ids in them.
import type { Span } from '../contract.ts'

export interface Trace {
  readonly id: string
  readonly spans: Span[]
  /** Request ids of its hops, and ids of its events. */
  readonly aliases: Set<string>
}

export interface RingLimits {
  traces: number
  /** Over all; and in one trace, beyond which further spans are not kept. */
  spans: number
  spansOfOne: number
}

const defaultRingLimits: RingLimits = { traces: 1_000, spans: 20_000, spansOfOne: 1_000 }

/** Attribute of a span that holds the request's id, as Envoy tags it. */
export const requestIdTag = 'guid:x-request-id'
/** Attribute of a broker's span: the event it took. */
export const eventIdTag = 'cloudevents.id'

export class TraceRing {
  readonly #limits: RingLimits
  readonly #traces = new Map<string, Trace>()
  readonly #byAlias = new Map<string, Trace>()
  #spans = 0

  constructor(limits = defaultRingLimits) {
    this.#limits = limits
  }

  /** By its id, or by the id of a request or an event in it. */
  find(id: string): Trace | undefined {
    return this.#traces.get(id) ?? this.#byAlias.get(id)
  }

  /** All of them, oldest first. */
  list(): Trace[] {
    return [...this.#traces.values()]
  }

  /** Adds a span to its trace, which begins with its first. False when that trace is full. */
  add(span: Span): boolean {
    const trace = this.#traces.get(span.traceId) ?? this.#begin(span.traceId)
    if (trace.spans.length >= this.#limits.spansOfOne) return false
    trace.spans.push(span)
    this.#spans++
    for (const tag of [requestIdTag, eventIdTag]) this.#name(trace, span.attributes[tag])
    this.#makeRoom(trace)
    return true
  }

  #begin(id: string): Trace {
    const trace: Trace = { id, spans: [], aliases: new Set() }
    this.#traces.set(id, trace)
    return trace
  }

  #name(trace: Trace, alias: string | number | undefined): void {
    if (typeof alias !== 'string') return
    trace.aliases.add(alias)
    this.#byAlias.set(alias, trace)
  }

  /** Lets the oldest go; the map is only walked when something has to. */
  #makeRoom(newest: Trace): void {
    if (!this.#isFull()) return
    for (const trace of this.#traces.values()) {
      if (trace !== newest) this.#drop(trace)
      if (!this.#isFull()) return
    }
  }

  #isFull(): boolean {
    return this.#traces.size > this.#limits.traces || this.#spans > this.#limits.spans
  }

  #drop(trace: Trace): void {
    this.#traces.delete(trace.id)
    this.#spans -= trace.spans.length
    for (const id of trace.aliases) if (this.#byAlias.get(id) === trace) this.#byAlias.delete(id)
  }
}

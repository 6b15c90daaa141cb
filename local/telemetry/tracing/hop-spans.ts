// The spans of one hop: the proxy's own, the wait for an instance below it, and the function's.
import type { Span } from '../contract.ts'
import { type Format, writeContext } from './context.ts'

/** The hop as the mesh shows it when it begins. */
export interface TracedHop {
  door: { kind: 'gateway' | 'outbound'; port: number; scheme: string }
  incoming: {
    head: { method: string; headers: readonly string[] }
    caller: { namespace: string; name: string; labels: Readonly<Record<string, string>> } | undefined
    repeats?: boolean
    span?: unknown
  }
  /** To be written into: as they leave this hop. */
  headers: string[]
  startedAt: number
  host: string
  target: string
}

/** How a pod came up that a request waited for. */
export interface PodStart {
  /** Milliseconds since the epoch. */
  startedAt: number
  readyAt: number | undefined
}

export interface HopSpansOptions {
  /** The proxy's span. */
  span: Span
  /** Contexts to write for whoever comes next; none leaves headers as they are. */
  formats: readonly Format[]
  now(): number
  newId(): string
  /** Takes a span into the trace, and takes it out when it is over. */
  open(span: Span): void
  close(span: Span): void
  pod(name: string): PodStart | undefined
}

const activator = { service: 'activator', namespace: 'knative-serving' }

export class HopSpans {
  readonly span: Span
  readonly #options: HopSpansOptions
  #queue: Span | undefined
  #function: Span | undefined

  constructor(options: HopSpansOptions) {
    this.#options = options
    this.span = options.span
  }

  queued(): void {
    this.#endTry()
    const what = { ...activator, name: 'queue', kind: 'internal' as const }
    this.#queue = this.#child(this.span, what)
  }

  placed(instance: string, headers: string[]): void {
    const queue = this.#queue
    this.#endTry()
    if (queue) this.#coldStart(queue, instance)
    const start = { service: instance, namespace: '', name: this.span.name, kind: 'server' as const }
    this.#function = this.#child(this.span, start, instance ? { pod: instance } : {})
    this.inject(headers, this.#function)
  }

  /** The hop is over; what is known of it by then goes into its spans. */
  finish(
    outcome: { attributes: Span['attributes']; failed: boolean },
    ran?: Pick<Span, 'service' | 'namespace' | 'name'>,
  ) {
    this.#endTry(ran, outcome.failed)
    Object.assign(this.span.attributes, outcome.attributes)
    if (outcome.failed) this.span.failed = true
    this.#end(this.span)
  }

  /** Writes the context of `span` into headers, for whoever gets them. */
  inject(headers: string[], { traceId, spanId, parentId }: Span): void {
    const { formats } = this.#options
    if (formats.length > 0) writeContext(headers, { traceId, spanId, sampled: true }, parentId, formats)
  }

  /** What the wait was for, when it was for a pod to start. */
  #coldStart(queue: Span, instance: string): void {
    const pod = this.#options.pod(instance)
    if (pod?.readyAt === undefined || pod.readyAt < queue.start) return
    queue.attributes.pod = instance
    const { service, namespace, start, end = start } = queue
    const from = Math.max(start, pod.startedAt)
    const ready = Math.min(Math.max(from, pod.readyAt), end)
    const piece = (name: string, start: number, end: number) =>
      this.#end(this.#child(queue, { service, namespace, name, kind: 'internal' }, { pod: instance }, start), end)
    piece('start', from, ready)
    piece('ready', ready, end)
  }

  #endTry(ran?: Pick<Span, 'service' | 'namespace' | 'name'>, failed = false): void {
    if (this.#queue) this.#end(this.#queue)
    this.#queue = undefined
    if (!this.#function) return
    Object.assign(this.#function, ran)
    if (failed) this.#function.failed = true
    this.#end(this.#function)
    this.#function = undefined
  }

  #child(
    { traceId, spanId }: Span,
    what: Pick<Span, 'service' | 'namespace' | 'name' | 'kind'>,
    attributes: Span['attributes'] = {},
    start = this.#options.now(),
  ): Span {
    const span: Span = { traceId, spanId: this.#options.newId(), parentId: spanId, ...what, start, attributes }
    this.#options.open(span)
    return span
  }

  #end(span: Span, end = this.#options.now()): void {
    span.end = end
    this.#options.close(span)
  }
}

// Traces as the control API answers them: the types a page or the command line may import.

export type SpanKind = 'server' | 'client' | 'internal' | 'producer' | 'consumer'

export interface Span {
  /** 32 and 16 hexadecimal digits. */
  traceId: string
  spanId: string
  /** Undefined for a root; it may lie outside of what is kept. */
  parentId?: string
  /** Who did it: `istio-ingressgateway`, `service-a`, `activator`, `broker`, `trigger`. */
  service: string
  namespace: string
  name: string
  kind: SpanKind
  /** Milliseconds since the epoch, with fractions. `end` is undefined while it goes on. */
  start: number
  end?: number
  failed?: boolean
  attributes: Record<string, string | number>
}

export interface TraceSummary {
  id: string
  /** What began it: `GET http://api.greeting.localhost/api/greeting`. */
  name: string
  start: number
  /** From the first span's start to the last one's end. */
  durationMs: number
  spans: number
  services: string[]
  failed: boolean
}

export interface TraceView extends TraceSummary {
  /** Parents before their children, in order of their start. */
  tree: TraceRow[]
  /** The trace's id and the request ids in it: what log lines name it by. */
  ids: string[]
}

export interface TraceRow extends Span {
  depth: number
}

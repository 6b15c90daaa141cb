// Spans as OTLP's JSON (opentelemetry-proto 1.x, trace/v1): ids in hexadecimal, times in nanoseconds as text.
import type { Span, SpanKind } from '../contract.ts'

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }
const statusError = 2

/** The body of one export: spans grouped by who made them. */
export function exportRequest(spans: readonly Span[]): unknown {
  const groups = Map.groupBy(spans, ({ service, namespace }) => `${service}\n${namespace}`)
  return { resourceSpans: Array.from(groups.values(), resourceSpans) }
}

function resourceSpans(spans: readonly Span[]): unknown {
  const [first] = spans
  const names = { 'service.name': first?.service ?? '', 'service.namespace': first?.namespace ?? '' }
  const scope = { name: 'skiff' }
  return { resource: { attributes: attributes(names) }, scopeSpans: [{ scope, spans: spans.map(spanMessage) }] }
}

function spanMessage({ traceId, spanId, parentId, name, kind, start, end = start, failed, ...rest }: Span): unknown {
  return {
    ...{ traceId, spanId, ...(parentId ? { parentSpanId: parentId } : {}), name, kind: kinds[kind] },
    ...{ startTimeUnixNano: nanoseconds(start), endTimeUnixNano: nanoseconds(end) },
    ...{ attributes: attributes(rest.attributes), status: failed ? { code: statusError } : {} },
  }
}

function attributes(given: Span['attributes']): unknown[] {
  return Object.entries(given).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: string | number): unknown {
  if (typeof value === 'string') return { stringValue: value }
  // 64-bit integers are text in Protobuf's JSON.
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** A double holds no nanoseconds since the epoch: whole milliseconds, and microseconds behind them. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.floor((ms - whole) * 1_000_000)).padStart(6, '0')}`
}

// Traces as they are shown: a line in the list, or a tree of spans.
import type { Span, TraceRow, TraceSummary, TraceView } from '../contract.ts'
import type { Trace } from './trace-ring.ts'

export function traceSummary({ id, spans }: Trace): TraceSummary {
  const start = Math.min(...spans.map(span => span.start))
  const first = spans.find(span => span.start === start)
  const end = Math.max(...spans.map(span => span.end ?? span.start))
  return {
    ...{ id, name: first?.name ?? '', start, durationMs: end - start, spans: spans.length },
    services: [...new Set(spans.filter(isWork).map(span => span.service))],
    failed: spans.some(span => span.failed),
  }
}

export function traceView(trace: Trace): TraceView {
  return { ...traceSummary(trace), tree: treeOf(trace.spans), ids: [trace.id, ...trace.aliases] }
}

/** What somebody wrote or set up: not the wait, and not the proxies on the way. */
function isWork({ kind }: Span): boolean {
  return kind !== 'internal' && kind !== 'client'
}

/** Parents before children, each in order of its start; a span whose parent is not kept stands at the top. */
export function treeOf(spans: readonly Span[]): TraceRow[] {
  const ids = new Set(spans.map(span => span.spanId))
  const below = Map.groupBy(spans, ({ parentId }) => (parentId !== undefined && ids.has(parentId) ? parentId : ''))
  const seen = new Set<Span>()
  const rowsBelow = (parent: string, depth: number): TraceRow[] =>
    (below.get(parent) ?? [])
      .filter(span => !seen.has(span))
      .sort((a, b) => a.start - b.start)
      .flatMap(span => {
        seen.add(span)
        return [{ ...span, depth }, ...rowsBelow(span.spanId, depth + 1)]
      })
  // Whatever names itself as its own ancestor is in no tree, and still is shown.
  const rows = rowsBelow('', 0)
  const rest = spans.filter(span => !seen.has(span)).map(span => ({ ...span, depth: 0 }))
  return [...rows, ...rest]
}

// A trace as text: the tree of its spans on the left, and when each of them ran on the right.
import type { TraceRow, TraceSummary, TraceView } from '../../../telemetry/contract.ts'
import { formatTable } from '../../table.ts'

const narrowestBar = 20
const widestLabel = 64

/** One line a trace, the newest last. */
export function formatTraces(traces: readonly TraceSummary[]): string {
  const rows = traces.map(one => [
    ...[one.id, new Date(one.start).toISOString().slice(11, 23), milliseconds(one.durationMs), String(one.spans)],
    ...[one.failed ? 'failed' : 'ok', one.name],
  ])
  return formatTable(['TRACE', 'STARTED', 'DURATION', 'SPANS', 'OUTCOME', 'NAME'], rows)
}

/** The waterfall, no wider than `columns` where the labels allow it. */
export function formatWaterfall(trace: TraceView, columns: number): string {
  const cells = trace.tree.map(row => [labelOf(row), outcomeOf(row), milliseconds(lengthOf(row))] as const)
  const width = (column: 0 | 1 | 2) => Math.max(...cells.map(row => row[column].length))
  const widths = { label: Math.min(widestLabel, width(0)), outcome: width(1), time: width(2) }
  const bar = Math.max(narrowestBar, columns - widths.label - widths.outcome - widths.time - 6)
  const lines = trace.tree.map((row, index) => {
    const [label, outcome, time] = cells[index] ?? ['', '', '']
    const left = [cut(label, widths.label), outcome.padEnd(widths.outcome), time.padStart(widths.time)]
    return [...left, barOf(row, trace, bar)].join('  ').trimEnd()
  })
  const started = new Date(trace.start).toISOString()
  const head = `${trace.id}  ${started}  ${milliseconds(trace.durationMs)}  ${trace.spans} spans`
  return `${[head, ...lines].join('\n')}\n`
}

function labelOf({ depth, service, kind, name }: TraceRow): string {
  return `${'  '.repeat(depth)}${whoOf(service, kind)} ${name}`
}

/** The status where there is one; else whether it failed. */
function outcomeOf({ attributes, failed }: TraceRow): string {
  const status = attributes['http.status_code']
  return status === undefined ? (failed ? 'failed' : '') : String(status)
}

/** A proxy's own work is told apart from that of what stands behind it. */
function whoOf(service: string, kind: TraceRow['kind']): string {
  return kind === 'client' ? `${service} →` : service
}

function barOf(row: TraceRow, { start, durationMs }: TraceSummary, width: number): string {
  const scale = durationMs > 0 ? width / durationMs : 0
  const from = Math.min(width - 1, Math.floor((row.start - start) * scale))
  const length = Math.max(1, Math.min(width - from, Math.round(lengthOf(row) * scale)))
  // What waits, and what works, and what sends others to work.
  const mark = row.kind === 'internal' ? '·' : row.kind === 'client' ? '─' : '█'
  return ' '.repeat(from) + mark.repeat(length)
}

function lengthOf({ start, end = start }: TraceRow): number {
  return Math.max(0, end - start)
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

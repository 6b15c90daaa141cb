// A run as text for the terminal.
import type { Report, Row } from './report.ts'

export function reportText(report: Report): string {
  const { profile, target, host, model, limit, seconds, requests, perSecond, bytes } = report
  const head = [
    `${profile}: ${report.about}`,
    `${target}, Host ${host}; ${model}, ${limit}${report.interrupted ? '; ended early' : ''}`,
    `${count(requests)} requests in ${seconds} s: ${perSecond} a second, ${count(bytes)} bytes of bodies`,
  ]
  const tables = [table('all', [{ name: '', requests, errors: report.errors, ...report.latency }])]
  if (report.revisions.length > 0) tables.push(table('by revision', report.revisions))
  if (report.statuses.length > 0) tables.push(table('by status', report.statuses))
  return [...head, '', tables.join('\n\n'), ...errorLines(report), '', ...verdictLines(report), ''].join('\n')
}

function table(title: string, rows: readonly Row[]): string {
  const head = [title, 'requests', 'errors', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max']
  const cells = rows.map(row => [
    ...[row.name, count(row.requests), count(row.errors)],
    ...[row.mean, row.p50, row.p90, row.p99, row.p999, row.max].map(milliseconds),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map(line => line[column]?.length ?? 0)))
  const format = (line: string[]) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return [head, ...cells].map(line => format(line).join('  ').trimEnd()).join('\n')
}

function errorLines({ errorKinds }: Report): string[] {
  if (errorKinds.length === 0) return []
  return ['', 'errors', ...errorKinds.map(one => `  ${count(one.count).padStart(7)}  ${one.kind}`)]
}

function verdictLines({ thresholds }: Report): string[] {
  return thresholds.map(({ what, limit, measured, met }) => `${met ? '✓' : '✗'} ${what} ${measured}, ${limit}`)
}

const count = (value: number) => value.toLocaleString('en')

/** `3.2 ms`, `1.31 s`. */
export const milliseconds = (ms: number) =>
  ms < 1_000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1_000).toPrecision(3))} s`

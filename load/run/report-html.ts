// A run as one HTML file that needs nothing else: figures, charts, tables; light and dark.
import { chart, escaped } from './chart.ts'
import type { Report, Row } from './report.ts'
import { milliseconds } from './report-text.ts'

export function reportHtml(report: Report): string {
  const { profile, about, target, host, model, limit, startedAt } = report
  const ended = report.interrupted ? ' · ended early' : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(profile)} · load report</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(profile)} <small>${escaped(about)}</small></h1>
<p>${escaped(`${target}, Host ${host} · ${model}, ${limit}${ended} · ${startedAt}`)}</p>
${tiles(report)}
${verdicts(report)}
${charts(report).join('\n')}
${table('By revision', report.revisions)}
${table('By status', report.statuses)}
${errorTable(report)}
</body>
</html>
`
}

function tiles({ requests, perSecond, seconds, errors, latency }: Report): string {
  const all = [
    ['requests', requests.toLocaleString('en')],
    ['a second', perSecond.toLocaleString('en')],
    ['seconds', `${seconds}`],
    ['errors', errors.toLocaleString('en')],
    ['p50', milliseconds(latency.p50)],
    ['p99', milliseconds(latency.p99)],
    ['slowest', milliseconds(latency.max)],
  ]
  return `<dl>${all.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`
}

function verdicts({ thresholds }: Report): string {
  const items = thresholds.map(({ what, limit, measured, met }) => {
    const text = escaped(`${what} ${measured}, ${limit}`)
    return `<li class="${met ? 'met' : 'missed'}">${met ? '✓' : '✗'} ${text}</li>`
  })
  return `<ul>${items.join('')}</ul>`
}

function charts({ timeline, distribution }: Report): string[] {
  const series = (name: string, style: string, value: (second: Report['timeline'][number]) => number | null) => ({
    ...{ name, style },
    points: timeline.map((second, x) => ({ x, y: value(second) })),
  })
  const marks = secondsMarks(timeline.length)
  return [
    chart({
      ...{ title: 'Requests that ended, each second', unit: '', marks },
      series: [series('requests', 'first', one => one.requests), series('errors', 'bad', one => one.errors)],
    }),
    chart({
      ...{ title: 'Latency, each second', unit: 'ms', marks },
      series: [series('p50', 'first', one => one.p50), series('p99', 'second', one => one.p99)],
    }),
    chart({
      ...{ title: 'Latency by percentile', unit: 'ms' },
      marks: [0, 50, 90, 99, 99.9, 99.99].map(percent => ({ x: nines(percent), text: `${percent} %` })),
      series: [
        {
          name: 'latency',
          style: 'first',
          points: distribution.map(({ percent, ms }) => ({ x: nines(percent), y: ms })),
        },
      ],
    }),
  ]
}

/** The x of a percentile: each further nine is as far again, and all of them one step beyond the last mark. */
const nines = (percent: number) => (percent === 100 ? 4.3 : -Math.log10(1 - percent / 100))

/** At most ten labels. */
function secondsMarks(seconds: number): { x: number; text: string }[] {
  const step = Math.max(1, Math.ceil(seconds / 10))
  const count = Math.ceil(Math.max(1, seconds) / step)
  return Array.from({ length: count }, (_, index) => ({ x: index * step, text: `${index * step} s` }))
}

function table(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const head = [title, 'requests', 'errors', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max']
  const lines = rows.map(row => {
    const counts = [escaped(row.name), row.requests.toLocaleString('en'), row.errors.toLocaleString('en')]
    const latencies = [row.mean, row.p50, row.p90, row.p99, row.p999, row.max].map(milliseconds)
    return `<tr>${[...counts, ...latencies].map(cell => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<table><tr>${head.map(cell => `<th>${cell}</th>`).join('')}</tr>${lines.join('')}</table>`
}

function errorTable({ errorKinds }: Report): string {
  if (errorKinds.length === 0) return ''
  const lines = errorKinds.map(({ kind, count }) => `<tr><td>${escaped(kind)}</td><td>${count}</td></tr>`)
  return `<table><tr><th>Errors</th><th>count</th></tr>${lines.join('')}</table>`
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d2530, #e4e9f0); --dim: light-dark(#66707d, #98a3b0);
  --line: light-dark(#e1e5ea, #333c47); --first: light-dark(#1565c0, #64b5f6); --second: light-dark(#b26a00, #ffb74d);
  --bad: light-dark(#c62828, #ef7070); --good: light-dark(#2e7d32, #81c784); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fff, #14181d);
  max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 small, p, dt, th { color: var(--dim); font-weight: normal; }
h1 small { font-size: 1rem; display: block; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; } dd { margin: 0; font-size: 1.3rem; }
ul { list-style: none; padding: 0; } .met { color: var(--good); } .missed { color: var(--bad); }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .4rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; margin: .8rem 0; font-size: 11px; } svg text { fill: var(--dim); }
svg .title { fill: var(--ink); font-size: 13px; } .grid { stroke: var(--line); }
path { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.first { stroke: var(--first); } .second { stroke: var(--second); } .bad { stroke: var(--bad); }
`

import { describe, expect, it } from 'vitest'
import type { TraceRow, TraceView } from '../../../telemetry/contract.ts'
import { formatTraces, formatWaterfall } from './waterfall.ts'

function row(
  depth: number,
  name: string,
  [start, end]: [number, number | undefined],
  more: Partial<TraceRow> = {},
): TraceRow {
  return {
    ...{ traceId: 't', spanId: name, service: 'a', namespace: 'n', name, kind: 'server', start: 1_000 + start, depth },
    ...(end === undefined ? {} : { end: 1_000 + end }),
    attributes: {},
    ...more,
  }
}

const tree = [
  row(0, 'GET shop/', [0, 100], { service: 'gateway', kind: 'client', attributes: { 'http.status_code': 200 } }),
  row(1, 'queue', [0, 50], { service: 'activator', kind: 'internal' }),
  row(1, 'GET /', [50, 100], { failed: true }),
  row(2, 'open', [75, undefined]),
]
const trace: TraceView = {
  ...{ id: 't-1', name: 'GET shop/', start: 1_000, durationMs: 100, spans: 4, services: ['a'], failed: true },
  ...{ tree, ids: ['t-1'] },
}

describe('the waterfall', () => {
  it('shows who did what when: waits as dots, proxies as lines, work as blocks', () => {
    expect(formatWaterfall(trace, 57)).toBe(
      [
        't-1  1970-01-01T00:00:01.000Z  100 ms  4 spans',
        'gateway → GET shop/  200     100 ms  ────────────────────',
        '  activator queue             50 ms  ··········',
        '  a GET /            failed   50 ms            ██████████',
        '    a open                   0.0 ms                 █',
        '',
      ].join('\n'),
    )
  })

  it('uses the width there is, and no less than it needs', () => {
    const longest = (columns: number) =>
      Math.max(
        ...formatWaterfall(trace, columns)
          .split('\n')
          .map(line => line.length),
      )
    expect(longest(120)).toBe(120)
    expect(longest(10)).toBe(57)
  })

  it('cuts names that are too long', () => {
    const long = { ...trace, tree: [row(0, 'x'.repeat(200), [0, 100])] }
    expect(formatWaterfall(long, 100)).toContain(`${'x'.repeat(61)}…`)
  })

  it('of something that took no time has a mark all the same', () => {
    const instant = { ...trace, durationMs: 0, tree: [row(0, 'GET /', [0, 0])] }
    expect(formatWaterfall(instant, 60)).toContain('0.0 ms  █')
  })
})

it('the list has a line a trace', () => {
  expect(formatTraces([trace, { ...trace, id: 't-2', failed: false, durationMs: 3.21 }])).toBe(
    [
      'TRACE   STARTED        DURATION   SPANS   OUTCOME   NAME',
      't-1     00:00:01.000   100 ms     4       failed    GET shop/',
      't-2     00:00:01.000   3.2 ms     4       ok        GET shop/',
      '',
    ].join('\n'),
  )
})

import { describe, expect, it } from 'vitest'
import type { Span } from '../contract.ts'
import type { Format } from './context.ts'
import { HopSpans, type PodStart } from './hop-spans.ts'

function hop({ formats = [], pods = {} }: { formats?: Format[]; pods?: Record<string, PodStart> } = {}) {
  const opened: Span[] = []
  const closed: Span[] = []
  const at = { now: 100 }
  let ids = 0
  const span: Span = {
    ...{ traceId: 't'.repeat(32), spanId: 'proxy', service: 'gateway', namespace: 'istio-system', name: 'GET a/' },
    ...{ kind: 'client', start: 100, attributes: {} },
  }
  const spans = new HopSpans({
    ...{ span, formats, now: () => at.now, newId: () => `child-${++ids}`, pod: name => pods[name] },
    open: one => void opened.push(one),
    close: one => void closed.push(one),
  })
  const times = () => closed.map(({ name, start, end }) => [name, start, end])
  return { spans, at, opened, closed, times }
}

const over = { attributes: {}, failed: false }

describe('the wait of a hop', () => {
  it('for a pod that starts meanwhile: its start, and what is left until it takes the request', () => {
    const { spans, at, times } = hop({ pods: { p: { startedAt: 110, readyAt: 140 } } })
    spans.queued()
    at.now = 150
    spans.placed('p', [])
    expect(times()).toEqual([
      ['queue', 100, 150],
      ['start', 110, 140],
      ['ready', 140, 150],
    ])
  })

  it('for one that had begun to start before the request came: only the part it waited for', () => {
    const { spans, at, times } = hop({ pods: { p: { startedAt: 60, readyAt: 120 } } })
    spans.queued()
    at.now = 125
    spans.placed('p', [])
    expect(times().slice(1)).toEqual([
      ['start', 100, 120],
      ['ready', 120, 125],
    ])
  })

  it.each<[string, PodStart | undefined]>([
    ['a place at one that has been ready for long', { startedAt: 10, readyAt: 20 }],
    ['one that is gone already', undefined],
    ['one whose readiness nobody saw', { startedAt: 110, readyAt: undefined }],
  ])('for %s has no parts', (_what, pod) => {
    const { spans, at, times } = hop({ pods: pod ? { p: pod } : {} })
    spans.queued()
    at.now = 150
    spans.placed('p', [])
    expect(times()).toEqual([['queue', 100, 150]])
  })

  it('never lasts longer than the wait itself, whatever the clocks say', () => {
    const { spans, at, closed } = hop({ pods: { p: { startedAt: 90, readyAt: 151 } } })
    spans.queued()
    at.now = 150
    spans.placed('p', [])
    for (const { start, end = 0 } of closed) {
      expect(start).toBeGreaterThanOrEqual(100)
      expect(end).toBeLessThanOrEqual(150)
      expect(end).toBeGreaterThanOrEqual(start)
    }
  })

  it('that ends in nothing is over when the hop is', () => {
    const { spans, at, times } = hop()
    spans.queued()
    at.now = 130
    spans.finish({ attributes: { response_flags: 'DC' }, failed: true })
    expect(times()).toEqual([
      ['queue', 100, 130],
      ['GET a/', 100, 130],
    ])
    expect(spans.span).toMatchObject({ failed: true, attributes: { response_flags: 'DC' } })
  })
})

describe('the function’s span', () => {
  it('is the hop’s child, named when it is over by who it was', () => {
    const { spans, closed } = hop()
    spans.placed('p', [])
    spans.finish(over, { service: 'a', namespace: 'app', name: 'GET /' })
    const ran = {
      service: 'a',
      namespace: 'app',
      name: 'GET /',
      kind: 'server',
      parentId: 'proxy',
      attributes: { pod: 'p' },
    }
    expect(closed[0]).toMatchObject(ran)
    expect(closed).toHaveLength(2)
  })

  it('of a hop without a function there is none', () => {
    const { spans, closed } = hop()
    spans.finish(over)
    expect(closed.map(({ spanId }) => spanId)).toEqual(['proxy'])
  })

  it('is in the headers only where contexts are written', () => {
    const silent: string[] = []
    hop().spans.placed('p', silent)
    expect(silent).toEqual([])
    const told: string[] = []
    hop({ formats: ['b3'] }).spans.placed('p', told)
    expect(told).toEqual([
      ...['x-b3-traceid', 't'.repeat(32), 'x-b3-spanid', 'child-1', 'x-b3-parentspanid', 'proxy', 'x-b3-sampled', '1'],
    ])
  })
})

it('everything that is opened is closed', () => {
  const { spans, opened, closed } = hop()
  for (let tries = 0; tries < 3; tries++) {
    spans.queued()
    spans.placed(`p-${tries}`, [])
  }
  spans.finish(over)
  expect(opened.map(({ spanId }) => spanId).sort()).toEqual(
    closed
      .map(({ spanId }) => spanId)
      .slice(0, -1)
      .sort(),
  )
})

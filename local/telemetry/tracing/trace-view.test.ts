import { describe, expect, it } from 'vitest'
import type { Span } from '../contract.ts'
import { requestIdTag, TraceRing } from './trace-ring.ts'
import { traceView, treeOf } from './trace-view.ts'

function span(spanId: string, parentId?: string, more: Partial<Span> = {}): Span {
  return {
    ...{ traceId: 't', spanId, ...(parentId ? { parentId } : {}), service: spanId, namespace: 'n', name: spanId },
    ...{ kind: 'server', start: 10, end: 20, attributes: {} },
    ...more,
  }
}

const drawn = (spans: Span[]) => treeOf(spans).map(({ spanId, depth }) => `${' '.repeat(depth)}${spanId}`)

describe('the tree of a trace', () => {
  it('has parents before children, and siblings by their start', () => {
    const spans = [
      span('late', 'root', { start: 15 }),
      span('root'),
      span('early', 'root', { start: 12 }),
      span('leaf', 'late'),
    ]
    expect(drawn(spans)).toEqual(['root', ' early', ' late', '  leaf'])
  })

  it('shows spans whose parent is not kept, and those that name each other', () => {
    expect(drawn([span('orphan', 'gone'), span('a', 'b'), span('b', 'a'), span('self', 'self')])).toEqual([
      ...['orphan', 'a', 'b', 'self'],
    ])
  })
})

describe('a trace to be shown', () => {
  it('lasts from its first start to its last end, also when something outlives its root', () => {
    const ring = new TraceRing()
    ring.add(span('root', undefined, { start: 100, end: 110, name: 'GET /', attributes: { [requestIdTag]: 'r-1' } }))
    ring.add(span('proxy', 'root', { kind: 'client', start: 101, end: 105 }))
    ring.add(span('later', 'root', { start: 108, end: 150, failed: true }))
    const { end: _, ...open } = span('open', 'root', { start: 120 })
    ring.add(open)
    const trace = ring.find('t')
    expect(trace && traceView(trace)).toMatchObject({
      ...{ id: 't', name: 'GET /', start: 100, durationMs: 50, spans: 4, failed: true, ids: ['t', 'r-1'] },
      services: ['root', 'later', 'open'],
    })
  })
})

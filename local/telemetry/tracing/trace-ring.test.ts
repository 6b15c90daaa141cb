import { describe, expect, it } from 'vitest'
import type { Span } from '../contract.ts'
import { eventIdTag, requestIdTag, TraceRing } from './trace-ring.ts'

function span(traceId: string, attributes: Span['attributes'] = {}): Span {
  return { traceId, spanId: 's', service: 'a', namespace: 'n', name: 'GET /', kind: 'server', start: 0, attributes }
}

const limits = { traces: 2, spans: 5, spansOfOne: 3 }

describe('the ring of traces', () => {
  it('finds a trace by its own id, and by those of requests and events in it', () => {
    const ring = new TraceRing()
    ring.add(span('t', { [requestIdTag]: 'r-1' }))
    ring.add(span('t', { [requestIdTag]: 'r-2', [eventIdTag]: 'e-1' }))
    for (const id of ['t', 'r-1', 'r-2', 'e-1']) expect(ring.find(id)?.spans).toHaveLength(2)
    expect(ring.find('other')).toBeUndefined()
  })

  it('keeps the newest traces alone, and forgets the names of those that go', () => {
    const ring = new TraceRing(limits)
    for (const id of ['a', 'b', 'c']) ring.add(span(id, { [requestIdTag]: `r-${id}` }))
    expect(ring.list().map(trace => trace.id)).toEqual(['b', 'c'])
    expect(ring.find('r-a')).toBeUndefined()
    expect(ring.find('r-c')?.id).toBe('c')
  })

  it('keeps a request id that a later trace has, when the earlier one goes', () => {
    const ring = new TraceRing(limits)
    for (const id of ['a', 'b', 'c']) ring.add(span(id, { [requestIdTag]: 'same' }))
    expect(ring.find('same')?.id).toBe('c')
  })

  it('bounds the spans of one trace, and of all together', () => {
    const ring = new TraceRing(limits)
    expect(Array.from({ length: 5 }, () => ring.add(span('a')))).toEqual([true, true, true, false, false])
    for (let count = 0; count < 3; count++) ring.add(span('b'))
    expect(ring.list().map(trace => trace.id)).toEqual(['b'])
  })
})

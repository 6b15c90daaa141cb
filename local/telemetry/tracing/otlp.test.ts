import { describe, expect, it } from 'vitest'
import type { Span } from '../contract.ts'
import { exportRequest } from './otlp.ts'

const span: Span = {
  ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: 'c'.repeat(16), service: 's', namespace: 'n' },
  ...{ name: 'GET /', kind: 'client', start: 1_700_000_000_000.25, end: 1_700_000_000_001.5, failed: true },
  attributes: { text: 'x', whole: 3, half: 0.5 },
}

describe('OTLP’s JSON', () => {
  it('has ids in hexadecimal, nanoseconds as text and values by their type', () => {
    expect(exportRequest([span])).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 's' } },
              { key: 'service.namespace', value: { stringValue: 'n' } },
            ],
          },
          scopeSpans: [
            {
              scope: { name: 'skiff' },
              spans: [
                {
                  ...{
                    traceId: span.traceId,
                    spanId: span.spanId,
                    parentSpanId: span.parentId,
                    name: 'GET /',
                    kind: 3,
                  },
                  ...{ startTimeUnixNano: '1700000000000250000', endTimeUnixNano: '1700000000001500000' },
                  attributes: [
                    { key: 'text', value: { stringValue: 'x' } },
                    { key: 'whole', value: { intValue: '3' } },
                    { key: 'half', value: { doubleValue: 0.5 } },
                  ],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  it('groups spans by who made them, and a root has no parent', () => {
    const { parentId: _, ...root } = span
    const { resourceSpans } = exportRequest([root, { ...span, service: 'other' }, span]) as {
      resourceSpans: { scopeSpans: { spans: object[] }[] }[]
    }
    expect(resourceSpans.map(one => one.scopeSpans[0]?.spans.length)).toEqual([2, 1])
    expect(resourceSpans[0]?.scopeSpans[0]?.spans[0]).not.toHaveProperty('parentSpanId')
  })
})

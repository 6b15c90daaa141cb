import { describe, expect, it } from 'vitest'
import { formatCell, readPath } from './columns.ts'

const object = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: {
    name: 'hello',
    creationTimestamp: '2026-11-21T08:00:00Z',
    labels: { 'serving.knative.dev/service': 'hello' },
  },
  spec: { hosts: ['a', 'b'], replicas: 0 },
  status: {
    conditions: [
      { type: 'ConfigurationsReady', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
  },
}

describe('a path of a printer column', () => {
  it.each([
    ['a field', '.spec.replicas', 0],
    ['the item a filter picks', ".status.conditions[?(@.type=='Ready')].status", 'True'],
    ['a filter with double quotes', '.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['an item by number', '.spec.hosts[1]', 'b'],
    ['the first of every item', '.spec.hosts[*]', 'a'],
    ['a field with dots, escaped', '.metadata.labels.serving\\.knative\\.dev/service', 'hello'],
    ['a field with dots, quoted', ".metadata.labels['serving.knative.dev/service']", 'hello'],
    ['a field with dots, quoted and escaped', ".metadata.labels['serving\\.knative\\.dev/service']", 'hello'],
    ['a whole list', '.spec.hosts', ['a', 'b']],
    ['a missing field', '.status.url', undefined],
    ['a field of a missing field', '.status.address.url', undefined],
    ['a filter that picks nothing', ".status.conditions[?(@.type=='Gone')].status", undefined],
  ])('reads %s', (_, path, value) => {
    expect(readPath(object, path)).toEqual(value)
  })

  it('that is none is refused', () => {
    expect(() => readPath(object, '.spec[')).toThrow('not a path of a printer column: .spec[')
  })
})

describe('a cell', () => {
  const now = Date.parse('2026-11-21T08:05:00Z')

  it('of a date is an age', () => {
    expect(formatCell({ name: 'Age', type: 'date', path: '.metadata.creationTimestamp' }, object, now)).toBe('5m')
  })

  it('shows zero', () => {
    expect(formatCell({ name: 'Actual', type: 'integer', path: '.spec.replicas' }, object, now)).toBe('0')
  })

  it('of a list is JSON', () => {
    expect(formatCell({ name: 'Hosts', type: 'string', path: '.spec.hosts' }, object, now)).toBe('["a","b"]')
  })

  it('that no path can say is what the kind says', () => {
    const column = { name: 'Ready', type: 'string' as const, path: '.spec.hosts', cell: () => '1/2' }
    expect(formatCell(column, object, now)).toBe('1/2')
  })

  it('without a value is empty', () => {
    expect(formatCell({ name: 'URL', type: 'string', path: '.status.url' }, object, now)).toBe('')
  })
})

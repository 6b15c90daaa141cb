import { describe, expect, it } from 'vitest'
import type { SubscriptionsFilter } from '../../api/eventing/types.ts'
import { filterOf } from './filter.ts'

const attributes = { specversion: '1.0', id: '1', source: '/shop/eu', type: 'order.created', devuser: 'betaUser' }
const takes = (filters: SubscriptionsFilter[], filter?: Record<string, string>) =>
  filterOf({ filters, ...(filter ? { filter: { attributes: filter } } : {}) })({ attributes, data: undefined })

const pass: SubscriptionsFilter = { exact: { type: 'order.created' } }
const fail: SubscriptionsFilter = { exact: { type: 'order.deleted' } }

describe('filters', () => {
  it.each<[string, SubscriptionsFilter[], boolean]>([
    ['an empty list takes everything', [], true],
    ['an empty filter takes everything', [{}], true],
    ['exact compares whole values', [{ exact: { type: 'order' } }], false],
    ['exact takes extensions', [{ exact: { devuser: 'betaUser' } }], true],
    ['exact needs all its attributes', [{ exact: { type: 'order.created', devuser: 'x' } }], false],
    ['exact fails for a missing attribute', [{ exact: { absent: 'x' } }], false],
    ['prefix', [{ prefix: { type: 'order.', source: '/shop' } }], true],
    ['prefix compares case', [{ prefix: { type: 'Order.' } }], false],
    ['prefix fails for a missing attribute', [{ prefix: { absent: 'x' } }], false],
    ['suffix', [{ suffix: { type: '.created' } }], true],
    ['suffix that is a prefix', [{ suffix: { type: 'order' } }], false],
    ['all needs each', [{ all: [pass, fail] }], false],
    ['all of those that pass', [{ all: [pass, { prefix: { source: '/' } }] }], true],
    ['any needs one', [{ any: [fail, pass] }], true],
    ['any of none that passes', [{ any: [fail, fail] }], false],
    ['not', [{ not: fail }], true],
    ['not of one that passes', [{ not: pass }], false],
    ['not of an empty one has no opinion', [{ not: {} }], true],
    ['not of not', [{ not: { not: pass } }], true],
    ['cesql', [{ cesql: "type LIKE 'order.%' AND devuser = 'betaUser'" }], true],
    ['cesql that is false', [{ cesql: "devuser = 'other'" }], false],
    ['cesql that meets an error', [{ cesql: 'absent OR TRUE' }], false],
    ['cesql that is no boolean', [{ cesql: 'LENGTH(type)' }], false],
    ['cesql beside its opposite', [{ cesql: 'TRUE' }, { not: { cesql: 'TRUE' } }], false],
    ['each of the list must pass', [pass, fail], false],
    ['nested', [{ any: [{ all: [pass, fail] }, { not: { any: [fail] } }] }], true],
    ['a filter with an empty value is left out', [{ exact: { type: '' } }], true],
    ['and the others still count', [{ prefix: { absent: '' } }, fail], false],
    ['an expression that does not parse is left out', [{ cesql: 'type ==' }], true],
  ])('%s', (_sentence, filters, expected) => expect(takes(filters)).toBe(expected))

  it('go before the filter beside them', () => {
    expect(takes([pass], { type: 'something.else' })).toBe(true)
    expect(takes([fail], { type: 'order.created' })).toBe(false)
    expect(takes([], { type: 'something.else' })).toBe(false)
  })
})

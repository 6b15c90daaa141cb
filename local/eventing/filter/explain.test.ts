import { describe, expect, it } from 'vitest'
import type { Trigger } from '../../api/eventing/types.ts'
import { explainFilter } from './explain.ts'
import { filterOf } from './filter.ts'

type Spec = Pick<Trigger['spec'], 'filter' | 'filters'>
const event = {
  attributes: { specversion: '1.0', id: '1', source: '/shop', type: 'order.created', devuser: 'beta' },
  data: undefined,
}

describe('why a trigger takes an event or not', () => {
  it.each<[string, Spec, boolean, string]>([
    ['without a filter', {}, true, 'no filter'],
    ['with an empty one', { filter: {} }, true, 'no filter'],
    [
      'by all its attributes',
      { filter: { attributes: { type: 'order.created', devuser: '' } } },
      true,
      'filter.attributes: type is order.created, devuser is beta',
    ],
    [
      'for another value',
      { filter: { attributes: { type: 'order.paid' } } },
      false,
      'filter.attributes: type is order.created, not order.paid',
    ],
    [
      'for an attribute that is missing',
      { filter: { attributes: { region: '' } } },
      false,
      'filter.attributes: the event has no region',
    ],
    [
      'by filters, which go before filter',
      {
        filter: { attributes: { type: 'x' } },
        filters: [{ prefix: { type: 'order.' } }, { cesql: "devuser = 'beta'" }],
      },
      true,
      'filters[0].prefix, filters[1].cesql',
    ],
    [
      'for the first filter that fails',
      { filters: [{ exact: { devuser: 'beta' } }, { suffix: { type: '.paid' } }, { cesql: 'false' }] },
      false,
      'filters[1].suffix: {"type":".paid"}',
    ],
    [
      'for a filter of filters',
      { filters: [{ not: { exact: { devuser: 'beta' } } }] },
      false,
      'filters[0].not: {"exact":{"devuser":"beta"}}',
    ],
  ])('%s', (_sentence, spec, matched, by) => {
    expect(explainFilter(spec, event)).toEqual({ matched, by })
    expect(filterOf(spec)(event)).toBe(matched)
  })
})

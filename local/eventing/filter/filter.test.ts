import { describe, expect, it } from 'vitest'
import { filterOf } from './filter.ts'

const attributes = { specversion: '1.0', id: '1', source: '/shop', type: 'order.created', region: 'eu', note: '' }

describe('a filter', () => {
  it.each<[string, Record<string, string> | undefined, boolean]>([
    ['without attributes takes everything', undefined, true],
    ['with none takes everything', {}, true],
    ['takes an equal attribute', { type: 'order.created' }, true],
    ['takes extensions', { region: 'eu' }, true],
    ['needs all of them', { type: 'order.created', region: 'us' }, false],
    ['compares whole values', { type: 'order' }, false],
    ['compares case', { type: 'Order.Created' }, false],
    ['takes any value for an empty one', { region: '' }, true],
    ['takes an empty value for an empty one', { note: '' }, true],
    ['refuses a missing attribute, even for an empty one', { devuser: '' }, false],
    ['knows no data', { data: '' }, false],
  ])('%s', (_sentence, wanted, takes) => {
    const filter = filterOf(wanted ? { filter: { attributes: wanted } } : {})
    expect(filter({ attributes, data: Buffer.from('x') })).toBe(takes)
  })
})

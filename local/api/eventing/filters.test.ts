import { describe, expect, it } from 'vitest'
import { inPrintOrder } from '../flaws.ts'
import { filterListFlaws } from './filters.ts'

const flaws = (filters: unknown) =>
  inPrintOrder(filterListFlaws(filters, 'spec.filters')).map(
    ({ path, message, details }) => `${message}: ${path}${details ? `\n${details}` : ''}`,
  )
const naming = 'Attribute name must start with a letter and can only contain lowercase alphanumeric'

describe('flaws of filters', () => {
  it.each<[string, unknown, string[]]>([
    ['none', undefined, []],
    ['an empty list', [], []],
    ['an empty filter', [{}], []],
    [
      'each dialect by itself',
      [
        ...[{ exact: { type: 'a' } }, { prefix: { type: 'a' } }, { suffix: { type: 'a' } }, { cesql: "type = 'a'" }],
        ...[{ all: [{}] }, { any: [{}] }, { not: {} }],
      ],
      [],
    ],
    [
      'a name that is none',
      [{ exact: { 'My-Attr': 'x' } }],
      [`invalid key name "My-Attr": spec.filters[0].exact[My-Attr]\n${naming}`],
    ],
    [
      'a name deep inside',
      [{}, { not: { any: [{ suffix: { '1st': 'x' } }] } }],
      [`invalid key name "1st": spec.filters[1].not.any[0].suffix[1st]\n${naming}`],
    ],
    [
      'two dialects',
      [{ exact: { type: 'a' }, cesql: 'TRUE' }],
      ['multiple dialects found, filters can have only one dialect set: spec.filters[0]'],
    ],
    ['two dialects of which one is empty', [{ exact: {}, cesql: 'TRUE' }], []],
    [
      'an expression that does not parse',
      [{ cesql: "type LIKE 'a" }],
      ["invalid value: type LIKE 'a: spec.filters[0].cesql\ncolumn 11: a string that is not closed"],
    ],
    ['an empty expression', [{ cesql: '' }], []],
    ['a dialect that is not there', [{ all: [{ regex: 'x' }] }], ['unknown field: spec.filters[0].all[0].regex']],
    ['what is no filter', [{ all: ['x'] }], ['expected a filter: spec.filters[0].all[0]']],
    ['what is no list', [{ any: { exact: {} } }], ['expected a list of filters: spec.filters[0].any']],
    [
      'a value that is no string',
      [{ not: { exact: { type: 1 } } }],
      ['expected a string: spec.filters[0].not.exact[type]'],
    ],
    ['an expression that is no string', [{ not: { cesql: 1 } }], ['expected a string: spec.filters[0].not.cesql']],
  ])('%s', (_sentence, filters, expected) => expect(flaws(filters)).toEqual(expected))

  it('nesting without end is refused, not followed', () => {
    let filter: unknown = {}
    for (let depth = 0; depth < 10_000; depth++) filter = { not: filter }
    expect(flaws([filter])).toEqual([expect.stringContaining('filters are nested deeper than 50 levels')])
  })
})

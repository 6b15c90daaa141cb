// How flaws are printed, and what a reference needs.
import { describe, expect, it } from 'vitest'
import type { FieldError } from '../kernel/errors.ts'
import { inPrintOrder, missing, referenceFlaws } from './flaws.ts'

describe('flaws in print order', () => {
  const rows: [sentence: string, given: FieldError[], printed: string[]][] = [
    ['none are none', [], []],
    [
      'are sorted by sentence',
      [
        { path: 'b', message: 'wrong' },
        { path: 'a', message: 'missing' },
      ],
      ['missing: a', 'wrong: b'],
    ],
    [
      'of one sentence become one, its paths sorted',
      [
        { path: 'spec.z', message: 'missing' },
        { path: 'spec.a', message: 'missing' },
      ],
      ['missing: spec.a, spec.z'],
    ],
    [
      'of one sentence with other details stay apart',
      [
        { path: 'a', message: 'wrong', details: 'too long' },
        { path: 'b', message: 'wrong' },
      ],
      ['wrong: b', 'wrong: a (too long)'],
    ],
    ['keep their details', [{ path: 'a', message: 'wrong', details: 'because' }], ['wrong: a (because)']],
  ]
  it.for(rows)('%s', ([, given, printed]) => {
    const text = ({ path, message, details }: FieldError) => `${message}: ${path}${details ? ` (${details})` : ''}`
    expect(inPrintOrder(given).map(text)).toEqual(printed)
  })

  it('leaves its input as it is', () => {
    const given = Object.freeze([missing('b'), missing('a')])
    expect(inPrintOrder(given)).toHaveLength(1)
    expect(given.map(one => one.path)).toEqual(['b', 'a'])
  })
})

describe('a reference', () => {
  const whole = { apiVersion: 'v1', kind: 'Service', name: 'x', namespace: 'n' }
  const rows: [sentence: string, given: Record<string, string>, paths: string[]][] = [
    ['that is whole has no flaw', whole, []],
    ['without a name lacks it', { ...whole, name: '' }, ['spec.ref.name']],
    ['without a kind lacks it', { ...whole, kind: '' }, ['spec.ref.kind']],
    ['that is empty lacks all', {}, ['spec.ref.name', 'spec.ref.namespace', 'spec.ref.kind', 'spec.ref.apiVersion']],
  ]
  it.for(rows)('%s', ([, given, paths]) => {
    expect(referenceFlaws(given, 'spec.ref')).toEqual(paths.map(missing))
  })
})

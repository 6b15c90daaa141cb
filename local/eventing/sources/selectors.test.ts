import { expect, it } from 'vitest'
import type { LabelSelector } from '../../api/sources/types.ts'
import { selects } from './selectors.ts'

const labels = { app: 'web', tier: 'front' }
const by = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
})

it.each<[string, LabelSelector, boolean]>([
  ['everything without requirements', {}, true],
  ['a label that is so', { matchLabels: { app: 'web' } }, true],
  ['one of two labels alone', { matchLabels: { app: 'web', tier: 'back' } }, false],
  ['one of some values', by('app', 'In', ['api', 'web']), true],
  ['none of some values', by('app', 'In', ['api']), false],
  ['a label that is missing among values', by('none', 'In', ['a']), false],
  ['not one of some values', by('app', 'NotIn', ['web']), false],
  ['a missing label is not one of them', by('none', 'NotIn', ['web']), true],
  ['a label that is there', by('app', 'Exists'), true],
  ['a label that is not', by('none', 'Exists'), false],
  ['no such label', by('none', 'DoesNotExist'), true],
  ['a label that should not be', by('app', 'DoesNotExist'), false],
  ['nothing by an operator nobody knows', by('app', 'Near'), false],
])('%s', (_sentence, selector, selected) => {
  expect(selects(selector, labels)).toBe(selected)
})

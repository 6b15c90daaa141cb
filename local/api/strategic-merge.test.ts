import { describe, expect, it } from 'vitest'
import type { Json } from '../kernel/object.ts'
import { podListKeys } from './list-keys.ts'
import { withoutFields } from './prune.ts'
import { strategicMerge } from './strategic-merge.ts'

const keys = { 'metadata.finalizers': [], 'spec.ports': ['port', 'protocol'], ...podListKeys('spec') }
const containers = (...items: Json[]) => ({ spec: { containers: items } })

describe('a strategic merge patch', () => {
  it.each<[string, Json, Json, Json]>([
    ['merges objects', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    ['removes what is null', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['replaces lists without keys', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    [
      'merges items of the same key',
      containers({ name: 'a', image: 'x', tty: true }, { name: 'b' }),
      containers({ name: 'a', image: 'y' }),
      containers({ name: 'a', image: 'y', tty: true }, { name: 'b' }),
    ],
    [
      'adds items of another key',
      containers({ name: 'a' }),
      containers({ name: 'b' }),
      containers({ name: 'a' }, { name: 'b' }),
    ],
    [
      'merges lists within items',
      containers({ name: 'a', env: [{ name: 'X', value: '1' }] }),
      containers({ name: 'a', env: [{ name: 'Y', value: '2' }] }),
      containers({
        name: 'a',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      }),
    ],
    [
      'deletes an item',
      containers({ name: 'a' }, { name: 'b' }),
      containers({ name: 'a', $patch: 'delete' }),
      containers({ name: 'b' }),
    ],
    ['deletes no item that is not there', containers(), containers({ name: 'a', $patch: 'delete' }), containers()],
    [
      'replaces a list',
      containers({ name: 'a' }, { name: 'b' }),
      containers({ $patch: 'replace' }, { name: 'c' }),
      containers({ name: 'c' }),
    ],
    ['replaces an object', { a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } }, { a: { c: 2 } }],
    ['empties an object', { a: { b: 1 } }, { a: { $patch: 'delete' } }, { a: {} }],
    [
      'adds to a set',
      { metadata: { finalizers: ['x'] } },
      { metadata: { finalizers: ['x', 'y'] } },
      { metadata: { finalizers: ['x', 'y'] } },
    ],
    [
      'takes values out of a set',
      { metadata: { finalizers: ['x', 'y'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } },
      { metadata: { finalizers: ['y'] } },
    ],
    [
      'puts items in the order it says',
      containers({ name: 'a' }, { name: 'b' }),
      { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
      containers({ name: 'b' }, { name: 'a' }),
    ],
    ['keeps only the fields it names', { a: { b: 1, c: 2 } }, { a: { $retainKeys: ['c'], c: 3 } }, { a: { c: 3 } }],
    ['takes the place of what is no object', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    [
      'treats __proto__ as a field like any other',
      {},
      JSON.parse('{"__proto__":{"x":1}}'),
      JSON.parse('{"__proto__":{"x":1}}'),
    ],
  ])('%s', (_, target, patch, wanted) => {
    const before = structuredClone(target)
    expect(strategicMerge(target, patch, keys)).toEqual(wanted)
    expect(target).toEqual(before)
  })

  it.each<[string, Json, string]>([
    ['another directive', { a: { $patch: 'other' } }, '$patch: "other" is none of "merge", "replace", "delete"'],
    ['an item without its key', containers({ image: 'x' }), 'spec.containers: an item of the patch has no name'],
    ['an item that is no object', containers('x'), 'items of a strategic merge patch are objects'],
  ])('refuses %s', (_, patch, sentence) => {
    expect(() => strategicMerge({}, patch, keys)).toThrow(sentence)
  })
})

it.each<[string[], unknown]>([
  [['spec.a'], { spec: { list: [{ x: 1, y: 2 }] } }],
  [['spec.list[0].x'], { spec: { a: 1, list: [{ y: 2 }] } }],
  [['spec.none.deeper', 'toString'], { spec: { a: 1, list: [{ x: 1, y: 2 }] } }],
])('pruning %j takes nothing else', (paths, wanted) => {
  const flaws = paths.map(path => ({ path, kind: 'unknown' as const, message: '' }))
  expect(withoutFields({ spec: { a: 1, list: [{ x: 1, y: 2 }] } }, flaws)).toEqual(wanted)
})

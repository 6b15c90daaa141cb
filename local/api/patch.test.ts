import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../kernel/object.ts'
import { applyPatch, type JsonPatchStep, mergePatch, threeWayMerge } from './patch.ts'

const json = (target: Json, ...patch: JsonPatchStep[]) => applyPatch(target, { type: 'json', patch })

describe('a merge patch', () => {
  // The examples of RFC 7386, appendix A.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j gives %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result))

  it('never reaches a prototype', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'))
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
  })

  it('leaves the target as it is', () => {
    const target = Object.freeze({ a: Object.freeze({ b: 1 }) }) as unknown as Json
    expect(mergePatch(target, { a: { b: 2 } })).toEqual({ a: { b: 2 } })
    expect(target).toEqual({ a: { b: 1 } })
  })
})

describe('a JSON patch', () => {
  it.each<[string, Json, JsonPatchStep[], Json]>([
    ['adds a field', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['adds in front of an item', [1, 3], [{ op: 'add', path: '/1', value: 2 }], [1, 2, 3]],
    ['adds at the end', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
    ['adds at the index after the last', [1], [{ op: 'add', path: '/1', value: 2 }], [1, 2]],
    ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: 2 }], 2],
    ['replaces deep inside', { a: [{ b: 1 }] }, [{ op: 'replace', path: '/a/0/b', value: 2 }], { a: [{ b: 2 }] }],
    ['removes an item', [1, 2, 3], [{ op: 'remove', path: '/1' }], [1, 3]],
    ['removes a field', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['moves', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    ['copies', { a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
    ['tests what holds', { a: [1] }, [{ op: 'test', path: '/a', value: [1] }], { a: [1] }],
    [
      'reads escapes',
      { 'a/b': { 'c~d': 1 } },
      [{ op: 'replace', path: '/a~1b/c~0d', value: 2 }],
      { 'a/b': { 'c~d': 2 } },
    ],
    ['adds null', {}, [{ op: 'add', path: '/a', value: null }], { a: null }],
  ])('%s', (_, target, steps, result) => expect(json(target, ...steps)).toEqual(result))

  it.each<[string, JsonPatchStep, string]>([
    ['a path that does not exist', { op: 'replace', path: '/x/y', value: 1 }, 'Invalid'],
    ['replacing what is not there', { op: 'replace', path: '/x', value: 1 }, 'Invalid'],
    ['removing what is not there', { op: 'remove', path: '/x' }, 'Invalid'],
    ['an index beyond the end', { op: 'add', path: '/a/9', value: 1 }, 'Invalid'],
    ['an index that is no number', { op: 'add', path: '/a/01', value: 1 }, 'Invalid'],
    ['a failed test', { op: 'test', path: '/a', value: 2 }, 'Invalid'],
    ['a path without a slash', { op: 'remove', path: 'a' }, 'BadRequest'],
    ['a missing value', { op: 'add', path: '/b' }, 'BadRequest'],
    ['an unknown operation', { op: 'fold' as 'add', path: '/a' }, 'BadRequest'],
    ['a move without from', { op: 'move', path: '/b' }, 'BadRequest'],
  ])('refuses %s', (_, step, reason) => {
    expect(() => json({ a: [1] }, step)).toThrow(expect.objectContaining({ reason }))
  })
})

const jsonValue = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
const jsonObject = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), jsonValue)

/** Merge patches cannot write null: it means absent. */
const withoutNulls = (value: Json): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]))
}

describe('the three-way merge', () => {
  it('changes what the file changes and keeps what others added', () => {
    expect(threeWayMerge({ a: 1 }, { a: 1, other: 2 }, { a: 3 })).toEqual({ a: 3 })
  })

  it('removes what the last apply had and the file has no more', () => {
    expect(threeWayMerge({ a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, { a: 1 })).toEqual({ b: null })
  })

  it('replaces arrays whole', () => {
    expect(threeWayMerge({ l: [1] }, { l: [1, { defaulted: true }] }, { l: [1] })).toEqual({ l: [1] })
  })

  it('is nothing when all is as wanted', () => {
    expect(threeWayMerge({ a: { b: 1 } }, { a: { b: 1, c: 2 } }, { a: { b: 1 } })).toBeUndefined()
  })

  it('brings any state to hold what is wanted, and is nothing the second time', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, jsonObject, (last, current, draft) => {
        const wanted = withoutNulls(draft)
        const before = withoutNulls(current)
        const patch = threeWayMerge(last, before, wanted)
        const after = patch === undefined ? before : mergePatch(before, patch)
        expect(threeWayMerge(wanted, after, wanted)).toBeUndefined()
      }),
    )
  })
})

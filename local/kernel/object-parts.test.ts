import { describe, expect, it } from 'vitest'
import { copied, draftOf, freeze } from './object-parts.ts'

describe('a draft of an object', () => {
  const stored = () =>
    freeze({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', labels: { x: 'y' } }, spec: { sizes: [1, 2] } })

  it('may be changed at its top and in its metadata, and leaves the stored one as it is', () => {
    const before = stored()
    const draft = draftOf(before)
    draft.metadata.name = 'b'
    draft.spec = { sizes: [] }
    expect(before).toEqual(stored())
  })

  it('shares what is frozen', () => {
    const before = stored()
    expect(draftOf(before).spec).toBe(before.spec)
  })

  it('has its own copy of what its maker may still change', () => {
    const given = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec: { sizes: [{ of: 1 }] } }
    const draft = draftOf(given)
    given.spec.sizes.push({ of: 2 })
    Object.assign(given.spec.sizes[0] ?? {}, { of: 3 })
    expect(draft.spec).toEqual({ sizes: [{ of: 1 }] })
  })
})

describe('a copy', () => {
  it('holds the same values, absent and odd ones too', () => {
    const value = { a: null, b: undefined, c: [1, [true, 'x']], d: {} }
    expect(copied(value)).toStrictEqual(value)
    expect(copied(value)).not.toBe(value)
  })

  it('has __proto__ as a field like any other', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}')
    const copy = copied(value) as { polluted?: boolean }
    expect(copy.polluted).toBeUndefined()
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}')
  })

  it('copies an open object around frozen parts, and shares those', () => {
    const frozen = freeze({ deep: [1] })
    const copy = copied({ frozen, open: { x: 1 } })
    expect(copy.frozen).toBe(frozen)
    expect(copy).toEqual({ frozen: { deep: [1] }, open: { x: 1 } })
  })
})

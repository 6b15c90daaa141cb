import { describe, expect, it } from 'vitest'
import { equal } from './equal.ts'

describe('two JSON values', () => {
  it.each<[string, unknown, unknown]>([
    ['that are the same text', 'a', 'a'],
    ['with the same fields in another order', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }],
    ['of which one has a field that is undefined', { a: 1, b: undefined }, { a: 1 }],
    ['that are null', { a: null }, { a: null }],
  ])('are equal: %s', (_what, one, other) => {
    expect([equal(one, other), equal(other, one)]).toEqual([true, true])
  })

  it.each<[string, unknown, unknown]>([
    ['a number and its text', 1, '1'],
    ['null and nothing', { a: null }, {}],
    ['one field more', { a: 1 }, { a: 1, b: 2 }],
    ['a field of another name', { a: 1 }, { b: 1 }],
    ['a difference deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
    ['items in another order', [1, 2], [2, 1]],
    ['an item more', [1], [1, 2]],
    ['a list and an object of its fields', ['x'], { 0: 'x' }],
    ['null and an object', null, {}],
    ['a field by the name of an inherited one', {}, { constructor: {} }],
  ])('differ: %s', (_what, one, other) => {
    expect([equal(one, other), equal(other, one)]).toEqual([false, false])
  })
})

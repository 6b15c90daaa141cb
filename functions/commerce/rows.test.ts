import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../lib/sqlite-store.ts'
import type { Store } from '../lib/store.ts'
import { pageSize, row, rows, rowsById } from './rows.ts'

let store: Store
beforeEach(async () => {
  store = await openSqliteStore(':memory:')
  for (const [_id, colour] of [
    ['a', 'red'],
    ['b', 'blue'],
    ['c', 'red'],
  ] as const)
    await store.insert('things', { _id, colour })
})
afterEach(() => store.close())

describe('the size of a page', () => {
  it.each([
    [50, 200, 50],
    [0, 200, 0],
    [-1, 200, 0],
    [201, 200, 200],
    [2 ** 31 - 1, 1_000, 1_000],
    [null, 200, 200],
  ])('asked for %j of at most %i: %i', (first, most, size) => {
    expect(pageSize(first, most)).toBe(size)
  })
})

it('a row has its id, and there is none of nothing', () => {
  expect([row({ _id: 'a', colour: 'red' }), row(undefined)]).toEqual([{ _id: 'a', id: 'a', colour: 'red' }, null])
})

it.each([
  [{ colour: 'red' }, ['c', 'a']],
  [{ colour: undefined }, ['c', 'b', 'a']],
  [{ colour: null }, ['c', 'b', 'a']],
  [{ colour: '' }, []],
  [{ colour: 'green' }, []],
])('where %j: %j, the newest first', async (where, ids) => {
  expect((await rows(store, 'things', null, where)).map(({ id }) => id)).toEqual(ids)
})

it('rows by id keep the places of those that are asked for', async () => {
  const found = await rowsById(store, 'things', ['c', 'x', 'a', 'c'])
  expect(found.map(each => each?.id)).toEqual(['c', undefined, 'a', 'c'])
  expect(await rowsById(store, 'things', [])).toEqual([])
})

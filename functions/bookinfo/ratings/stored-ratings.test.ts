import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/sqlite-store.ts'
import type { Store } from '../../lib/store.ts'
import { asRatings, keepRatings, ratingsOf } from './stored-ratings.ts'

describe('ratings in a body', () => {
  it.each([[{}], [{ Reviewer1: 0 }], [{ Reviewer1: 5, 'Zoë 🐴': 3 }], [{ 'a.b': 1, $set: 2 }]])('are %j', value => {
    expect(asRatings(value)).toEqual(value)
  })

  it.each([
    ...[undefined, null, 7, 'five', true, [], [5]],
    ...[{ a: -1 }, { a: 6 }, { a: 4.5 }, { a: '5' }, { a: null }, { a: [5] }, { a: 1, b: 6 }, { a: Number.NaN }],
  ])('are not %j', value => {
    expect(asRatings(value)).toBeUndefined()
  })
})

describe('ratings that are kept', () => {
  let store: Store
  beforeEach(async () => {
    store = await openSqliteStore(':memory:')
  })
  afterEach(() => store.close())
  const initial = { Reviewer1: 5, Reviewer2: 4 }

  it('take the place of those before, whole, and of one product alone', async () => {
    expect(await ratingsOf(store, 1)).toEqual(initial)
    await keepRatings(store, 1, { Reviewer1: 1, other: 2 })
    await keepRatings(store, 1, { 'a.b': 3 })
    expect([await ratingsOf(store, 1), await ratingsOf(store, 2)]).toEqual([{ 'a.b': 3 }, initial])
  })

  it('may be none at all', async () => {
    await keepRatings(store, 1, {})
    expect(await ratingsOf(store, 1)).toEqual({})
  })

  it('are the last of many that came at once', async () => {
    const given = Array.from({ length: 20 }, (_, index) => ({ [`r${index}`]: index % 6 }))
    await Promise.all(given.map(ratings => keepRatings(store, 1, ratings)))
    expect(given).toContainEqual(await ratingsOf(store, 1))
  })

  it('are not believed when somebody else wrote nonsense', async () => {
    await store.insert('ratings', { _id: '1', ratings: { Reviewer1: 'lots' } })
    expect(await ratingsOf(store, 1)).toEqual(initial)
  })

  it('without a store are those of the beginning, for ever', async () => {
    await keepRatings(undefined, 1, { Reviewer1: 1 })
    expect(await ratingsOf(undefined, 1)).toEqual(initial)
  })
})

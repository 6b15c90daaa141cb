import { describe, expect, it } from 'vitest'
import { ledger, type Outcome } from './ledger.ts'

const good: Outcome = { latencyMs: 5, status: 200, revision: 'a-00001', bytes: 10 }
const refused: Outcome = { latencyMs: 1, status: 0, revision: '', bytes: 0, error: 'connection refused' }

describe('a ledger', () => {
  it('counts in all, by revision, by status and by kind of error', () => {
    const book = ledger()
    for (const outcome of [good, { ...good, revision: 'a-00002', latencyMs: 9 }, refused, refused])
      book.record(outcome, 1)
    expect([book.total.latency.count, book.total.errors, book.bytes]).toEqual([4, 2, 20])
    expect([...book.revisions].map(([name, group]) => [name, group.latency.count, group.errors])).toEqual([
      ['a-00001', 1, 0],
      ['a-00002', 1, 0],
      ['–', 2, 2],
    ])
    expect([...book.statuses].map(([status, { latency }]) => [status, latency.count])).toEqual([
      [200, 2],
      [0, 2],
    ])
    expect([...book.errors]).toEqual([['connection refused', 2]])
  })

  it('writes second by second, also those in which nothing ended', () => {
    const book = ledger()
    book.record(good, 0)
    book.record({ ...good, latencyMs: 7 }, 999)
    book.record(refused, 3_001)
    book.close()
    expect(book.seconds.map(({ requests, errors }) => [requests, errors])).toEqual([
      [2, 0],
      [0, 0],
      [0, 0],
      [1, 1],
    ])
    expect(book.seconds[0]?.p99).toBe(7)
    expect(book.seconds[1]?.p99).toBeNaN()
  })

  it('of nothing has no seconds', () => {
    const book = ledger()
    book.close()
    expect(book.seconds).toEqual([])
  })

  it('counts names beyond a hundred together, for they come from answers', () => {
    const book = ledger()
    for (let index = 0; index < 150; index++) book.record({ ...good, revision: `r-${index}`, error: `e-${index}` }, 1)
    expect(book.revisions.size).toBe(101)
    expect(book.revisions.get('others')?.latency.count).toBe(50)
    expect(book.errors.get('others')).toBe(50)
  })
})

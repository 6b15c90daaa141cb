import { describe, expect, it } from 'vitest'
import { type Append, ownData, pack, sizeOf, takeBatch } from './batch.ts'
import { Capacity, defaultLogLimits } from './capacity.ts'
import { decodeRecord, encodeRecord, type LoggedEvent } from './record.ts'
import { Tail } from './tail.ts'

const logged = (id: string, data?: Buffer): LoggedEvent => ({ event: { attributes: { id }, data }, headers: [] })
/** An entry with so many bytes of data. */
const sized = (bytes = 0) => decodeRecord(encodeRecord(logged('x', bytes > 0 ? Buffer.alloc(bytes) : undefined)))
const size = sized().record.length

describe('the tail', () => {
  const seqs = (tail: Tail, after: number, limit = 9) => tail.since('a', after, limit)?.map(one => one.seq)

  it('gives a broker its own entries after a number, up to a count', () => {
    const tail = new Tail(0, 100 * size)
    for (const [seq, broker] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'a'],
      [4, 'a'],
    ] as const)
      tail.add(broker, seq, sized())
    expect([seqs(tail, 0), seqs(tail, 1), seqs(tail, 0, 2), seqs(tail, 4)]).toEqual([[1, 3, 4], [3, 4], [1, 3], []])
  })

  it('says when it no longer reaches back that far', () => {
    const tail = new Tail(0, 3 * size)
    for (let seq = 1; seq <= 5; seq++) tail.add('a', seq, sized())
    expect([seqs(tail, 1), seqs(tail, 2), seqs(tail, 4)]).toEqual([undefined, [3, 4, 5], [5]])
  })

  it('knows nothing from before it began', () => {
    expect(seqs(new Tail(7, 100 * size), 6)).toBeUndefined()
    expect(seqs(new Tail(7, 100 * size), 7)).toEqual([])
  })

  it('keeps no entry that is larger than itself', () => {
    const tail = new Tail(0, 2 * size)
    tail.add('a', 1, sized(2 * size))
    expect(seqs(tail, 0)).toBeUndefined()
    tail.add('a', 2, sized())
    expect(seqs(tail, 1)).toEqual([2])
  })

  it('gives the same of an entry whether it is among the newest or long past', () => {
    const tail = new Tail(0, 10_000 * size)
    const replayed = { ...logged('1', Buffer.from('data')), headers: ['traceparent', 'x'], only: 'ns/t' }
    tail.add('a', 1, decodeRecord(encodeRecord(replayed)))
    const [fresh] = tail.since('a', 0, 1) ?? []
    for (let seq = 2; seq <= 2_000; seq++) tail.add('a', seq, sized())
    const [past] = tail.since('a', 0, 1) ?? []
    expect(past).not.toBe(fresh)
    expect(past).toEqual(fresh)
    expect(past).toMatchObject({ seq: 1, ...replayed })
  })

  it('gives the newest to each who asks without reading them anew', () => {
    const tail = new Tail(0, 10_000 * size)
    for (let seq = 1; seq <= 100; seq++) tail.add('a', seq, sized())
    expect(tail.since('a', 99, 1)?.[0]).toBe(tail.since('a', 99, 1)?.[0])
  })

  it('stays right over many thousand entries', () => {
    const tail = new Tail(0, 100 * size)
    for (let seq = 1; seq <= 10_000; seq++) tail.add(seq % 2 ? 'a' : 'b', seq, sized())
    expect(seqs(tail, 9_990)).toEqual([9_991, 9_993, 9_995, 9_997, 9_999])
    expect(seqs(tail, 9_899)).toBeUndefined()
  })
})

describe('the capacity', () => {
  const limits = { ...defaultLogLimits, maxEvents: 10, maxBytes: 1_000, maxWaitingBytes: 500 }
  const none = { events: 0, bytes: 0 }

  it.each([
    ['of events, nine tenths for senders', { events: 9, bytes: 0 }, 1, false, false],
    ['of events, the rest for replies', { events: 9, bytes: 0 }, 1, true, true],
    ['of events, all of it', { events: 10, bytes: 0 }, 1, true, false],
    ['of bytes, nine tenths for senders', { events: 0, bytes: 800 }, 101, false, false],
    ['of bytes, the rest for replies', { events: 0, bytes: 800 }, 200, true, true],
    ['of bytes that wait', none, 501, true, false],
  ])('has a bound %s', (_sentence, held, bytes, reserve, fits) => {
    expect(new Capacity(limits, held).enter(bytes, reserve)).toBe(fits)
  })

  it('counts what waits, what is on its way, and what the disk refused', () => {
    const capacity = new Capacity(limits, none)
    capacity.enter(300, false)
    capacity.enter(100, false)
    expect(capacity.size).toEqual({ events: 2, bytes: 400 })
    expect(capacity.enter(200, false)).toBe(false)
    capacity.leaveFor({ events: 2, bytes: 400 })
    expect(capacity.enter(200, false)).toBe(true)
    expect(capacity.size).toEqual({ events: 3, bytes: 600 })
    capacity.drop({ events: 2, bytes: 400 })
    expect(capacity.size).toEqual({ events: 1, bytes: 200 })
    capacity.hold({ events: 5, bytes: 50 })
    expect(capacity.size).toEqual({ events: 6, bytes: 250 })
  })
})

describe('a batch', () => {
  const append = (id: string, data: string): Append => {
    const one = logged(id, Buffer.from(data))
    return { broker: `ns/${id}`, logged: one, record: encodeRecord(one), resolve: () => {}, reject: () => {} }
  }
  const three = () => [append('a', 'x'.repeat(100)), append('b', 'yy'), append('c', '')]

  it('is as much as fits, but at least one', () => {
    const waiting = three()
    expect(takeBatch(waiting, 1)).toHaveLength(1)
    expect(takeBatch(waiting, 1_000)).toHaveLength(2)
    expect([waiting.length, takeBatch(waiting, 1_000)]).toEqual([0, []])
  })

  it('is packed so that each record ends where it says', () => {
    const batch = three()
    const { first, brokers, ends, records } = pack(5, batch)
    expect([first, brokers, records.length]).toEqual([5, ['ns/a', 'ns/b', 'ns/c'], sizeOf(batch).bytes])
    expect(Buffer.from(records.subarray(ends[0], ends[1]))).toEqual(batch[1]?.record)
  })

  it('keeps the data in the record’s memory alone', () => {
    const one = append('a', 'data')
    const own = ownData(one)
    expect(own).toEqual({ ...one.logged, record: one.record })
    expect(own.event.data?.buffer).toBe(one.record.buffer)
  })
})

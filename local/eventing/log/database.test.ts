import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogDatabase } from './database.ts'
import type { PackedEntries, ProgressUpdate } from './protocol.ts'

let folder: string
let database: LogDatabase

const open = () => new LogDatabase(join(folder, 'broker.db'))
const reopen = () => {
  database.close()
  database = open()
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-database-'))
  database = open()
})

afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

/** Entries one after the other, each `[broker, text]`. */
function entries(first: number, ...given: [broker: string, text: string][]): PackedEntries {
  let end = 0
  const ends = given.map(([, text]) => (end += text.length))
  const records = new Uint8Array(Buffer.from(given.map(([, text]) => text).join('')))
  return { first, brokers: given.map(([broker]) => broker), ends, records }
}

const update = (trigger: string, read: number, open: ProgressUpdate['open'] = [], broker = 'ns/a'): ProgressUpdate => ({
  ...{ trigger, broker, read, open },
})
const read = (broker: string, after = 0, limit = 100, maxBytes = 1_000) => {
  const { entries: found, scanned } = database.read(broker, after, limit, maxBytes)
  return { seqs: found.map(one => one.seq), scanned }
}
const compactAll = () => {
  while (database.compact(2));
}

describe('entries', () => {
  it('come back whole, by broker and by number', () => {
    database.commit(entries(1, ['ns/a', 'one'], ['ns/b', 'two'], ['ns/a', 'three']), [], [])
    expect(database.read('ns/a', 0, 9, 99).entries.map(({ record }) => Buffer.from(record).toString())).toEqual([
      'one',
      'three',
    ])
    expect(Buffer.from(database.get(2)?.record ?? []).toString()).toBe('two')
    expect(database.get(4)).toBeUndefined()
    expect(database.size).toEqual({ events: 3, bytes: 11 })
  })

  it.each([
    ['all of it', 0, 9, 99, [1, 3, 4], 5],
    ['what follows a number', 1, 9, 99, [3, 4], 5],
    ['up to a count, and no further', 0, 2, 99, [1, 3], 3],
    ['up to a number of bytes, but at least one', 0, 9, 1, [1], 1],
    ['nothing after the last', 5, 9, 99, [], 5],
  ])('a read gives %s', (_sentence, after, limit, maxBytes, seqs, scanned) => {
    database.commit(entries(1, ['ns/a', '1'], ['ns/b', '2'], ['ns/a', '3'], ['ns/a', '4'], ['ns/b', '5']), [], [])
    expect(read('ns/a', after, limit, maxBytes)).toEqual({ seqs, scanned })
  })

  it('are all there after the file was opened again', () => {
    database.commit(entries(1, ['ns/a', 'one'], ['ns/a', 'two']), [update('t', 1)], [])
    reopen()
    expect([database.last, database.size]).toEqual([2, { events: 2, bytes: 6 }])
    expect(read('ns/a').seqs).toEqual([1, 2])
  })

  it('a commit that fails leaves nothing of itself', () => {
    database.commit(entries(1, ['ns/a', 'one']), [], [])
    expect(() => database.commit(entries(1, ['ns/a', 'again']), [update('t', 1)], [])).toThrow('UNIQUE')
    expect(database.progress()).toEqual([])
    expect(database.size).toEqual({ events: 1, bytes: 3 })
    database.commit(entries(2, ['ns/a', 'two']), [], [])
    expect(read('ns/a').seqs).toEqual([1, 2])
  })
})

describe('progress', () => {
  it('is what was saved last, with what is open', () => {
    database.commit(
      undefined,
      [
        update('t', 3, [
          [1, { tries: 0 }],
          [3, { tries: 2 }],
        ]),
      ],
      [],
    )
    database.commit(
      undefined,
      [
        update('t', 4, [
          [1, undefined],
          [4, { tries: 0 }],
        ]),
      ],
      [],
    )
    reopen()
    expect(database.progress()).toEqual([
      update('t', 4, [
        [3, { tries: 2 }],
        [4, { tries: 0 }],
      ]),
    ])
  })

  it('keeps what a dead-letter sink will be told', () => {
    const failure = { destination: 'http://s', code: 500, data: 'eA==' }
    database.commit(undefined, [update('t', 1, [[1, { tries: 0, failure }]])], [])
    reopen()
    expect(database.progress()[0]?.open).toEqual([[1, { tries: 0, failure }]])
  })

  it('of a trigger that is gone is gone', () => {
    database.commit(undefined, [update('t', 1, [[1, { tries: 0 }]]), update('u', 1)], [])
    database.commit(undefined, [], ['t'])
    reopen()
    expect(database.progress().map(one => one.trigger)).toEqual(['u'])
  })

  it('numbers go on where a trigger had read, though its entries are gone', () => {
    database.commit(undefined, [update('t', 7)], [])
    reopen()
    expect(database.last).toBe(7)
  })
})

describe('journeys', () => {
  const row = (key: string, at: number, journey = '{}') => ({ key, at, journey, record: new Uint8Array([1, 2]) })

  it('come back oldest first, after the file was opened again too', () => {
    database.saveJourneys([row('b', 2), row('a', 1), row('c', 3)], [])
    database.saveJourneys([], ['c'])
    reopen()
    expect(database.journeys()).toEqual([row('a', 1), row('b', 2)])
  })

  it('are kept as they were written last', () => {
    database.saveJourneys([row('a', 1)], [])
    database.saveJourneys([row('a', 1, '{"dead":["t"]}')], [])
    expect(database.journeys()).toEqual([row('a', 1, '{"dead":["t"]}')])
  })
})

describe('compaction', () => {
  const three = () => database.commit(entries(1, ['ns/a', '1'], ['ns/a', '2'], ['ns/a', '3']), [], [])

  it.each<[string, ProgressUpdate[], number[]]>([
    ['keeps what one trigger has not read', [update('t', 3), update('u', 1)], [2, 3]],
    ['keeps what is open', [update('t', 3, [[2, { tries: 1 }]]), update('u', 3)], [2]],
    ['deletes what all are done with', [update('t', 3), update('u', 3)], []],
    ['deletes what nobody waits for', [], []],
    ['does not mind triggers of other brokers', [update('t', 0, [], 'ns/b')], []],
  ])('%s', (_sentence, progress, left) => {
    three()
    database.commit(undefined, progress, [])
    compactAll()
    expect(read('ns/a').seqs).toEqual(left)
    expect(database.size.events).toBe(left.length)
  })

  it('goes on when a trigger is forgotten, and after the file was opened again', () => {
    three()
    database.commit(undefined, [update('t', 3), update('slow', 0)], [])
    compactAll()
    expect(read('ns/a').seqs).toEqual([1, 2, 3])
    database.commit(undefined, [], ['slow'])
    reopen()
    compactAll()
    expect(database.size).toEqual({ events: 0, bytes: 0 })
  })

  it('works in steps and says when more may remain', () => {
    three()
    database.commit(undefined, [update('t', 3)], [])
    expect([database.compact(2), database.size.events]).toEqual([true, 1])
    expect([database.compact(2), database.size.events]).toEqual([false, 0])
  })
})

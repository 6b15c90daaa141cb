import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { LoggedEvent } from '../log/record.ts'
import { EventJournal, type JournalLimits } from './event-journal.ts'
import type { Attempt } from './journal.ts'
import type { JournalStore } from './journal-saves.ts'
import { eventOf, type Journey, readJourney, startJourney, writeJourney } from './journey.ts'

const event = (id: string, data?: string): LoggedEvent => ({
  event: {
    attributes: { specversion: '1.0', id, source: '/s', type: 't' },
    data: data === undefined ? undefined : Buffer.from(data),
  },
  headers: ['traceparent', 'x'],
})
const attempt = (next: Attempt['next'], more: Partial<Attempt> = {}): Attempt => ({
  ...{ to: 'http://a', status: next === 'done' ? 200 : 500, ms: 3, next },
  ...more,
})
const roomy: JournalLimits = { maxJourneys: 100, maxBytes: 1_000_000, maxDead: 10 }

/** What was written, as a database would hold it. */
class Rows implements JournalStore {
  readonly rows = new Map<string, Journey>()
  writes = 0
  async load() {
    return [...this.rows.values()].map(one => readJourney(writeJourney(one), one.record))
  }
  async save(journeys: readonly Journey[], gone: readonly string[]) {
    this.writes++
    for (const one of journeys) this.rows.set(one.key, readJourney(writeJourney(one), one.record))
    for (const key of gone) this.rows.delete(key)
  }
}

function journal(limits: Partial<JournalLimits> = {}, store?: JournalStore) {
  const clock = new FakeClock()
  const one = new EventJournal({ clock, limits: { ...roomy, ...limits }, ...(store ? { store } : {}) })
  const arrive = (id: string, data?: string) => one.arrived(id, 'app/b', event(id, data))
  const tried = (id: string, consumer: string, given: Attempt) =>
    one.tried(id, consumer, given, { broker: 'app/b', logged: event(id) })
  return { clock, journal: one, arrive, tried, keys: () => one.list().map(({ key }) => key) }
}

describe('the journal', () => {
  it('keeps each event with its tries by consumer, and when they were', async () => {
    const { clock, journal: one, arrive, tried } = journal()
    arrive('1')
    await clock.advance(100)
    tried('1', 'app/t', attempt('again', { waitMs: 200 }))
    await clock.advance(200)
    tried('1', 'app/t', attempt('done'))
    tried('1', 'app/u', attempt('replied', { reply: { id: 'r', type: 'u' } }))
    const [journey] = one.list()
    expect(journey).toMatchObject({ key: '1', broker: 'app/b' })
    expect(journey && eventOf(journey)).toMatchObject(event('1'))
    expect(
      [...(journey?.tries ?? [])].map(([name, tries]) => [
        name,
        tries.map(({ at, next }) => [at - (journey?.at ?? 0), next]),
      ]),
    ).toEqual([
      [
        'app/t',
        [
          [100, 'again'],
          [300, 'done'],
        ],
      ],
      ['app/u', [[300, 'replied']]],
    ])
  })

  it('keeps nothing of the buffer that an event came in', () => {
    const { journal: one } = journal()
    const received = Buffer.from('GET / and much else: data')
    const { event: given, headers } = event('1')
    one.arrived('1', 'app/b', { event: { ...given, data: received.subarray(-4) }, headers })
    received.fill('x')
    const [journey] = one.list()
    expect(journey && eventOf(journey).event.data?.toString()).toBe('data')
  })

  it('knows an event whose first try was over before its sender had the answer', () => {
    const { journal: one, arrive, tried } = journal()
    tried('1', 'app/t', attempt('done'))
    arrive('1')
    expect(one.list().map(({ tries }) => tries.size)).toEqual([1])
  })

  it('holds so many events and no more', () => {
    const { arrive, keys } = journal({ maxJourneys: 3 })
    for (const id of ['1', '2', '3', '4', '5']) arrive(id)
    expect(keys()).toEqual(['3', '4', '5'])
  })

  it('holds so many bytes and no more', () => {
    const { arrive, keys } = journal({ maxBytes: 4_300 })
    for (const id of ['1', '2', '3']) arrive(id, 'x'.repeat(1_500))
    expect(keys()).toEqual(['2', '3'])
  })

  it('drops the oldest again after it was emptied by an event larger than all it may hold', () => {
    const { arrive, keys } = journal({ maxBytes: 4_300 })
    arrive('1')
    arrive('huge', 'x'.repeat(5_000))
    expect(keys()).toEqual([])
    for (const id of ['2', '3', '4']) arrive(id, 'x'.repeat(1_500))
    expect(keys()).toEqual(['3', '4'])
  })

  it('holds what was given up longer, but not for ever', () => {
    const { arrive, tried, keys } = journal({ maxJourneys: 2, maxDead: 2 })
    for (const id of ['1', '2', '3']) {
      arrive(id)
      tried(id, 'app/t', attempt('dead letter'))
    }
    for (const id of ['4', '5', '6']) arrive(id)
    expect(keys()).toEqual(['2', '3', '5', '6'])
  })

  it('takes an event that comes back from retries after it was forgotten', () => {
    const { arrive, tried, journal: one } = journal({ maxJourneys: 1 })
    arrive('1')
    arrive('2')
    tried('1', 'app/t', attempt('dropped'))
    expect(one.list().filter(({ dead }) => dead.has('app/t'))).toHaveLength(1)
  })

  it('tells listeners of each step, until they stop', () => {
    const { arrive, tried, journal: one } = journal()
    const told: number[] = []
    const stop = one.watch(({ tries }) => void told.push(tries.size))
    arrive('1')
    tried('1', 'app/t', attempt('done'))
    stop()
    arrive('2')
    expect(told).toEqual([0, 1])
  })

  it('what was replayed is given up no more', () => {
    const { tried, journal: one } = journal()
    tried('1', 'app/t', attempt('dropped'))
    const [journey] = one.list()
    if (journey) one.replayed(journey, ['app/t'])
    expect(one.list()[0]?.dead.size).toBe(0)
  })
})

describe('on disk', () => {
  it('is written a second later, in one go, and read by the next run', async () => {
    const rows = new Rows()
    const first = journal({}, rows)
    first.arrive('1', 'data')
    first.tried('1', 'app/t', attempt('dropped'))
    expect(rows.writes).toBe(0)
    await first.clock.advance(1_000)
    expect(rows.writes).toBe(1)
    const second = journal({}, rows)
    await second.journal.load()
    const [journey] = second.journal.list()
    expect(journey).toEqual(first.journal.list()[0])
    expect(journey && eventOf(journey)).toMatchObject(event('1', 'data'))
  })

  it('holds what memory holds, whatever happened in between', async () => {
    const rows = new Rows()
    const one = journal({ maxJourneys: 3, maxDead: 2 }, rows)
    for (let index = 0; index < 40; index++) {
      one.arrive(`${index}`)
      if (index % 7 === 0) one.tried(`${index}`, 'app/t', attempt('dropped'))
      if (index % 5 === 0) await one.clock.advance(1_000)
    }
    await one.journal.close()
    expect([...rows.rows.keys()].sort()).toEqual(one.keys().sort())
  })

  it('writes nothing of what was forgotten before it could be written', async () => {
    const rows = new Rows()
    const one = journal({ maxJourneys: 2 }, rows)
    for (let index = 0; index < 1_000; index++) one.arrive(`${index}`)
    await one.clock.advance(1_000)
    expect([...rows.rows.keys()]).toEqual(['998', '999'])
  })

  it('a disk that fails loses the journal’s lines, not the journal', async () => {
    const one = journal({}, { load: async () => [], save: () => Promise.reject(new Error('disk full')) })
    one.arrive('1')
    await one.clock.advance(1_000)
    one.arrive('2')
    expect(one.keys()).toEqual(['1', '2'])
  })

  it('what is loaded and exceeds the bounds is removed', async () => {
    const rows = new Rows()
    for (const key of ['1', '2', '3']) rows.rows.set(key, startJourney(key, 'app/b', event(key), 0))
    const one = journal({ maxJourneys: 2 }, rows)
    await one.journal.load()
    await one.clock.advance(1_000)
    expect([...rows.rows.keys()]).toEqual(['2', '3'])
  })
})

it('of an event tried without end the first and the last tries are kept', () => {
  const { tried, journal: one } = journal()
  for (let index = 0; index < 100; index++) tried('1', 'app/t', attempt('again', { ms: index }))
  const tries = one.list()[0]?.tries.get('app/t') ?? []
  expect(tries).toHaveLength(20)
  expect([tries[0]?.ms, tries.at(-1)?.ms]).toEqual([0, 99])
})

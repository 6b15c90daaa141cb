import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { JournalSaves, type JournalStore } from './journal-saves.ts'
import { type Journey, startJourney } from './journey.ts'

interface Write {
  keys: string[]
  gone: readonly string[]
}

/** A disk that writes down what it was given when; it may be slow. */
class Disk implements JournalStore {
  readonly writes: Write[] = []
  readonly stored: Journey[] = []
  /** What a write waits for. */
  ready: Promise<void> = Promise.resolve()

  async load() {
    return this.stored
  }

  async save(journeys: readonly Journey[], gone: readonly string[]) {
    this.writes.push({ keys: journeys.map(({ key }) => key), gone })
    await this.ready
  }
}

const journey = (key: string, dead = false): Journey => {
  const event = { attributes: { specversion: '1.0', id: key, source: '/', type: 't' }, data: undefined }
  const one = startJourney(key, 'app/b', { event, headers: [] }, 0)
  if (dead) one.dead.add('app/t')
  return one
}

let clock: FakeClock
let disk: Disk
let journeys: Map<string, Journey>
let saves: JournalSaves
beforeEach(() => {
  clock = new FakeClock()
  disk = new Disk()
  journeys = new Map()
  saves = new JournalSaves({ clock, store: disk, find: key => journeys.get(key) })
})

function change(key: string, dead = false): void {
  journeys.set(key, journey(key, dead))
  saves.changed(key)
}

function forget(key: string): void {
  journeys.delete(key)
  saves.forgotten(key)
}

const counts = () => disk.writes.map(({ keys, gone }) => [keys.length, gone.length])

describe('the journal goes to disk', () => {
  it('a second after a change, with all that changed in it, each once', async () => {
    change('1')
    await clock.advance(999)
    change('2')
    change('1')
    expect(disk.writes).toEqual([])
    await clock.advance(1)
    expect(disk.writes).toEqual([{ keys: ['1', '2'], gone: [] }])
    await clock.advance(60_000)
    expect(disk.writes).toHaveLength(1)
  })

  it('a hundred journeys at a time, with pauses, so that nobody waits long for the disk behind them', async () => {
    for (let index = 0; index < 250; index++) change(`${index}`)
    await clock.advance(1_000)
    expect(counts()).toEqual([[100, 0]])
    await clock.advance(99)
    expect(disk.writes).toHaveLength(1)
    await clock.advance(1)
    await clock.advance(100)
    expect(counts()).toEqual([
      [100, 0],
      [100, 0],
      [50, 0],
    ])
    expect(disk.writes.flatMap(({ keys }) => keys)).toEqual([...journeys.keys()])
  })

  it('what was given up before all else', async () => {
    for (let index = 0; index < 150; index++) change(`${index}`, index >= 148)
    await clock.advance(1_000)
    expect(disk.writes[0]?.keys.slice(0, 3)).toEqual(['148', '149', '0'])
  })

  it('without those that were forgotten before their turn, and without a trace of them', async () => {
    for (let index = 0; index < 150; index++) change(`${index}`)
    await clock.advance(1_000)
    for (let index = 100; index < 149; index++) forget(`${index}`)
    await clock.advance(10_000)
    expect(disk.writes).toMatchObject([{ gone: [] }, { keys: ['149'], gone: [] }])
  })

  it('as it was last, when it changes while others are being written', async () => {
    let written = () => {}
    disk.ready = new Promise(resolve => {
      written = resolve
    })
    change('1')
    await clock.advance(1_000)
    change('1')
    change('2')
    await clock.advance(5_000)
    expect(disk.writes).toHaveLength(1)
    written()
    await clock.advance(1_000)
    expect(disk.writes.map(({ keys }) => keys)).toEqual([['1'], ['1', '2']])
  })
})

describe('what is forgotten', () => {
  it('is removed once it was written', async () => {
    change('1')
    await clock.advance(1_000)
    forget('1')
    await clock.advance(1_000)
    expect(disk.writes.at(-1)).toEqual({ keys: [], gone: ['1'] })
  })

  it('and comes back is not removed', async () => {
    change('1')
    await clock.advance(1_000)
    forget('1')
    change('1')
    await clock.advance(1_000)
    expect(disk.writes.at(-1)).toEqual({ keys: ['1'], gone: [] })
  })

  it('is removed as well when an earlier run wrote it', async () => {
    disk.stored.push(journey('old'))
    expect((await saves.load()).map(({ key }) => key)).toEqual(['old'])
    forget('old')
    await clock.advance(1_000)
    expect(disk.writes).toEqual([{ keys: [], gone: ['old'] }])
  })

  it('is removed in small steps too', async () => {
    for (let index = 0; index < 250; index++) change(`${index}`)
    await clock.advance(10_000)
    disk.writes.length = 0
    for (const key of [...journeys.keys()]) forget(key)
    await clock.advance(10_000)
    expect(counts()).toEqual([
      [0, 100],
      [0, 100],
      [0, 50],
    ])
  })
})

describe('the end', () => {
  it('waits for everything, without pauses, and writes nothing after it', async () => {
    for (let index = 0; index < 250; index++) change(`${index}`)
    await saves.close()
    expect(counts()).toEqual([
      [100, 0],
      [100, 0],
      [50, 0],
    ])
    change('late')
    await clock.advance(10_000)
    expect(disk.writes).toHaveLength(3)
  })

  it('in the middle of a round takes the rest of it along', async () => {
    for (let index = 0; index < 150; index++) change(`${index}`)
    await clock.advance(1_000)
    change('new')
    await saves.close()
    expect(disk.writes.slice(1).map(({ keys }) => [keys.length, keys.at(-1)])).toEqual([
      [50, '149'],
      [1, 'new'],
    ])
  })
})

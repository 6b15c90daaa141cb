import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { SendRequest } from '../../seams/send.ts'
import { attributesFilter } from '../filter/attributes.ts'
import { Progress } from '../log/progress.ts'
import { decodeRecord, encodeRecord } from '../log/record.ts'
import type { LogEntry } from '../log/tail.ts'
import { Dispatcher, type DispatcherOptions, type Route } from './dispatcher.ts'
import { policyOf } from './policy.ts'

/** The part of the log that a dispatcher sees, in memory. */
class Events {
  readonly #entries: LogEntry[] = []
  readonly #listeners = new Set<() => void>()
  touched = 0

  append(type = 't'): void {
    const seq = this.#entries.length + 1
    const attributes = { specversion: '1.0', id: String(seq), source: '/', type, knativebrokerttl: '255' }
    const record = encodeRecord({ event: { attributes, data: undefined }, headers: [] })
    this.#entries.push({ seq, ...decodeRecord(record) })
    for (const listener of this.#listeners) listener()
  }

  async read(_broker: string, after: number, limit: number) {
    const entries = this.#entries.slice(after, after + limit)
    return { entries, scanned: entries.at(-1)?.seq ?? after }
  }

  async get(seq: number) {
    return this.#entries[seq - 1]
  }

  onAppend(_broker: string, listener: () => void) {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  touch(): void {
    this.touched++
  }
}

interface Asked {
  id: string
  url: string
  at: number
  answer(status: number): void
  fail(): void
}

/** All promises that can settle have settled. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

/** `stored`: how many events the log has before the dispatcher begins. */
function dispatching(
  spec: Parameters<typeof policyOf>[0] = {},
  { stored = 0, sink, ...more }: Partial<DispatcherOptions> & { stored?: number; sink?: string } = {},
) {
  const clock = new FakeClock()
  const began = clock.now()
  const events = new Events()
  for (let index = 0; index < stored; index++) events.append()
  const asked: Asked[] = []
  const log: string[] = []
  const tried: Parameters<DispatcherOptions['journal']['tried']>[] = []
  const progress = more.progress ?? new Progress(0)
  const send = ({ url, headers }: SendRequest) =>
    new Promise<{ status: number; headers: string[]; body: Buffer }>((resolve, reject) => {
      const id = headers[headers.indexOf('ce-id') + 1] ?? ''
      const answer = (status: number) => resolve({ status, headers: [], body: Buffer.alloc(0) })
      asked.push({ id, url, at: clock.now() - began, answer, fail: () => reject(new Error('reset')) })
    })
  const policy = policyOf(spec)
  const route: Route = { filter: () => true, subscriber: 'http://s', deadLetterSink: sink, policy, reply: undefined }
  const dispatcher = new Dispatcher({
    ...{ name: 'app/t', topic: 'app/default', namespace: 'app', events, progress, route, clock, send },
    limits: { concurrency: 2, maxOpen: 4 },
    log: (_level, message) => void log.push(message),
    journal: { tried: (...step) => void tried.push(step) },
    reply: async () => true,
    ...more,
  })
  const append = async (count: number, type?: string) => {
    for (let index = 0; index < count; index++) events.append(type)
    await turn()
  }
  const answerAll = async (status: number) => {
    for (const one of asked) one.answer(status)
    await turn()
  }
  return {
    clock,
    events,
    asked,
    log,
    progress,
    route,
    dispatcher,
    append,
    answerAll,
    ids: () => asked.map(one => one.id),
  }
}

describe('a dispatcher', () => {
  it('makes so many tries at once, and the next when one is over', async () => {
    const { append, asked, ids, clock } = dispatching()
    await append(3)
    expect(ids()).toEqual(['1', '2'])
    asked[0]?.answer(200)
    await clock.advance(0)
    expect(ids()).toEqual(['1', '2', '3'])
  })

  it('passes over what its filter does not want, without a try', async () => {
    const { append, asked, progress, route, dispatcher } = dispatching()
    dispatcher.route = { ...route, filter: attributesFilter({ type: 'wanted' }) }
    await append(100, 'other')
    await append(1, 'wanted')
    expect(asked.map(one => one.id)).toEqual(['101'])
    expect([progress.read, progress.open.size]).toEqual([101, 1])
  })

  it('holds no more events than its bound while they wait for another try', async () => {
    const { append, answerAll, ids, progress, clock } = dispatching({
      ...{ retry: 1, backoffPolicy: 'exponential', backoffDelay: 'PT10S' },
    })
    await append(10)
    await answerAll(503)
    await answerAll(503)
    expect(ids()).toEqual(['1', '2', '3', '4'])
    expect([progress.open.size, progress.read]).toEqual([4, 4])
    await clock.advance(10_000)
    expect(ids().slice(4)).toEqual(['1', '2'])
    await answerAll(200)
    expect(ids().slice(6, 8)).toEqual(['3', '4'])
  })

  it('waits between tries as the policy says, by its clock', async () => {
    const { append, answerAll, asked, clock } = dispatching({
      ...{ retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT1S' },
    })
    await append(1)
    for (const wait of [0, 1_000, 2_000]) {
      await answerAll(500)
      await clock.advance(wait)
    }
    expect(asked.map(one => one.at)).toEqual([0, 0, 1_000, 3_000])
  })

  it('turns to the dead-letter sink at once after the last try', async () => {
    const { append, answerAll, asked, progress } = dispatching({}, { sink: 'http://d' })
    await append(1)
    await answerAll(500)
    expect(asked.map(one => one.url)).toEqual(['http://s', 'http://d'])
    expect(progress.open.get(1)?.failure).toMatchObject({ code: 500, destination: 'http://s' })
    await answerAll(200)
    expect(progress.open.size).toBe(0)
  })

  it('drops what nobody takes, and says so', async () => {
    const { append, asked, log, progress, clock } = dispatching()
    await append(1)
    asked[0]?.fail()
    await clock.advance(0)
    expect(log).toEqual(['consumer app/t dropped an event: the subscriber failed with 500'])
    expect(progress.open.size).toBe(0)
  })

  it('goes by the route of the moment', async () => {
    const { append, answerAll, asked, dispatcher, route } = dispatching()
    await append(1)
    dispatcher.route = { ...route, subscriber: 'http://new' }
    await answerAll(200)
    await append(1)
    expect(asked.map(one => one.url)).toEqual(['http://s', 'http://new'])
  })

  it('drops what waited for a sink that was taken away', async () => {
    const failure = { destination: 'http://s', code: 500, data: '' }
    const { log, asked } = dispatching({}, { stored: 1, progress: new Progress(1, [[1, { tries: 0, failure }]]) })
    await turn()
    expect(asked).toEqual([])
    expect(log[0]).toContain('dropped an event: the subscriber failed with 500')
  })
})

describe('the end and a new beginning', () => {
  it('takes up nothing more once stopped, and resolves when the last try is over', async () => {
    const { append, answerAll, asked, dispatcher, clock } = dispatching()
    await append(2)
    let stopped = false
    void dispatcher.stop().then(() => {
      stopped = true
    })
    await append(1)
    expect([stopped, asked.length]).toEqual([false, 2])
    await answerAll(200)
    await clock.advance(60_000)
    expect([stopped, asked.length]).toEqual([true, 2])
  })

  it('goes on with what was open, its tries counted', async () => {
    const progress = new Progress(1, [[1, { tries: 1 }]])
    const { answerAll, asked, log } = dispatching({ retry: 1 }, { stored: 1, progress })
    await turn()
    await answerAll(500)
    expect(asked).toHaveLength(1)
    expect(log[0]).toContain('dropped')
  })

  it('lets go of what the log no longer has', async () => {
    const { clock, asked, progress } = dispatching({}, { progress: new Progress(9, [[9, { tries: 0 }]]) })
    await clock.advance(0)
    expect([asked.length, progress.open.size]).toEqual([0, 0])
  })

  it('reads again a second after the log failed', async () => {
    const { clock, events, append, ids, log } = dispatching()
    const read = events.read.bind(events)
    events.read = () => Promise.reject(new Error('disk I/O error'))
    await append(1)
    events.read = read
    expect([ids(), log]).toEqual([[], ['consumer app/t: disk I/O error']])
    await clock.advance(1_000)
    expect(ids()).toEqual(['1'])
  })
})

describe('what is meant for one consumer alone', () => {
  it('passes it whatever its filter says, and no other', async () => {
    const delivered = async (only: string, filter: Route['filter']) => {
      const events = new Events()
      const read = events.read.bind(events)
      events.read = async (topic, after, limit) => {
        const found = await read(topic, after, limit)
        return { ...found, entries: found.entries.map(entry => ({ ...entry, only })) }
      }
      events.append()
      const route = {
        filter,
        subscriber: 'http://s',
        deadLetterSink: undefined,
        policy: policyOf({}),
        reply: undefined,
      }
      const { ids } = dispatching({}, { events, route })
      await turn()
      return ids()
    }
    expect(await delivered('app/t', () => false)).toEqual(['1'])
    expect(await delivered('app/other', () => true)).toEqual([])
  })
})

describe('the journal is told of each try', () => {
  it('under the entry’s key and the consumer’s name, with what follows', async () => {
    const told: unknown[][] = []
    const journal = { tried: (...step: unknown[]) => void told.push(step) }
    const { append, asked, clock } = dispatching(
      { retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT1S' },
      { journal },
    )
    await append(1)
    await clock.advance(30)
    asked[0]?.answer(503)
    await clock.advance(0)
    await turn()
    await clock.advance(0)
    asked[1]?.answer(200)
    await clock.advance(0)
    await turn()
    expect(told.map(([key, name, attempt]) => [key, name, attempt])).toEqual([
      ['log:1', 'app/t', { to: 'http://s', status: 503, ms: 30, next: 'again' }],
      ['log:1', 'app/t', { to: 'http://s', status: 200, ms: 0, next: 'done' }],
    ])
  })
})

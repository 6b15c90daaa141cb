import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { Capacity, defaultLogLimits, LogFull } from './capacity.ts'
import { GroupCommit } from './group-commit.ts'
import type { LogReply, PackedEntries, ProgressUpdate } from './protocol.ts'

interface Commit {
  entries: PackedEntries | undefined
  progress: ProgressUpdate[]
  forget: string[]
}

/** A disk that answers when it is told to, and a group commit on it. */
function onDisk(maxEvents = 1_000) {
  const clock = new FakeClock()
  const asked: { commit: Commit; answer(reply: LogReply): void; fail(error: Error): void }[] = []
  const published: [first: number, count: number][] = []
  const errors: string[] = []
  const dirty: ProgressUpdate[] = []
  const capacity = new Capacity({ ...defaultLogLimits, maxEvents }, { events: 0, bytes: 0 })
  const commits = new GroupCommit({
    ...{ capacity, clock, last: 0 },
    connection: {
      call: request =>
        new Promise<LogReply>((answer, fail) => {
          asked.push({ commit: structuredClone(request) as unknown as Commit, answer, fail })
        }),
    },
    log: (_level, message) => void errors.push(message),
    collect: () => dirty.splice(0),
    published(first, batch) {
      if (batch.length > 0) published.push([first, batch.length])
      for (const [index, one] of batch.entries()) one.resolve(first + index)
    },
  })
  const append = (id = 'x', reserve = false) =>
    commits.append('ns/a', { event: { attributes: { id }, data: undefined }, headers: [] }, reserve)
  const done = async () => {
    asked.at(-1)?.answer({ type: 'committed', id: 1, size: { events: 0, bytes: 0 } })
    await clock.advance(0)
  }
  return { clock, asked, published, errors, dirty, capacity, commits, append, done }
}

const progressOf = (trigger: string): ProgressUpdate => ({ trigger, broker: 'ns/a', read: 1, open: [] })

describe('a group commit', () => {
  it('lets what arrives during a commit ride together in the next', async () => {
    const { clock, asked, published, append, done } = onDisk()
    const first = append()
    await clock.advance(0)
    const others = [append(), append(), append()]
    await clock.advance(0)
    expect(asked).toHaveLength(1)
    await done()
    expect(asked).toHaveLength(2)
    await done()
    expect(await Promise.all([first, ...others])).toEqual([1, 2, 3, 4])
    expect(published).toEqual([
      [1, 1],
      [2, 3],
    ])
  })

  it('answers an append only when the disk has', async () => {
    const { clock, append, done } = onDisk()
    let answered = false
    void append().then(() => {
      answered = true
    })
    await clock.advance(1_000)
    expect(answered).toBe(false)
    await done()
    expect(answered).toBe(true)
  })

  it('saves what triggers have done with an append, or 20 ms later', async () => {
    const { clock, asked, dirty, commits, append, done } = onDisk()
    dirty.push(progressOf('t'))
    commits.touch()
    await clock.advance(19)
    expect(asked).toHaveLength(0)
    await clock.advance(1)
    expect(asked[0]?.commit.progress).toEqual([progressOf('t')])
    await done()
    dirty.push(progressOf('u'))
    commits.touch()
    void append()
    await clock.advance(0)
    expect(asked[1]?.commit.progress).toEqual([progressOf('u')])
  })

  it('saves what was touched while a commit was under way right after it', async () => {
    const { clock, asked, dirty, commits, append, done } = onDisk()
    void append()
    await clock.advance(0)
    dirty.push(progressOf('t'))
    commits.touch()
    await clock.advance(20)
    expect(asked).toHaveLength(1)
    await done()
    expect(asked[1]?.commit.progress).toEqual([progressOf('t')])
  })

  it('forgets a trigger once, and what was to be saved of it', async () => {
    const { clock, asked, commits } = onDisk()
    commits.save(progressOf('t'))
    commits.forget('t')
    await clock.advance(0)
    expect(asked[0]?.commit).toMatchObject({ progress: [], forget: ['t'] })
  })

  it('a trigger that comes back is not forgotten', async () => {
    const { clock, asked, commits } = onDisk()
    commits.forget('t')
    commits.save(progressOf('t'))
    await clock.advance(0)
    expect(asked[0]?.commit).toMatchObject({ progress: [progressOf('t')], forget: [] })
  })
})

describe('a disk that fails', () => {
  it('refuses the appends of that commit, and saves the rest a second later', async () => {
    const { clock, asked, errors, commits, append, capacity, done } = onDisk()
    commits.save(progressOf('t'))
    commits.forget('gone')
    const lost = append().catch(error => error as Error)
    await clock.advance(0)
    asked[0]?.fail(new Error('no space left'))
    expect(await lost).toMatchObject({ message: 'no space left' })
    expect(errors).toEqual(['the event log could not be written: no space left'])
    expect(capacity.size).toEqual({ events: 0, bytes: 0 })
    await clock.advance(1_000)
    expect(asked[1]?.commit).toMatchObject({ entries: undefined, progress: [progressOf('t')], forget: ['gone'] })
    await done()
  })

  it('does not give the numbers of refused entries again', async () => {
    const { clock, asked, append, done } = onDisk()
    const lost = append().catch(() => undefined)
    await clock.advance(0)
    asked[0]?.fail(new Error('no space left'))
    await lost
    const kept = append()
    await clock.advance(0)
    await done()
    expect(await kept).toBe(2)
  })
})

describe('bounds and the end', () => {
  it('refuses at nine tenths, replies at the whole', async () => {
    const { append } = onDisk(10)
    for (let index = 0; index < 9; index++) void append()
    await expect(append()).rejects.toThrow(LogFull)
    void append('reply', true)
    await expect(append('reply', true)).rejects.toThrow(LogFull)
  })

  it('once broken refuses what waits and what comes', async () => {
    const { clock, append, commits } = onDisk()
    void append()
    await clock.advance(0)
    const waiting = append()
    commits.break(new Error('the worker is gone'))
    await expect(waiting).rejects.toThrow('the worker is gone')
    await expect(append()).rejects.toThrow('the worker is gone')
  })
})

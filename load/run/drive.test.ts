import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../local/kernel/random.ts'
import { type Drive, drive, mostInFlight, type RunClock } from './drive.ts'

/** A clock that stands still but for its pauses: they end in the order of time, as soon as nothing else is to be done. */
function virtualClock(): RunClock {
  let now = 0
  let scheduled = false
  const waiting: { at: number; wake: () => void }[] = []
  const next = () => {
    scheduled = false
    const [first] = waiting.sort((a, b) => a.at - b.at).splice(0, 1)
    if (!first) return
    now = Math.max(now, first.at)
    first.wake()
    schedule()
  }
  const schedule = () => {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    setImmediate(next)
  }
  return {
    now: () => now,
    pause(ms) {
      return new Promise(wake => {
        waiting.push({ at: now + ms, wake })
        schedule()
      })
    },
  }
}

interface Sent {
  dueAt: number
  beganAt: number
  endedAt: number
}

/** Drives requests that take `takes` milliseconds each. */
async function driven(over: Pick<Drive, 'model' | 'limit'> & { takes?: (index: number) => number; stopAt?: number }) {
  const clock = virtualClock()
  const stop = new AbortController()
  const sent: Sent[] = []
  const skipped: number[] = []
  let [underWay, most, begun] = [0, 0, 0]
  if (over.stopAt !== undefined) void clock.pause(over.stopAt, stop.signal).then(() => stop.abort())
  await drive({
    ...{ model: over.model, limit: over.limit, clock, random: seededRandom(1), signal: stop.signal },
    async send(dueAt) {
      const beganAt = clock.now()
      most = Math.max(most, ++underWay)
      await clock.pause(over.takes?.(begun++) ?? 10, stop.signal)
      underWay--
      sent.push({ dueAt, beganAt, endedAt: clock.now() })
    },
    skip: dueAt => skipped.push(dueAt),
  })
  return { sent, most, skipped, endedAt: clock.now() }
}

describe('the closed model', () => {
  it('keeps as many under way as there are workers, and sends as many as wanted', async () => {
    const { sent, most, endedAt } = await driven({ model: { kind: 'closed', workers: 5 }, limit: { requests: 23 } })
    expect([sent.length, most, endedAt]).toEqual([23, 5, 50])
    expect(sent.every(({ dueAt, beganAt }) => dueAt === beganAt)).toBe(true)
  })

  it('needs no more workers than requests', async () => {
    expect((await driven({ model: { kind: 'closed', workers: 50 }, limit: { requests: 2 } })).most).toBe(2)
  })

  it('begins nothing after its time', async () => {
    const { sent } = await driven({ model: { kind: 'closed', workers: 2 }, limit: { seconds: 1 }, takes: () => 300 })
    expect(sent).toHaveLength(8)
    expect(Math.max(...sent.map(({ beganAt }) => beganAt))).toBe(900)
  })

  it('pauses between requests, at most as long as said', async () => {
    const model = { kind: 'closed', workers: 1, pauseMs: 100 } as const
    const { sent } = await driven({ model, limit: { requests: 50 } })
    const pauses = sent.slice(1).map(({ beganAt }, index) => beganAt - (sent[index]?.endedAt ?? 0))
    expect(Math.max(...pauses)).toBeLessThan(100)
    expect(Math.min(...pauses)).toBeLessThan(20)
    expect(Math.max(...pauses)).toBeGreaterThan(60)
  })

  it('ends early when it is told to, with what was under way', async () => {
    const { sent } = await driven({ model: { kind: 'closed', workers: 3 }, limit: { seconds: 60 }, stopAt: 95 })
    expect(sent.length).toBe(30)
  })
})

describe('the open model', () => {
  const model = { kind: 'open', perSecond: 50 } as const

  it('sends at its pace', async () => {
    const { sent } = await driven({ model, limit: { requests: 100 } })
    expect(sent.map(({ beganAt }) => beganAt)).toEqual(Array.from({ length: 100 }, (_, index) => index * 20))
  })

  it('goes on while answers are slow: nobody who comes waits for others', async () => {
    const { sent, most } = await driven({ model, limit: { seconds: 2 }, takes: () => 1_000 })
    expect(sent).toHaveLength(100)
    expect(most).toBe(50)
    expect(sent.every(({ dueAt, beganAt }) => dueAt === beganAt)).toBe(true)
  })

  it('counts from the time a request was due when there is no place for it: no coordinated omission', async () => {
    const fast = { kind: 'open', perSecond: 2_000 } as const
    // The first thousand hang for a second, and with them every place.
    const { sent, most } = await driven({
      model: fast,
      limit: { requests: 1_500 },
      takes: index => (index < 1_000 ? 1_000 : 1),
    })
    expect(most).toBe(mostInFlight)
    const late = sent.filter(({ dueAt, beganAt }) => beganAt > dueAt)
    expect(late).toHaveLength(500)
    expect(Math.max(...late.map(({ dueAt, endedAt }) => endedAt - dueAt))).toBeGreaterThan(500)
    expect(late.map(({ dueAt }) => dueAt)).toEqual(Array.from({ length: 500 }, (_, index) => 500 + index / 2))
  })

  it('counts what it could not send long after its time as not sent', async () => {
    const fast = { kind: 'open', perSecond: 1_000 } as const
    const { sent, skipped } = await driven({ model: fast, limit: { seconds: 1.5 }, takes: () => 20_000 })
    expect([sent.length, skipped.length]).toEqual([1_000, 500])
  })

  it('ends early when it is told to', async () => {
    const { sent } = await driven({ model, limit: { seconds: 600 }, stopAt: 1_001 })
    expect(sent).toHaveLength(51)
  })
})

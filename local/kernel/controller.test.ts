import { describe, expect, it } from 'vitest'
import { FakeClock } from './clock.ts'
import { type ReconcileResult, WorkQueue } from './controller.ts'
import { StatusError } from './errors.ts'

function harness(
  reconcile: (key: string) => ReconcileResult | Promise<ReconcileResult>,
  more: { atEndOfTurn?: boolean } = {},
) {
  const clock = new FakeClock()
  const lines: string[] = []
  const log = (_level: string, message: string) => void lines.push(message)
  const queue = new WorkQueue({ name: 'test', clock, log, reconcile, ...more })
  return { clock, queue, lines }
}

describe('a work queue', () => {
  it('works on a key once however often it was added in one turn', async () => {
    const worked: string[] = []
    const { queue } = harness(key => void worked.push(key))
    for (const key of ['a', 'b', 'a']) queue.add(key)
    await queue.settled()
    expect(worked).toEqual(['a', 'b'])
  })

  it('never works on one key twice at a time, and again after a change meanwhile', async () => {
    let active = 0
    let most = 0
    let runs = 0
    const { queue } = harness(async () => {
      most = Math.max(most, ++active)
      runs++
      await Promise.resolve()
      if (runs === 1) queue.add('a')
      active--
      return undefined
    })
    queue.add('a')
    await queue.settled()
    expect({ most, runs }).toEqual({ most: 1, runs: 2 })
  })

  it('retries a failure after 5 ms, then 10, then 20', async () => {
    const times: number[] = []
    const { clock, queue, lines } = harness(() => {
      times.push(clock.now())
      if (times.length < 4) throw new Error('not yet')
      return undefined
    })
    queue.add('a')
    await clock.advance(100)
    expect(times.map(time => time - (times[0] ?? 0))).toEqual([0, 5, 15, 35])
    expect(lines).toEqual(['test a: not yet', 'test a: not yet', 'test a: not yet'])
  })

  it('does not log conflicts', async () => {
    let tries = 0
    const { clock, queue, lines } = harness(() => {
      if (++tries === 1) throw new StatusError('Conflict', 'modified')
      return undefined
    })
    queue.add('a')
    await clock.advance(10)
    expect({ tries, lines }).toEqual({ tries: 2, lines: [] })
  })

  it('comes back when a reconcile asks for it', async () => {
    let runs = 0
    const { clock, queue } = harness(() => (++runs === 1 ? { againAfterMs: 1_000 } : undefined))
    queue.add('a')
    await clock.advance(999)
    expect(runs).toBe(1)
    await clock.advance(1)
    expect(runs).toBe(2)
  })

  it('that begins at the end of the turn works once on what many promises add', async () => {
    const worked: string[] = []
    const { queue } = harness(key => void worked.push(key), { atEndOfTurn: true })
    for (let added = 0; added < 3; added++) {
      queue.add('a')
      await Promise.resolve()
    }
    expect(worked).toEqual([])
    await queue.settled()
    expect(worked).toEqual(['a'])
  })

  it('says which key it is at, as long as that is on the stack', async () => {
    const seen: (string | undefined)[] = []
    const { queue } = harness(async () => {
      seen.push(queue.reconciling)
      await Promise.resolve()
      seen.push(queue.reconciling)
      return undefined
    })
    queue.add('a')
    await queue.settled()
    expect(seen).toEqual(['a', undefined])
  })

  it('does nothing more once stopped', async () => {
    let runs = 0
    const { clock, queue } = harness(() => {
      runs++
      throw new Error('fails')
    })
    queue.add('a')
    await clock.advance(0)
    queue.stop()
    queue.add('b')
    await clock.advance(60_000)
    expect(runs).toBe(1)
  })
})

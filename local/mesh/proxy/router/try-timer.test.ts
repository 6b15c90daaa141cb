import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { Deadlines } from '../deadlines.ts'
import type { Wire } from '../wire.ts'
import { TryTimer } from './try-timer.ts'

function world() {
  const clock = new FakeClock(0)
  const expired: string[] = []
  const timer = new TryTimer({ clock, deadlines: new Deadlines(clock) } as unknown as Wire, perTry => {
    expired.push(`${perTry ? 'try' : 'route'}@${clock.now()}`)
  })
  return { clock, expired, timer }
}

describe('the clocks of a route', () => {
  it('tell the end of the whole time once', async () => {
    const { clock, expired, timer } = world()
    timer.begin(100)
    await clock.advance(500)
    expect(expired).toEqual(['route@100'])
    expect(timer.leftMs).toBe(0)
  })

  it('tell the end of each try, and in the end that of the route', async () => {
    const { clock, expired, timer } = world()
    timer.begin(100)
    timer.beginTry(40)
    await clock.advance(40)
    timer.beginTry(40)
    await clock.advance(40)
    timer.beginTry(40)
    await clock.advance(400)
    expect(expired).toEqual(['try@40', 'try@80', 'route@100'])
  })

  it('say nothing of a try that ended in time', async () => {
    const { clock, expired, timer } = world()
    timer.beginTry(40)
    await clock.advance(39)
    timer.endTry()
    await clock.advance(500)
    expect(expired).toEqual([])
  })

  it('are the route’s where both end at the same moment', async () => {
    const { clock, expired, timer } = world()
    timer.begin(40)
    timer.beginTry(40)
    await clock.advance(500)
    expect(expired).toEqual(['route@40'])
  })

  it('stop for good', async () => {
    const { clock, expired, timer } = world()
    timer.begin(100)
    timer.beginTry(40)
    timer.stop()
    await clock.advance(500)
    expect(expired).toEqual([])
  })

  it('do not run where the limit is 0', async () => {
    const { clock, expired, timer } = world()
    timer.begin(0)
    timer.beginTry(0)
    await clock.advance(100_000)
    expect([expired, timer.dueAt]).toEqual([[], Number.POSITIVE_INFINITY])
  })

  it('know what is left of the route’s time: never 0 where there is a limit', async () => {
    const { clock, timer } = world()
    expect(timer.leftMs).toBe(0)
    timer.begin(100)
    await clock.advance(30)
    expect(timer.leftMs).toBe(70)
    timer.beginTry(1_000)
    expect(timer.leftMs).toBe(70)
  })
})

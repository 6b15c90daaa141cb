import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { Deadlines } from './deadlines.ts'
import { requestId } from './headers/request-id.ts'

function world() {
  const clock = new FakeClock(0)
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  const deadline = (name: string, dueAt: number) => ({
    dueAt,
    expire: () => void expired.push(`${name}@${clock.now()}`),
  })
  return { clock, deadlines, expired, deadline }
}

describe('many deadlines on one timer', () => {
  it('expire each at its own time, whatever the order they were set in', async () => {
    const { clock, deadlines, expired, deadline } = world()
    for (const [name, due] of [
      ['late', 300],
      ['early', 100],
      ['middle', 200],
    ] as const)
      deadlines.add(deadline(name, due))
    await clock.advance(1_000)
    expect(expired).toEqual(['early@100', 'middle@200', 'late@300'])
  })

  it('are set anew, sooner or later, and not at all with 0', async () => {
    const { clock, deadlines, expired, deadline } = world()
    const [sooner, later, never] = [deadline('sooner', 0), deadline('later', 0), deadline('never', 0)]
    for (const one of [sooner, later, never]) deadlines.set(one, 500)
    deadlines.set(sooner, 100)
    deadlines.set(later, 800)
    deadlines.set(never, 0)
    await clock.advance(2_000)
    expect(expired).toEqual(['sooner@100', 'later@800'])
    expect(never.dueAt).toBe(Number.POSITIVE_INFINITY)
  })

  it('do not expire once removed', async () => {
    const { clock, deadlines, expired, deadline } = world()
    const one = deadline('one', 100)
    deadlines.add(one)
    deadlines.add(deadline('two', 150))
    deadlines.remove(one)
    await clock.advance(1_000)
    expect(expired).toEqual(['two@150'])
  })

  it('may move later without a word', async () => {
    const { clock, deadlines, expired, deadline } = world()
    const one = deadline('one', 100)
    deadlines.add(one)
    await clock.advance(50)
    one.dueAt = 400
    await clock.advance(1_000)
    expect(expired).toEqual(['one@400'])
  })

  it('may set further ones while expiring', async () => {
    const { clock, deadlines, expired, deadline } = world()
    deadlines.add({ dueAt: 10, expire: () => deadlines.add(deadline('next', clock.now() + 5)) })
    await clock.advance(1_000)
    expect(expired).toEqual(['next@15'])
  })
})

describe('request ids', () => {
  it('are UUIDs of version 4, all different, the same for the same seed', () => {
    const random = seededRandom(3)
    const ids = Array.from({ length: 1_000 }, () => requestId(random))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(1_000)
    expect(requestId(seededRandom(3))).toBe(ids[0])
  })
})

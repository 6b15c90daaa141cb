import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { isPending, type Lease, type PendingLease, type Refusal } from '../../seams/upstreams.ts'
import { choose } from './balance.ts'
import { at, poolOf } from './fixture.ts'
import type { Seat } from './place.ts'
import { type Pool, queueDepth } from './pool.ts'

const place = (pool: Pool) => pool.lease() as Lease
const wait = (pool: Pool) => pool.lease() as PendingLease
const refusalOf = (pending: PendingLease) => pending.granted.catch((refusal: Refusal) => refusal) as Promise<Refusal>

describe('a request', () => {
  it('gets a place at once when an instance is ready', () => {
    const { pool } = poolOf(0)
    pool.add('a', at('a'))
    pool.inPath = false
    expect(place(pool)).toMatchObject({ viaActivator: false, endpoint: { path: '/run/a.sock' } })
  })

  it('waits when there is no instance, and is served in the order of arrival', async () => {
    const { pool } = poolOf(1)
    const order: number[] = []
    const waiting = [1, 2, 3].map(one =>
      wait(pool).granted.then(lease => {
        order.push(one)
        return lease
      }),
    )
    pool.add('a', at('a'))
    for (const one of waiting) (await one).release()
    expect(order).toEqual([1, 2, 3])
  })

  it('does not overtake those that wait', async () => {
    const { pool } = poolOf(1)
    pool.add('a', at('a'))
    const first = place(pool)
    const second = wait(pool)
    first.release()
    const third = pool.lease()
    expect(isPending(third)).toBe(true)
    expect((await second.granted).viaActivator).toBe(true)
  })

  it('counts for the autoscaler while it waits', () => {
    const { pool, meter } = poolOf(0)
    wait(pool).cancel()
    wait(pool)
    expect(meter.inFlight).toBe(1)
  })

  it('that was cancelled leaves the queue', async () => {
    const { pool, meter } = poolOf(1)
    const first = wait(pool)
    const second = wait(pool)
    first.cancel()
    const seat = pool.add('a', at('a'))
    expect((await refusalOf(first)).status).toBe(499)
    expect((await second.granted).endpoint).toEqual(at('a'))
    expect([seat.inFlight, meter.inFlight]).toEqual([1, 1])
  })

  it('that was cancelled after it was granted gives its place back', () => {
    const { pool } = poolOf(1)
    const pending = wait(pool)
    const seat = pool.add('a', at('a'))
    pending.cancel()
    pending.cancel()
    expect(seat.inFlight).toBe(0)
  })

  it('waits no longer than the shortest limit of its revision', async () => {
    const { pool, clock } = poolOf(0, { timeoutMs: 10_000, responseStartTimeoutMs: 4_000, idleTimeoutMs: 0 })
    const early = refusalOf(wait(pool))
    await clock.advance(1_000)
    const late = wait(pool)
    await clock.advance(3_000)
    expect(await early).toMatchObject({ status: 504, body: 'activator request timeout' })
    expect(pool.waiting).toBe(1)
    pool.add('a', at('a'))
    expect((await late.granted).endpoint).toEqual(at('a'))
  })

  it('beyond the depth of the queue is refused', () => {
    const { pool, meter } = poolOf(1)
    for (let one = 0; one < queueDepth; one++) wait(pool)
    expect(() => pool.lease()).toThrow('pending request queue full')
    expect([pool.waiting, meter.inFlight]).toEqual([queueDepth, queueDepth])
  })
})

describe('a place', () => {
  it('is given back once, however often it is released', () => {
    const { pool } = poolOf(0)
    const seat = pool.add('a', at('a'))
    const lease = place(pool)
    lease.release()
    lease.release()
    lease.fail()
    expect([seat.inFlight, seat.answered, seat.offered]).toEqual([0, 1, true])
  })

  it('that failed takes its instance out, once, until it is offered again', async () => {
    const { pool, failed } = poolOf(0)
    const seat = pool.add('a', at('a'))
    const [one, two] = [place(pool), place(pool)]
    one.fail()
    two.fail()
    expect(failed).toEqual([seat])
    const pending = wait(pool)
    pool.offer(seat)
    pool.offer(seat)
    expect((await pending.granted).endpoint).toEqual(at('a'))
  })

  it('at a draining instance is waited for', async () => {
    const { pool } = poolOf(0)
    const seat = pool.add('a', at('a'))
    const lease = place(pool)
    let drained = false
    const draining = pool.drain(seat).then(() => {
      drained = true
    })
    expect(isPending(pool.lease())).toBe(true)
    await Promise.resolve()
    expect(drained).toBe(false)
    lease.release()
    await draining
  })
})

describe('any traffic', () => {
  it('never puts more on an instance than it takes, and leaves nobody waiting beside a free place', () => {
    const step = fc.oneof(fc.constant('arrive' as const), fc.constant('add' as const), fc.nat(30))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const { pool, meter } = poolOf(limit)
        const traffic = trafficOn(pool)
        for (const one of steps) {
          traffic.step(one)
          const used = traffic.seats.reduce((sum, seat) => sum + seat.inFlight, 0)
          expect(Math.max(0, ...traffic.seats.map(seat => seat.inFlight))).toBeLessThanOrEqual(limit)
          expect(pool.waiting === 0 || used === limit * traffic.seats.length).toBe(true)
          expect(meter.inFlight).toBe(used + pool.waiting)
        }
      }),
    )
  })
})

// A number ends one of the requests that are on their way.
function trafficOn(pool: Pool) {
  const seats: Seat[] = []
  const ends: (() => void)[] = []
  const arrive = () => {
    const lease = pool.lease()
    ends.push(isPending(lease) ? lease.cancel : () => lease.release())
  }
  const step = (one: 'arrive' | 'add' | number) => {
    if (one === 'add') seats.push(pool.add(`i${seats.length}`, at('i')))
    else if (one === 'arrive') arrive()
    else ends.splice(one % Math.max(1, ends.length), 1)[0]?.()
  }
  return { seats, step }
}

describe('the choice of an instance', () => {
  const random = seededRandom(3)

  it('is the first with room when there is a limit', () => {
    expect(choose([{ inFlight: 2 }, { inFlight: 1 }, { inFlight: 0 }], 2, random)).toEqual({ inFlight: 1 })
    expect(choose([{ inFlight: 2 }], 2, random)).toBeUndefined()
  })

  it('is the lesser loaded of two when there is none', () => {
    for (let turn = 0; turn < 20; turn++)
      expect(choose([{ inFlight: 9 }, { inFlight: 1 }], 0, random)).toEqual({ inFlight: 1 })
    expect(choose([], 0, random)).toBeUndefined()
  })

  it('reaches every instance, evenly', () => {
    const seats = [0, 1, 2, 3].map(() => ({ inFlight: 0 }))
    for (let request = 0; request < 4_000; request++) {
      const seat = choose(seats, 0, random)
      if (seat) seat.inFlight++
    }
    for (const seat of seats) expect(Math.abs(seat.inFlight - 1_000)).toBeLessThan(20)
  })
})

// Queues by containerConcurrency: fairness, limits of time, clients that leave, instances that fail.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { isPending, type Lease, type PendingLease, Refusal, type RequestLimits } from '../../seams/upstreams.ts'
import { choose } from './balance.ts'
import { at, poolOf } from './fixture.ts'
import { queueDepth } from './pool.ts'

const noLimits: RequestLimits = { timeoutMs: 300_000, responseStartTimeoutMs: 0, idleTimeoutMs: 0 }

/** What became of a lease: `granted`, the status of the refusal, or `waiting`. */
function watch(lease: Lease | PendingLease): { now: string; lease: Lease | undefined } {
  const seen = { now: 'waiting', lease: undefined as Lease | undefined }
  if (!isPending(lease)) return { now: 'granted', lease }
  lease.granted.then(
    granted => Object.assign(seen, { now: 'granted', lease: granted }),
    (error: unknown) => Object.assign(seen, { now: error instanceof Refusal ? String(error.status) : 'error' }),
  )
  return seen
}

const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('how many are served at once', () => {
  const rows: [sentence: string, limit: number, instances: number, requests: number, granted: number][] = [
    ['a limit of 1 and one instance: one', 1, 1, 5, 1],
    ['a limit of 1 and three instances: three', 1, 3, 5, 3],
    ['a limit of 10 and two instances: all twelve', 10, 2, 12, 12],
    ['a limit of 10 and two instances: twenty of thirty', 10, 2, 30, 20],
    ['no limit and one instance: all', 0, 1, 500, 500],
    ['no instance: none', 0, 0, 3, 0],
  ]
  it.for(rows)('%s', ([, limit, instances, requests, granted]) => {
    const { pool } = poolOf(limit)
    for (let one = 0; one < instances; one++) pool.add(`i${one}`, at(`i${one}`))
    const all = Array.from({ length: requests }, () => watch(pool.lease()))
    expect(all.filter(one => one.now === 'granted')).toHaveLength(granted)
    expect(pool.waiting).toBe(requests - granted)
  })

  it('each release serves exactly the next in line', async () => {
    const { pool } = poolOf(1)
    pool.add('a', at('a'))
    const all = Array.from({ length: 4 }, () => watch(pool.lease()))
    const pictures: string[] = []
    for (const one of all) {
      pictures.push(all.map(each => each.now[0]).join(''))
      one.lease?.release()
      await settle()
    }
    expect(pictures).toEqual(['gwww', 'ggww', 'gggw', 'gggg'])
    expect(pool.waiting).toBe(0)
  })

  it('a new instance serves as many as it takes, in the order of arrival', async () => {
    const { pool } = poolOf(2)
    const all = Array.from({ length: 5 }, () => watch(pool.lease()))
    pool.add('a', at('a'))
    await settle()
    expect(all.map(one => one.now[0]).join('')).toBe('ggwww')
    pool.add('b', at('b'))
    await settle()
    expect(all.map(one => one.now[0]).join('')).toBe('ggggw')
  })
})

describe('how long a request waits', () => {
  const rows: [sentence: string, limits: Partial<RequestLimits>, refusedAtMs: number][] = [
    ['for timeoutSeconds', { timeoutMs: 5_000 }, 5_000],
    ['for responseStartTimeoutSeconds when that is shorter', { responseStartTimeoutMs: 2_000 }, 2_000],
    ['for idleTimeoutSeconds when that is shortest', { responseStartTimeoutMs: 2_000, idleTimeoutMs: 1_000 }, 1_000],
    ['a limit of 0 is none', { timeoutMs: 9_000, idleTimeoutMs: 0, responseStartTimeoutMs: 0 }, 9_000],
  ]
  it.for(rows)('%s', async ([, limits, refusedAtMs]) => {
    const { pool, clock, meter } = poolOf(1, { ...noLimits, ...limits })
    const one = watch(pool.lease())
    await clock.advance(refusedAtMs - 1)
    expect(one.now).toBe('waiting')
    await clock.advance(1)
    expect(one.now).toBe('504')
    expect([pool.waiting, meter.inFlight]).toEqual([0, 0])
  })

  it('each from its own arrival on', async () => {
    const { pool, clock } = poolOf(1, { ...noLimits, timeoutMs: 1_000 })
    const first = watch(pool.lease())
    await clock.advance(600)
    const second = watch(pool.lease())
    await clock.advance(400)
    expect([first.now, second.now]).toEqual(['504', 'waiting'])
    await clock.advance(600)
    expect(second.now).toBe('504')
  })

  it('a place that comes in the last moment is given', async () => {
    const { pool, clock } = poolOf(1, { ...noLimits, timeoutMs: 1_000 })
    const one = watch(pool.lease())
    await clock.advance(999)
    pool.add('a', at('a'))
    await settle()
    await clock.advance(10)
    expect(one.now).toBe('granted')
  })
})

describe('overflow', () => {
  it('the queue holds ten thousand, the next is refused with 503, and one that leaves makes room', () => {
    const { pool } = poolOf(1)
    const leases = Array.from({ length: queueDepth }, () => pool.lease() as PendingLease)
    expect(() => pool.lease()).toThrow(expect.objectContaining({ status: 503, body: 'pending request queue full\n' }))
    leases[17]?.cancel()
    expect(isPending(pool.lease())).toBe(true)
    expect(() => pool.lease()).toThrow(Refusal)
  })

  it('who was refused counts for nothing', () => {
    const { pool, meter } = poolOf(1)
    for (let one = 0; one < queueDepth; one++) pool.lease()
    for (let one = 0; one < 10; one++) expect(() => pool.lease()).toThrow(Refusal)
    expect(meter.inFlight).toBe(queueDepth)
  })

  it('all who wait are answered when there is no hope', async () => {
    const { pool, meter } = poolOf(1)
    const all = Array.from({ length: 100 }, () => watch(pool.lease()))
    pool.refuseAll(new Refusal(503, 'ExitCode1: no\n'))
    await settle()
    expect(all.every(one => one.now === '503')).toBe(true)
    expect([pool.waiting, meter.inFlight]).toEqual([0, 0])
  })
})

describe('an instance that fails', () => {
  it('is out at once: the next request goes elsewhere', () => {
    const { pool, failed } = poolOf(0)
    pool.add('a', at('a'))
    const first = pool.lease() as Lease
    pool.add('b', at('b'))
    first.fail()
    expect(failed.map(one => one.name)).toEqual(['a'])
    const next = Array.from({ length: 20 }, () => pool.lease() as Lease)
    expect(new Set(next.map(one => (one.endpoint as { path: string }).path))).toEqual(new Set(['/run/b.sock']))
  })

  it('with several requests is reported once', () => {
    const { pool, failed } = poolOf(0)
    pool.add('a', at('a'))
    const leases = Array.from({ length: 5 }, () => pool.lease() as Lease)
    for (const one of leases) one.fail()
    expect(failed).toHaveLength(1)
  })

  it('serves those who wait once it is offered again', async () => {
    const { pool, failed } = poolOf(1)
    pool.add('a', at('a'))
    ;(pool.lease() as Lease).fail()
    const waiting = watch(pool.lease())
    await settle()
    expect(waiting.now).toBe('waiting')
    const [seat] = failed
    if (seat) pool.offer(seat)
    await settle()
    expect(waiting.now).toBe('granted')
  })
})

describe('the choice of an instance', () => {
  const loads = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 })

  it('with a limit is one with room, if any has', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 20 }), fc.integer(), (inFlight, limit, seed) => {
        const instances = inFlight.map(count => ({ inFlight: count }))
        const chosen = choose(instances, limit, seededRandom(seed))
        const room = instances.some(one => one.inFlight < limit)
        expect(chosen !== undefined).toBe(room)
        if (chosen) expect(chosen.inFlight).toBeLessThan(limit)
      }),
    )
  })

  it('without one is never the most loaded of several that differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(100), { minLength: 2, maxLength: 12 }), fc.integer(), (inFlight, seed) => {
        const instances = inFlight.map(count => ({ inFlight: count }))
        expect(choose(instances, 0, seededRandom(seed))?.inFlight).toBeLessThan(Math.max(...inFlight))
      }),
    )
  })

  it('without one keeps the loads close: requests that stay differ by few', () => {
    const instances = Array.from({ length: 10 }, () => ({ inFlight: 0 }))
    const random = seededRandom(3)
    for (let request = 0; request < 1_000; request++) {
      const chosen = choose(instances, 0, random)
      if (chosen) chosen.inFlight++
    }
    const counts = instances.map(one => one.inFlight)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(6)
  })

  it('of none is none', () => {
    expect(choose([], 0, seededRandom(1))).toBeUndefined()
    expect(choose([], 5, seededRandom(1))).toBeUndefined()
  })
})

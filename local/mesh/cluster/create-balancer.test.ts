import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Balancing } from '../table/cluster.ts'
import type { Placement } from './balancer.ts'
import { createBalancer } from './create-balancer.ts'
import { address, cluster, pending, placed, portOf, request } from './fixture.ts'

const make = (clock = new FakeClock()) => createBalancer({ clock, random: seededRandom(11) })
const ok = { kind: 'status', status: 200 } as const

describe('a cluster with one endpoint and nothing to watch', () => {
  it('gives the same placement without counting anything', () => {
    const balancer = make()
    const only = cluster({ endpoints: [address(1)] })
    const first = placed(balancer, only)
    expect(placed(balancer, only)).toBe(first)
    first.done(ok)
    first.done({ kind: 'reset' })
    expect(portOf(placed(balancer, only))).toBe(1)
  })

  it('still makes the cookie it is hashed by', () => {
    const by = { kind: 'cookie', name: 'sess', path: '', ttlMs: 0, attributes: [] } as const
    const balancing: Balancing = { kind: 'consistent-hash', by, table: 'ring', slots: 1_024 }
    const { setCookie } = placed(make(), cluster({ endpoints: [address(1)], balancing }))
    expect(setCookie).toMatch(/^sess="[0-9a-f]{16}"; HttpOnly$/)
  })
})

describe('a cluster without endpoints', () => {
  it('has no healthy upstream', () => {
    expect(make().place(cluster({ endpoints: [] }), request())).toBe('no_healthy_upstream')
  })
})

describe('a retry', () => {
  it('draws five times more to find an endpoint that was not tried, as Envoy does', () => {
    const balancer = make()
    const three = cluster({ endpoints: [address(1), address(2), address(3)] })
    const again = (tried: number[]) => {
      const placement = placed(balancer, three, request({ tried: tried.map(port => address(port)) }))
      placement.done(ok)
      return portOf(placement)
    }
    const afterOne = Array.from({ length: 300 }, () => again([1]))
    const afterTwo = Array.from({ length: 300 }, () => again([1, 2]))
    // Six draws that all find what was tried: 1 of 729, and 64 of 729.
    expect(afterOne.filter(port => port === 1).length).toBeLessThan(6)
    expect(afterTwo.filter(port => port === 3).length).toBeGreaterThan(240)
  })

  it('goes to a tried one again when there is no other', () => {
    const one = cluster({ endpoints: [address(1)], limits: { maxConnections: 9 } })
    expect(portOf(placed(make(), one, request({ tried: [address(1)] })))).toBe(1)
  })

  it('leaves the endpoint that the hash leads to', () => {
    const balancing: Balancing = {
      kind: 'consistent-hash',
      by: { kind: 'source' },
      table: 'maglev',
      slots: 65_537,
    }
    const balancer = make()
    const several = cluster({ endpoints: [1, 2, 3, 4].map(port => address(port)), balancing })
    const { endpoint } = placed(balancer, several)
    expect(placed(balancer, several).endpoint).toEqual(endpoint)
    expect(placed(balancer, several, request({ tried: [endpoint] })).endpoint).not.toEqual(endpoint)
  })
})

describe('circuit breakers', () => {
  const tight = cluster({ endpoints: [address(1)], limits: { maxConnections: 1, maxPendingRequests: 1 } })

  it('take one, let one wait and refuse four of six at once', async () => {
    const balancer = make()
    const outcomes = Array.from({ length: 6 }, () => balancer.place(tight, request()))
    expect(outcomes.filter(outcome => outcome === 'overflow')).toHaveLength(4)
    const [first, second] = outcomes
    if (typeof first !== 'object' || !('done' in first)) throw new Error('the first was not placed')
    if (typeof second !== 'object' || !('granted' in second)) throw new Error('the second does not wait')
    first.done(ok)
    const granted = await second.granted
    expect(balancer.place(tight, request())).toHaveProperty('granted')
    granted.done(ok)
  })

  it('forget a waiting request that was cancelled', async () => {
    const balancer = make()
    const first = placed(balancer, tight)
    pending(balancer, tight).cancel()
    const other = pending(balancer, tight)
    first.done(ok)
    expect(portOf(await other.granted)).toBe(1)
    expect(balancer.place(tight, request())).toHaveProperty('granted')
  })

  it('serve those that wait in the order they came', async () => {
    const balancer = make()
    const wide = cluster({ endpoints: [address(1)], limits: { maxConnections: 1 } })
    const first = placed(balancer, wide)
    const order: number[] = []
    const waiting = [0, 1, 2].map(index => {
      return pending(balancer, wide).granted.then((placement: Placement) => {
        order.push(index)
        placement.done(ok)
      })
    })
    first.done(ok)
    await Promise.all(waiting)
    expect(order).toEqual([0, 1, 2])
  })

  it('count a request once, however often it is said to be done', () => {
    const balancer = make()
    const first = placed(balancer, tight)
    first.done(ok)
    first.done(ok)
    placed(balancer, tight)
    expect(balancer.place(tight, request())).toHaveProperty('granted')
  })

  it('leave each endpoint one connection', () => {
    const balancer = make()
    const balancing: Balancing = { kind: 'round-robin' }
    const limits = { maxConnections: 1, maxPendingRequests: 1 }
    const two = cluster({ endpoints: [address(1), address(2)], balancing, limits })
    const ports = [portOf(placed(balancer, two)), portOf(placed(balancer, two))]
    expect(ports.toSorted()).toEqual([1, 2])
    expect(balancer.place(two, request())).toHaveProperty('granted')
  })

  it('limit requests of HTTP/2 by their number alone', () => {
    const balancer = make()
    const limits = { maxConnections: 1, maxPendingRequests: 1, maxRequests: 3 }
    const h2 = cluster({ endpoints: [address(1)], limits, protocol: 'h2c' })
    for (let n = 0; n < 3; n++) placed(balancer, h2)
    expect(balancer.place(h2, request())).toBe('overflow')
  })

  it('limit retries apart from first tries', () => {
    const balancer = make()
    const few = cluster({ endpoints: [address(1), address(2)], limits: { maxRetries: 1 } })
    const retry = request({ tried: [address(1)] })
    const first = placed(balancer, few, retry)
    expect(balancer.place(few, retry)).toBe('overflow')
    placed(balancer, few)
    first.done(ok)
    placed(balancer, few, retry)
  })
})

describe('a cluster that goes wherever the caller wanted', () => {
  const anywhere = cluster({ endpoints: [], discovery: 'original', limits: { maxRequests: 1 } })

  it('goes there, within its limits', () => {
    const balancer = make()
    const { endpoint, done } = placed(balancer, anywhere, request({ original: address(7) }))
    expect(endpoint).toEqual(address(7))
    expect(balancer.place(anywhere, request({ original: address(8) }))).toBe('overflow')
    done(ok)
    placed(balancer, anywhere, request({ original: address(8) }))
  })

  it('goes nowhere when the caller wanted nothing', () => {
    expect(make().place(anywhere, request())).toBe('no_healthy_upstream')
  })
})

describe('outlier detection', () => {
  const failing = { kind: 'status', status: 500 } as const
  const endpoints = [address(1), address(2)]
  const outlier = { consecutive5xx: 2, baseEjectionMs: 3_000, intervalMs: 1_000, maxEjectionPercent: 100 }
  const watched = cluster({ endpoints, outlier, balancing: { kind: 'round-robin' } })

  function fail(balancer: ReturnType<typeof make>, port: number, times: number): void {
    for (let left = times; left > 0; ) {
      const placement = placed(balancer, watched)
      if (portOf(placement) === port) left--
      placement.done(portOf(placement) === port ? failing : ok)
    }
  }

  const portsOf = (balancer: ReturnType<typeof make>) =>
    new Set(Array.from({ length: 10 }, () => portOf(placed(balancer, watched))))

  it('leaves out an endpoint at once, and takes it back after its time', async () => {
    const clock = new FakeClock()
    const balancer = make(clock)
    fail(balancer, 1, 2)
    expect(portsOf(balancer)).toEqual(new Set([2]))
    await clock.advance(2_999)
    expect(portsOf(balancer)).toEqual(new Set([2]))
    await clock.advance(1)
    expect(portsOf(balancer)).toEqual(new Set([1, 2]))
  })

  it('answers no healthy upstream when all are out', () => {
    const balancer = make()
    fail(balancer, 1, 2)
    for (let n = 0; n < 2; n++) placed(balancer, watched).done(failing)
    expect(balancer.place(watched, request())).toBe('no_healthy_upstream')
  })

  it('uses all of them again below the percentage of health that is asked for', () => {
    const balancer = make()
    const panicking = cluster({ endpoints, outlier: { ...outlier, minHealthPercent: 60 } })
    for (let n = 0; n < 8; n++) placed(balancer, panicking).done(failing)
    placed(balancer, panicking)
  })

  it('goes on with what it knows when a new table brings the cluster', () => {
    const balancer = make()
    fail(balancer, 1, 2)
    const renewed = { ...watched, endpoints: [address(1), address(2), address(3)] }
    const ports = new Set(Array.from({ length: 20 }, () => portOf(placed(balancer, renewed))))
    expect(ports).toEqual(new Set([2, 3]))
  })

  it('forgets clusters that are gone', () => {
    const balancer = make()
    fail(balancer, 1, 2)
    balancer.retain([])
    expect(portsOf(balancer)).toEqual(new Set([2]))
    const ports = new Set(Array.from({ length: 20 }, () => portOf(placed(balancer, { ...watched }))))
    expect(ports).toEqual(new Set([1, 2]))
  })
})

it('counts on while a new table comes in the middle of a request', () => {
  const balancer = make()
  const limits = { maxConnections: 1, maxPendingRequests: 1 }
  const before = cluster({ endpoints: [address(1)], limits })
  const first = placed(balancer, before)
  const after = { ...before }
  expect(balancer.place(after, request())).toHaveProperty('granted')
  first.done(ok)
})

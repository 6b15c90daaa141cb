import { describe, expect, it } from 'vitest'
import { admit, admitsConnection, createLoad, finish, start, stopWaiting, wait } from './admission.ts'
import { address, noLimits } from './fixture.ts'
import { createHost } from './host.ts'

/** A cluster with one endpoint that has so many requests under way. */
function busy(active: number, retries = 0) {
  const load = createLoad()
  const host = createHost(address(1))
  for (let index = 0; index < active; index++) start(load, host, index < retries)
  return { load, host }
}

describe('one more request', () => {
  it.each([
    ['starts without limits', 1_000, 0, noLimits, true, false, 'start'],
    ['starts below the limit of connections', 1, 0, { maxConnections: 2 }, true, false, 'start'],
    ['waits at the limit of connections', 2, 0, { maxConnections: 2 }, true, false, 'wait'],
    ['never waits over HTTP/2', 2, 0, { maxConnections: 2 }, false, false, 'start'],
    ['is refused at the limit of requests', 2, 0, { maxRequests: 2 }, true, false, 'overflow'],
    ['is refused at the limit of requests over HTTP/2', 2, 0, { maxRequests: 2 }, false, false, 'overflow'],
    ['is refused as a retry at the limit of retries', 2, 1, { maxRetries: 1 }, true, true, 'overflow'],
    ['starts as a first try at the limit of retries', 2, 1, { maxRetries: 1 }, true, false, 'start'],
    ['starts as a retry below the limit of retries', 2, 0, { maxRetries: 1 }, true, true, 'start'],
  ])('%s', (_title, active, retries, limits, http1, isRetry, expected) => {
    const { load, host } = busy(active, retries)
    expect(admit(load, host, { ...noLimits, ...limits }, http1, isRetry)).toBe(expected)
  })

  it('is refused when as many wait as may wait', () => {
    const { load, host } = busy(1)
    const limits = { ...noLimits, maxConnections: 1, maxPendingRequests: 2 }
    for (let index = 0; index < 2; index++) {
      expect(admit(load, host, limits, true, false)).toBe('wait')
      wait(load, host, { grant: () => undefined })
    }
    expect(admit(load, host, limits, true, false)).toBe('overflow')
  })

  it('starts at an endpoint that has none, whatever the others have', () => {
    const { load } = busy(5)
    expect(admit(load, createHost(address(2)), { ...noLimits, maxConnections: 1 }, true, false)).toBe('start')
  })
})

describe('one more connection of bytes', () => {
  it.each([
    ['is taken without limits', 1_000, noLimits, true],
    ['is taken below the limit', 1, { ...noLimits, maxConnections: 2 }, true],
    ['is not taken at the limit, and never waits', 2, { ...noLimits, maxConnections: 2, maxPendingRequests: 9 }, false],
    ['knows no limit of requests', 2, { ...noLimits, maxRequests: 1 }, true],
  ])('%s', (_title, active, limits, taken) => {
    expect(admitsConnection(busy(active).load, limits)).toBe(taken)
  })
})

describe('a request that ends', () => {
  it('lets the one that waits the longest go on', () => {
    const { load, host } = busy(1)
    const granted: string[] = []
    for (const name of ['first', 'second']) wait(load, host, { grant: () => granted.push(name) })
    finish(load, host, false)
    expect(granted).toEqual(['first'])
    expect(load).toEqual({ active: 0, retries: 0, waiting: 1 })
  })

  it('takes its retry out of the count', () => {
    const { load, host } = busy(2, 1)
    finish(load, host, true)
    expect(load).toEqual({ active: 1, retries: 0, waiting: 0 })
  })
})

describe('a request that no longer waits', () => {
  it('is not counted, and is not granted', () => {
    const { load, host } = busy(1)
    const granted: string[] = []
    const waiter = { grant: () => granted.push('given up') }
    wait(load, host, waiter)
    stopWaiting(load, host, waiter)
    stopWaiting(load, host, waiter)
    finish(load, host, false)
    expect(granted).toEqual([])
    expect(load.waiting).toBe(0)
  })
})

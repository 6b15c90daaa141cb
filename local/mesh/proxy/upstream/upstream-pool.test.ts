import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { type Backend, startBackend } from '../../testing/backend.ts'
import { eventually } from '../../testing/raw-client.ts'
import type { UpstreamConnection } from './upstream-connection.ts'
import { UpstreamPool } from './upstream-pool.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function world() {
  const backend: Backend = await startBackend(() => {})
  const clock = new FakeClock(0)
  const pool = new UpstreamPool(clock)
  cleanups.push(
    () => pool.destroy(),
    () => backend.close(),
  )
  const address = { host: '127.0.0.1', port: backend.port }
  const opened = async (): Promise<UpstreamConnection> => {
    const connection = pool.open(address)
    await eventually(() => connection.connected)
    return connection
  }
  return { backend, clock, pool, address, opened }
}

describe('idle connections to an instance', () => {
  it('are none before one was given back', async () => {
    const { pool, address, opened } = await world()
    const connection = await opened()
    expect(pool.take(address)).toBeUndefined()
    pool.give(connection, undefined)
    expect(pool.take(address)).toBe(connection)
    expect(pool.take(address)).toBeUndefined()
  })

  it('are used again, the last one given first', async () => {
    const { pool, address, opened } = await world()
    const [one, two] = [await opened(), await opened()]
    pool.give(one, undefined)
    pool.give(two, undefined)
    expect([pool.take(address), pool.take(address)]).toEqual([two, one])
  })

  it('are not given to another address', async () => {
    const { pool, opened } = await world()
    pool.give(await opened(), undefined)
    expect(pool.take({ host: '127.0.0.1', port: 1 })).toBeUndefined()
    expect(pool.take({ path: '/nowhere' })).toBeUndefined()
  })

  it('are given up after as many requests as their cluster allows', async () => {
    const { pool, address } = await world()
    const limited = {
      ...address,
      limits: { maxRequestsPerConnection: 2, maxConcurrentStreams: undefined, idleTimeoutMs: undefined },
    }
    const connection = pool.open(limited)
    await eventually(() => connection.connected)
    pool.give(connection, undefined)
    expect(pool.take(limited)).toBe(connection)
    pool.give(connection, undefined)
    expect(pool.take(limited)).toBeUndefined()
    expect(connection.socket.destroyed).toBe(true)
  })

  it('are kept no longer than their cluster says', async () => {
    const { pool, clock, address } = await world()
    const limited = {
      ...address,
      limits: { maxRequestsPerConnection: undefined, maxConcurrentStreams: undefined, idleTimeoutMs: 1_000 },
    }
    const connection = pool.open(limited)
    await eventually(() => connection.connected)
    pool.give(connection, undefined)
    await clock.advance(1_000)
    expect(pool.take(limited)).toBeUndefined()
  })

  it.each([
    [undefined, 59_999, 60_000],
    ['timeout=5', 3_999, 4_000],
    ['timeout=72, max=10', 70_999, 71_000],
    ['max=10', 59_999, 60_000],
  ])('are kept as long as the function promised: %s', async (keepAlive, still, over) => {
    const { pool, clock, address, opened } = await world()
    const connection = await opened()
    pool.give(connection, keepAlive)
    await clock.advance(still)
    expect(pool.take(address)).toBe(connection)
    pool.give(connection, keepAlive)
    await clock.advance(over)
    expect(pool.take(address)).toBeUndefined()
    expect(connection.socket.destroyed).toBe(true)
  })

  it('are not kept when the promise is shorter than the way', async () => {
    const { pool, address, opened } = await world()
    pool.give(await opened(), 'timeout=1')
    expect(pool.take(address)).toBeUndefined()
  })

  it('follow a promise that changes from answer to answer', async () => {
    const { pool, clock, address, opened } = await world()
    const connection = await opened()
    pool.give(connection, 'timeout=100')
    expect(pool.take(address)).toBe(connection)
    pool.give(connection, 'timeout=2')
    await clock.advance(1_500)
    expect(pool.take(address)).toBeUndefined()
  })

  it('are forgotten when the function closes them', async () => {
    const { backend, pool, address, opened } = await world()
    const connection = await opened()
    pool.give(connection, undefined)
    backend.connections[0]?.destroy()
    await eventually(() => connection.socket.destroyed)
    expect(pool.take(address)).toBeUndefined()
  })

  it('count how often they were used', async () => {
    const { pool, address, opened } = await world()
    const connection = await opened()
    for (let use = 0; use < 3; use++) {
      pool.give(connection, undefined)
      pool.take(address)
    }
    expect(connection.uses).toBe(3)
  })

  it('are closed when an answer comes that nobody asked for', async () => {
    const { backend, pool, address, opened } = await world()
    const connection = await opened()
    pool.give(connection, undefined)
    backend.connections[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    await eventually(() => connection.socket.destroyed)
    expect(pool.take(address)).toBeUndefined()
  })
})

describe('a pool that closes', () => {
  it('ends idle connections at once and the others when they come back', async () => {
    const { pool, opened } = await world()
    const [idle, busy] = [await opened(), await opened()]
    pool.give(idle, undefined)
    pool.close()
    expect([idle.socket.destroyed, busy.socket.destroyed]).toEqual([true, false])
    pool.give(busy, undefined)
    expect(busy.socket.destroyed).toBe(true)
  })

  it('cuts what is in use when told so', async () => {
    const { pool, opened } = await world()
    const busy = await opened()
    pool.destroy()
    expect(busy.socket.destroyed).toBe(true)
  })
})

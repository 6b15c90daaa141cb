import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import type { RabbitmqAddress } from './address.ts'
import { type Connection, connectTo, type Models, type Open, pauseBefore } from './connection.ts'

const address: RabbitmqAddress = { hostname: 'h', port: 1, username: '', password: '', vhost: '/', tls: false }

let clock: FakeClock
let server: AmqpServer
let told: string[]
let prepare: (models: Models) => Promise<void>

beforeEach(() => {
  clock = new FakeClock(undefined, turn)
  server = new AmqpServer()
  told = []
  prepare = async () => {}
})

function connecting(open: Open = server.open): Connection {
  return connectTo({
    ...{ address, clock, open, random: { next: () => 1 } },
    async up(models) {
      await prepare(models)
      told.push('up')
    },
    down: why => void told.push(why),
  })
}

const purposes = () => [...server.connections].map(({ purpose }) => purpose)

describe('a connection', () => {
  it('is two: a server that stops those who publish still hears acknowledgements', async () => {
    connecting()
    await turn()
    expect([told, purposes()]).toEqual([['up'], ['publishing', 'consuming']])
  })

  it('tells why it failed, and tries again with growing pauses', async () => {
    server.away = 'connect ECONNREFUSED'
    connecting()
    await turn()
    expect(told).toEqual(['connect ECONNREFUSED'])
    await clock.advance(250)
    expect(told).toHaveLength(2)
    await clock.advance(499)
    expect(told).toHaveLength(2)
    server.away = undefined
    await clock.advance(1)
    expect(told).toEqual(['connect ECONNREFUSED', 'connect ECONNREFUSED', 'up'])
  })

  it('that is lost says why, closes its other half and comes back', async () => {
    connecting()
    await turn()
    const [publishing] = [...server.connections]
    publishing?.break(new Error('CONNECTION-FORCED'))
    await turn()
    expect([told, purposes()]).toEqual([['up', 'CONNECTION-FORCED'], []])
    await clock.advance(250)
    expect([told.at(-1), purposes()]).toEqual(['up', ['publishing', 'consuming']])
  })

  it('that was up begins with the shortest pause again', async () => {
    server.away = 'away'
    connecting()
    await clock.advance(10_000)
    server.away = undefined
    await clock.advance(30_000)
    server.drop('lost')
    told.length = 0
    await clock.advance(250)
    expect(told).toEqual(['lost', 'up'])
  })

  it('of which one half cannot be made leaves none of the other', async () => {
    connecting(async (at, purpose) => {
      if (purpose === 'consuming') throw new Error('too many connections')
      return server.open(at, purpose)
    })
    await turn()
    expect([told, purposes()]).toEqual([['too many connections'], []])
  })

  it('that cannot be prepared counts as failed', async () => {
    prepare = () => Promise.reject(new Error('access refused'))
    connecting()
    await turn()
    expect([told, purposes()]).toEqual([['access refused'], []])
  })

  it('that is lost while it is being prepared is not waited for', async () => {
    prepare = () => new Promise(() => {})
    connecting()
    await turn()
    server.drop('reset')
    await turn()
    expect(told).toEqual(['reset'])
  })
})

describe('the end of a connection', () => {
  it('closes both halves', async () => {
    const connection = connecting()
    await turn()
    await connection.close()
    expect(purposes()).toEqual([])
    await clock.advance(60_000)
    expect(told.filter(what => what === 'up')).toHaveLength(1)
  })

  it('does not wait for the next attempt', async () => {
    server.away = 'away'
    const connection = connecting()
    await turn()
    await connection.close()
    expect(told).toEqual(['away'])
  })

  it('waits a second at most for a server that does not say goodbye', async () => {
    const connection = connecting()
    await turn()
    for (const model of server.connections) model.close = () => new Promise(() => {})
    let closed = false
    void connection.close().then(() => {
      closed = true
    })
    await clock.advance(999)
    expect(closed).toBe(false)
    await clock.advance(1)
    expect(closed).toBe(true)
  })
})

describe('the pause before another attempt to connect', () => {
  it('doubles up to five seconds, and is not the same for all', () => {
    const longest = { next: () => 1 }
    expect([1, 2, 3, 8, 50].map(failed => pauseBefore(failed, longest))).toEqual([250, 500, 1_000, 5_000, 5_000])
    const random = seededRandom(1)
    const pauses = Array.from({ length: 100 }, () => pauseBefore(3, random))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500)
    expect(new Set(pauses).size).toBeGreaterThan(50)
  })
})

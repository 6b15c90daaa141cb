import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import type { OutgoingMessage } from './message.ts'
import { publisherLimits } from './publisher.ts'
import { QueueConsumer } from './queue-consumer.ts'
import { RabbitmqServer } from './server.ts'
import { RabbitmqServers } from './servers.ts'

const address = { hostname: 'mq', port: 5672, username: '', password: '', vhost: '/', tls: false }

let clock: FakeClock
let amqp: AmqpServer
let lines: string[]
let changes: number
let server: RabbitmqServer

beforeEach(() => {
  clock = new FakeClock(undefined, turn)
  amqp = new AmqpServer()
  lines = []
  changes = 0
})

/** Begins to connect. */
function begin(): void {
  server = new RabbitmqServer({ ...parts(), address, changed: () => changes++ })
}

const parts = () => ({
  ...{ clock, random: { next: () => 1 }, limits: publisherLimits, open: amqp.open },
  log: (level: string, message: string) => void lines.push(`${level} ${message}`),
})
const exchange = (name: string) =>
  server.declare(name, async channel => void (await channel.assertExchange(name, 'headers', { durable: true })))
const queue = (name: string, exchangeName: string) =>
  server.declare(name, async channel => {
    await channel.assertQueue(name, { durable: true, arguments: {} })
    await channel.bindQueue(name, exchangeName, '')
  })
const message = (text: string): OutgoingMessage => ({ content: Buffer.from(text), options: {}, bytes: text.length })
const consumer = (name: string, taken: string[]) =>
  new QueueConsumer({
    ...{ queue: name, tag: name, prefetch: 10, clock, failed: () => {} },
    take: ({ message: { content }, ack }) => {
      taken.push(content.toString())
      ack()
    },
  })

/** What became of it so far. */
function watched(work: Promise<unknown>) {
  const seen: { outcome?: unknown } = {}
  work.then(
    () => (seen.outcome = 'done'),
    error => (seen.outcome = error),
  )
  return seen
}

describe('what is declared', () => {
  it('before the server is there stands as soon as it is', async () => {
    begin()
    await exchange('x')
    expect([server.state, amqp.exchanges.size]).toEqual([{ up: false, why: undefined }, 0])
    await turn()
    expect([server.state, [...amqp.exchanges.keys()], changes]).toEqual([{ up: true }, ['x'], 1])
  })

  it('later stands at once, or its refusal is told', async () => {
    begin()
    await turn()
    await exchange('x')
    expect(amqp.exchanges.has('x')).toBe(true)
    amqp.refuses.set('assertExchange y', 'PRECONDITION_FAILED')
    await expect(exchange('y')).rejects.toThrow('PRECONDITION_FAILED')
  })

  it('is declared anew, in order, on each new connection: the server may have lost it', async () => {
    begin()
    await exchange('x')
    await queue('q', 'x')
    await turn()
    amqp.exchanges.clear()
    amqp.queues.clear()
    amqp.drop('restarted')
    await clock.advance(1_000)
    expect([[...amqp.exchanges.keys()], [...amqp.queues.keys()]]).toEqual([['x'], ['q']])
    expect(amqp.exchanges.get('x')?.bindings).toHaveLength(1)
  })

  it('is not declared again once it was taken back', async () => {
    begin()
    await exchange('x')
    await turn()
    server.undeclare('x')
    amqp.exchanges.clear()
    amqp.drop('restarted')
    await clock.advance(1_000)
    expect([server.state.up, amqp.exchanges.size]).toEqual([true, 0])
  })

  it('and is refused does not keep the rest from standing', async () => {
    begin()
    amqp.refuses.set('assertExchange bad', 'ACCESS_REFUSED')
    void exchange('bad')
    void exchange('good')
    await turn()
    expect([server.state, [...amqp.exchanges.keys()]]).toEqual([{ up: true }, ['good']])
    expect(lines).toEqual(['error RabbitMQ at mq:5672 refuses bad: ACCESS_REFUSED'])
  })
})

describe('publishing', () => {
  it('is over when the server confirms', async () => {
    begin()
    await exchange('x')
    await queue('q', 'x')
    await turn()
    await server.publish('x', message('a'), false)
    expect(amqp.waiting('q')).toEqual(['a'])
    amqp.confirms = false
    const waiting = watched(server.publish('x', message('b'), false))
    await turn()
    expect(waiting.outcome).toBeUndefined()
  })

  it('waits for the server, and for what is being seen to', async () => {
    begin()
    await exchange('x')
    await queue('q', 'x')
    let settle = () => {}
    server.publishAfter(
      new Promise<void>(resolve => {
        settle = resolve
      }),
    )
    const waiting = watched(server.publish('x', message('a'), false))
    await turn()
    expect([waiting.outcome, amqp.waiting('q')]).toEqual([undefined, []])
    settle()
    await turn()
    expect([waiting.outcome, amqp.waiting('q')]).toEqual(['done', ['a']])
  })

  it('goes on after work that failed', async () => {
    begin()
    await turn()
    server.publishAfter(Promise.reject(new Error('no queue')))
    await server.publish('x', message('a'), false)
  })

  it('sends again what was not confirmed when the connection was lost', async () => {
    begin()
    await exchange('x')
    await queue('q', 'x')
    await turn()
    amqp.confirms = false
    const waiting = watched(server.publish('x', message('a'), false))
    await turn()
    amqp.confirms = true
    amqp.drop('lost')
    await clock.advance(1_000)
    expect([waiting.outcome, amqp.waiting('q')]).toEqual(['done', ['a', 'a']])
  })

  it('connects anew when the publisher’s own channel is closed under it', async () => {
    begin()
    await turn()
    const before = [...amqp.connections]
    amqp.refuses.set('publish missing', 'NOT_FOUND - no exchange')
    const waiting = watched(server.publish('missing', message('a'), false))
    await turn()
    expect(lines).toEqual(['error RabbitMQ at mq:5672: NOT_FOUND - no exchange'])
    amqp.refuses.clear()
    await clock.advance(1_000)
    expect(before.some(model => amqp.connections.has(model))).toBe(false)
    expect(waiting.outcome).toBe('done')
  })
})

describe('consuming', () => {
  it('begins when its queue stands, and again on each connection', async () => {
    begin()
    const taken: string[] = []
    await exchange('x')
    await queue('q', 'x')
    await server.consume(consumer('q', taken))
    await turn()
    await server.publish('x', message('a'), false)
    amqp.drop('lost')
    await clock.advance(1_000)
    await server.publish('x', message('b'), false)
    await turn()
    expect(taken).toEqual(['a', 'b'])
  })

  it('does not begin again for one that has stopped', async () => {
    begin()
    const taken: string[] = []
    await exchange('x')
    await queue('q', 'x')
    await turn()
    const one = consumer('q', taken)
    await server.consume(one)
    server.forget(one)
    await one.stop()
    amqp.drop('lost')
    await clock.advance(1_000)
    await server.publish('x', message('a'), false)
    await turn()
    expect([taken, amqp.waiting('q')]).toEqual([[], ['a']])
  })
})

describe('a server that is away', () => {
  it('says why, once for each reason, and does nothing meanwhile', async () => {
    amqp.away = 'connect ECONNREFUSED'
    begin()
    await clock.advance(2_000)
    expect([server.state, changes]).toEqual([{ up: false, why: 'connect ECONNREFUSED' }, 1])
    await expect(server.withChannel(async () => {})).rejects.toThrow('the server is away')
    amqp.away = 'socket hang up'
    await clock.advance(30_000)
    expect([server.state, changes]).toEqual([{ up: false, why: 'socket hang up' }, 2])
  })

  it('that is closed gives back what waits', async () => {
    amqp.away = 'connect ECONNREFUSED'
    begin()
    await turn()
    const waiting = watched(server.publish('x', message('a'), false))
    await turn()
    await server.close()
    expect(String(waiting.outcome)).toMatch(/the runtime stops/)
    expect(amqp.connections.size).toBe(0)
  })
})

describe('servers', () => {
  it('are shared by those with the same address, and closed by the last of them', async () => {
    const servers = new RabbitmqServers({ ...parts(), changed: () => {} })
    const [one, same, other] = [servers.of(address), servers.of({ ...address }), servers.of({ ...address, vhost: 'o' })]
    expect([same === one, other === one]).toEqual([true, false])
    await turn()
    const all = amqp.connections.size
    servers.release(one)
    await turn()
    expect(amqp.connections.size).toBe(all)
    servers.release(same)
    await turn()
    expect(amqp.connections.size).toBe(all - 2)
    expect(servers.of(address)).not.toBe(one)
  })

  it('say which of them has changed', async () => {
    const told: RabbitmqServer[] = []
    const servers = new RabbitmqServers({ ...parts(), changed: one => void told.push(one) })
    const one = servers.of(address)
    await turn()
    expect(told).toEqual([one])
    await servers.close()
  })
})

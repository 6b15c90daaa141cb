import type { ChannelModel } from 'amqplib'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import { type Delivery, QueueConsumer } from './queue-consumer.ts'

let clock: FakeClock
let server: AmqpServer
let model: ChannelModel
let taken: Delivery[]
let failures: string[]
let began: number
let consumer: QueueConsumer

beforeEach(async () => {
  clock = new FakeClock(undefined, turn)
  server = new AmqpServer()
  model = await connected()
  taken = []
  failures = []
  began = 0
  consumer = consuming(2)
  queue('q')
})

const connected = () =>
  server.open({ hostname: 'h', port: 1, username: '', password: '', vhost: '/', tls: false }, 'test')

function consuming(prefetch: number): QueueConsumer {
  return new QueueConsumer({
    ...{ queue: 'q', tag: 'me', prefetch, clock },
    take: delivery => void taken.push(delivery),
    failed: why => void failures.push(why),
    began: () => {
      began++
    },
  })
}

const queue = (name: string) => server.queues.set(name, { arguments: {}, ready: [], consumers: new Set() })

function put(...texts: string[]): void {
  for (const text of texts) {
    server.publish('', 'q', { content: Buffer.from(text), properties: { headers: {} }, redelivered: false })
  }
}

const texts = () => taken.map(({ message }) => message.content.toString())

describe('a consumer of a queue', () => {
  it('takes as many at once as it may, and the next when one is done', async () => {
    put('a', 'b', 'c')
    await consumer.begin(model)
    expect([texts(), began]).toEqual([['a', 'b'], 1])
    expect(taken[0]?.ack()).toBe(true)
    await turn()
    expect(texts()).toEqual(['a', 'b', 'c'])
    expect(server.waiting('q')).toEqual([])
  })

  it('gives what it rejects to the dead letters of the queue', async () => {
    queue('dead')
    server.exchanges.set('dlx', { type: 'fanout', bindings: [{ queue: 'dead', arguments: {} }] })
    Object.assign(server.queues.get('q')?.arguments ?? {}, { 'x-dead-letter-exchange': 'dlx' })
    put('a')
    await consumer.begin(model)
    taken[0]?.reject()
    expect([server.waiting('q'), server.waiting('dead')]).toEqual([[], ['a']])
  })

  it('that has stopped takes nothing more, and may still acknowledge what it took, until it is closed', async () => {
    put('a', 'b')
    await consumer.begin(model)
    await consumer.stop()
    put('c')
    expect(taken[0]?.ack()).toBe(true)
    await consumer.close()
    expect(taken[1]?.ack()).toBe(false)
    expect([texts(), server.waiting('q')]).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ])
  })

  it('that has stopped does not begin again', async () => {
    await consumer.stop()
    await consumer.begin(model)
    expect(server.asked).toEqual([])
  })
})

describe('a consumer that fails', () => {
  it('says why, and tries again a second later', async () => {
    server.queues.delete('q')
    await consumer.begin(model)
    expect(failures).toEqual(["no queue 'q'"])
    queue('q')
    put('a')
    await clock.advance(999)
    expect(texts()).toEqual([])
    await clock.advance(1)
    expect([texts(), began]).toEqual([['a'], 1])
  })

  it('begins anew when its queue is deleted under it', async () => {
    await consumer.begin(model)
    const taker = await model.createChannel()
    await taker.deleteQueue('q')
    await turn()
    expect(failures).toEqual(['the channel was closed'])
    queue('q')
    put('a')
    await clock.advance(1_000)
    expect(texts()).toEqual(['a'])
  })

  it('cannot acknowledge over a connection that is lost: the server gives the message out again', async () => {
    put('a')
    await consumer.begin(model)
    server.drop('reset')
    consumer.pause()
    expect(taken[0]?.ack()).toBe(false)
    await consumer.begin(await connected())
    expect(taken.map(({ message }) => message.fields.redelivered)).toEqual([false, true])
    expect(taken[1]?.ack()).toBe(true)
  })

  it('waits for the next connection while there is none', async () => {
    await consumer.begin(model)
    consumer.pause()
    server.drop('reset')
    await clock.advance(60_000)
    expect([failures, server.asked.filter(what => what === 'consume q')]).toEqual([[], ['consume q']])
  })

  it('does not try again after it was stopped', async () => {
    server.queues.delete('q')
    await consumer.begin(model)
    await consumer.stop()
    queue('q')
    await clock.advance(10_000)
    expect(began).toBe(0)
  })
})

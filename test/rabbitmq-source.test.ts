// RabbitmqSource on a real server: what is in a queue arrives at the sink.
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rabbitmq } from '../local/api/eventing/rabbitmq.ts'
import type { RabbitmqSource } from '../local/api/sources/rabbitmq-source.ts'
import type { Subscriber } from '../local/eventing/testing/subscriber.ts'
import { conditionOf } from '../local/kernel/conditions.ts'
import { RabbitmqWorld, until } from './rabbitmq-world.ts'
import { findServer, isFound } from './servers/found.ts'
import type { Server } from './servers/server.ts'

describe.skipIf(!isFound('rabbitmq'))('a RabbitmqSource', () => {
  let server: Pick<Server, 'url' | 'stop'>
  let client: ChannelModel
  let channel: Channel
  let world: RabbitmqWorld
  let queue = ''
  let rows = 0
  beforeAll(async () => {
    server = await findServer('rabbitmq')
    client = await connect(server.url)
    channel = await client.createChannel()
  }, 120_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })
  beforeEach(async () => {
    queue = `orders-${Date.now()}-${rows++}`
    world = new RabbitmqWorld(server.url)
    await world.start()
  })
  afterEach(async () => {
    await world.close()
    await channel.deleteQueue(queue)
  })

  function source(sink: Subscriber, resources: object = { predeclared: true }, spec: object = {}): void {
    world.apply({
      apiVersion: 'sources.knative.dev/v1alpha1',
      kind: 'RabbitmqSource',
      metadata: { name: 'orders', namespace: 'app' },
      spec: {
        rabbitmqClusterReference: { name: 'rabbitmq' },
        rabbitmqResourcesConfig: { queueName: queue, ...resources },
        sink: { uri: sink.url },
        ...spec,
      },
    })
  }

  const status = () => world.store.get<RabbitmqSource>(rabbitmq.source, 'app', 'orders')?.status
  const ready = () => conditionOf(status()?.conditions, 'Ready')

  it('gives a plain message as an event of its own type, in order, and empties the queue', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    await channel.assertQueue(queue, { durable: true })
    const options = { contentType: 'application/json', messageId: 'm1', timestamp: 1_700_000_000 }
    channel.sendToQueue(queue, Buffer.from('{"n":1}'), options)
    channel.sendToQueue(queue, Buffer.from('two'), { messageId: 'm2' })
    source(sink)
    await until(() => sink.received.length === 2 && ready()?.status === 'True')
    expect(sink.received[0]).toMatchObject({
      body: '{"n":1}',
      headers: {
        'ce-specversion': '1.0',
        'ce-type': 'dev.knative.rabbitmq.event',
        'ce-source': `/apis/v1/namespaces/app/rabbitmqsources/orders#${queue}`,
        'ce-id': 'm1',
        'ce-subject': 'm1',
        'ce-time': '2023-11-14T22:13:20.000Z',
        'content-type': 'application/json',
      },
    })
    expect(sink.received[1]?.headers).toMatchObject({ 'ce-id': 'm2' })
    expect(status()).toMatchObject({
      sinkUri: sink.url,
      ceAttributes: [{ type: 'dev.knative.rabbitmq.event', source: expect.stringContaining(queue) }],
    })
    await world.stop()
    expect((await channel.checkQueue(queue)).messageCount).toBe(0)
    await world.start()
  })

  it('takes what is an event already as it is, in both modes', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    await channel.assertQueue(queue, { durable: true })
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'b',
      'ce-type': 'order',
      'ce-source': '/shop',
      'ce-devuser': 'x',
    }
    channel.sendToQueue(queue, Buffer.from('binary'), { headers })
    const structured = { specversion: '1.0', id: 's', type: 'order', source: '/shop', data: { n: 1 } }
    const contentType = 'application/cloudevents+json'
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(structured)), { contentType })
    source(sink)
    await until(() => sink.received.length === 2)
    expect(sink.received[0]).toMatchObject({ body: 'binary', headers: { 'ce-id': 'b', 'ce-devuser': 'x' } })
    expect(sink.received[1]).toMatchObject({ body: '{"n":1}', headers: { 'ce-id': 's', 'ce-type': 'order' } })
  })

  it('declares exchange and queue unless they are there, and reads what is published', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    source(sink, { exchangeName: `${queue}-exchange` })
    await until(() => ready()?.status === 'True')
    channel.publish(`${queue}-exchange`, 'any', Buffer.from('hello'), { messageId: '1' })
    await until(() => sink.received.length === 1)
    await channel.deleteExchange(`${queue}-exchange`)
  })

  it('tries again as its delivery spec says, then gives the message to the dead letters of the queue', async () => {
    let failures = 2
    const sink = await world.subscriber(({ body }) => ({ status: body === 'poison' || failures-- > 0 ? 503 : 200 }))
    const dead = `${queue}-dead`
    await channel.assertQueue(dead, { durable: true })
    await channel.assertQueue(queue, { durable: true, deadLetterExchange: '', deadLetterRoutingKey: dead })
    channel.sendToQueue(queue, Buffer.from('late'))
    channel.sendToQueue(queue, Buffer.from('poison'))
    const delivery = { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT0.01S' }
    source(sink, { predeclared: true }, { delivery })
    await until(() => sink.received.length === 3 + 4)
    let message: Awaited<ReturnType<Channel['get']>> = false
    while (!message) message = await channel.get(dead, { noAck: true })
    expect(message.content.toString()).toBe('poison')
    await channel.deleteQueue(dead)
  })

  it('refuses what only claims to be an event, and goes on', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    await channel.assertQueue(queue, { durable: true })
    channel.sendToQueue(queue, Buffer.from('{'), { contentType: 'application/cloudevents+json' })
    channel.sendToQueue(queue, Buffer.from('next'), { messageId: 'next' })
    source(sink)
    await until(() => sink.received.length === 1)
    expect(sink.received[0]?.headers['ce-id']).toBe('next')
    expect(world.log.join()).toMatch(/source app\/orders: a message is refused/)
  })

  it('is not Ready while its queue is missing, says which, and reads it once it is there', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    source(sink)
    await until(() => ready()?.message?.includes(`no queue '${queue}'`) === true)
    await channel.assertQueue(queue, { durable: true })
    channel.sendToQueue(queue, Buffer.from('hello'))
    await until(() => sink.received.length === 1 && ready()?.status === 'True')
  })
})

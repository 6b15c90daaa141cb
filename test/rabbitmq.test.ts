// The broker class RabbitMQBroker on a real server.
import { connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Trigger } from '../local/api/eventing/types.ts'
import { eventing as kinds } from '../local/api/eventing/types.ts'
import { exchangeName, triggerNames } from '../local/eventing/rabbitmq/topology.ts'
import { RabbitmqWorld, until } from './rabbitmq-world.ts'
import { findServer, isFound } from './servers/found.ts'
import type { Server } from './servers/server.ts'

describe.skipIf(!isFound('rabbitmq'))('the broker class RabbitMQBroker', () => {
  let server: Pick<Server, 'url' | 'stop'>
  let world: RabbitmqWorld
  beforeAll(async () => {
    server = await findServer('rabbitmq')
  }, 120_000)
  afterAll(() => server?.stop())
  beforeEach(async () => {
    world = new RabbitmqWorld(server.url)
    await world.start()
    world.config()
  })
  afterEach(() => world.close())

  const ids = (received: readonly { headers: Record<string, unknown> }[]) => received.map(each => each.headers['ce-id'])

  function namesOf(name: string) {
    const broker = world.store.get<Broker>(kinds.broker, 'app', 'default')
    const trigger = world.store.get<Trigger>(kinds.trigger, 'app', name)
    if (!broker || !trigger) throw new Error(`no trigger ${name}`)
    const uids = [trigger.metadata.uid ?? '', broker.metadata.uid ?? ''] as const
    return { exchange: exchangeName(broker), ...triggerNames(`app/${name}`, ...uids) }
  }

  it('becomes Ready, with the conditions of its class', async () => {
    world.broker()
    await world.untilReady()
    const status = world.store.get<Broker>(kinds.broker, 'app', 'default')?.status
    expect(status?.address?.url).toBe('http://broker-ingress.knative-eventing.svc.cluster.local/app/default')
    expect(status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual(
      expect.arrayContaining(['DLXReady=True', 'ExchangeReady=True', 'IngressReady=True', 'SecretReady=True']),
    )
  })

  it('delivers an event as the other class does: binary, with arrival time, kn-namespace and prefer', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: `${sink.url}/events` } })
    await world.untilReady()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = { 'ce-devuser': 'שָׁלוֹם', 'ce-subject': 'x', traceparent, 'x-request-id': 'r1', 'x-dev-user': 'beta' }
    const latin = Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, Buffer.from(v).toString('latin1')]))
    expect(await world.post('1', latin, '{"a":1}')).toBe(202)
    await until(() => sink.received.length > 0)
    const [got] = sink.received
    expect(got).toMatchObject({ url: '/events', body: '{"a":1}' })
    expect(got?.headers).toMatchObject({
      'ce-id': '1',
      'ce-subject': 'x',
      'ce-devuser': '%D7%A9%D6%B8%D7%81%D7%9C%D7%95%D6%B9%D7%9D',
      'content-type': 'application/json',
      'ce-knativearrivaltime': expect.stringMatching(/^\d{4}-/),
      'kn-namespace': 'app',
      prefer: 'reply',
      traceparent,
    })
    expect(got?.headers['ce-knativebrokerttl']).toBeUndefined()
    expect(got?.headers['x-dev-user']).toBeUndefined()
  })

  it('filters by attributes, any value of one, and the other dialects', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    const subscriber = (path: string) => ({ uri: `${sink.url}/${path}` })
    world.broker()
    world.trigger('exact', { subscriber: subscriber('exact'), filter: { attributes: { type: 'order.created' } } })
    world.trigger('any', { subscriber: subscriber('any'), filter: { attributes: { devuser: '' } } })
    world.trigger('sql', { subscriber: subscriber('sql'), filters: [{ cesql: "id = '2'" }] })
    world.trigger('all', { subscriber: subscriber('all') })
    await world.untilReady()
    await world.post('1')
    await world.post('2', { 'ce-type': 'other' })
    await world.post('3', { 'ce-type': 'other', 'ce-devuser': 'me' })
    const expected = ['/all 1', '/all 2', '/all 3', '/any 3', '/exact 1', '/sql 2']
    await until(() => sink.received.length >= expected.length)
    await world.eventing.settled()
    expect(sink.received.map(each => `${each.url} ${each.headers['ce-id']}`).sort()).toEqual(expected)
  })

  it('follows a filter that changes', async () => {
    const sink = await world.subscriber(() => ({ status: 202 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url }, filter: { attributes: { type: 'a' } } })
    await world.untilReady()
    const trigger = world.store.get<Trigger>(kinds.trigger, 'app', 't')
    if (trigger) world.store.update({ ...trigger, spec: { ...trigger.spec, filter: { attributes: { type: 'b' } } } })
    await world.eventing.settled()
    await world.post('1', { 'ce-type': 'a' })
    await world.post('2', { 'ce-type': 'b' })
    await until(() => sink.received.length > 0)
    await world.eventing.settled()
    expect(ids(sink.received)).toEqual(['2'])
  })

  it('keeps the order of events with a parallelism of 1, although tries fail in between', async () => {
    const sink = await world.subscriber((_, index) => ({ status: index % 3 === 0 ? 503 : 200 }))
    world.broker('default', { delivery: { retry: 5, backoffPolicy: 'linear', backoffDelay: 'PT0.01S' } })
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    const sent = Array.from({ length: 30 }, (_, at) => `${at}`)
    for (const id of sent) expect(await world.post(id)).toBe(202)
    await until(() => ids(sink.received).at(-1) === '29')
    await world.eventing.settled()
    expect([...new Set(ids(sink.received))]).toEqual(sent)
  })

  it('has as many events under way as the annotation says', async () => {
    const waiting: (() => void)[] = []
    const sink = await world.subscriber(() => new Promise(resolve => void waiting.push(() => resolve({ status: 200 }))))
    world.broker()
    const annotations = { 'rabbitmq.eventing.knative.dev/parallelism': '4' }
    world.trigger('t', { subscriber: { uri: sink.url } }, annotations)
    await world.untilReady()
    for (let at = 0; at < 10; at++) await world.post(`${at}`)
    await until(() => waiting.length === 4)
    for (let done = 0; done < 10; done++) {
      await until(() => waiting.length > 0)
      expect(sink.received.length - done).toBeLessThanOrEqual(4)
      waiting.shift()?.()
    }
  })

  it('takes replies in as new events, with one less to live', async () => {
    const first = await world.subscriber(() => ({
      status: 200,
      headers: { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/s', 'ce-type': 'reply' },
      body: 'answer',
    }))
    const second = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('ask', { subscriber: { uri: first.url }, filter: { attributes: { type: 'order.created' } } })
    world.trigger('told', { subscriber: { uri: second.url }, filter: { attributes: { type: 'reply' } } })
    await world.untilReady()
    await world.post('1')
    await until(() => second.received.length > 0)
    expect(second.received[0]).toMatchObject({ body: 'answer', headers: { 'ce-id': 'r' } })
  })

  it('gives what fails to the dead-letter sink, with what went wrong, after the tries of the delivery spec', async () => {
    const sink = await world.subscriber(() => ({ status: 500, body: 'no' }))
    let refusals = 2
    const dead = await world.subscriber(() => ({ status: refusals-- > 0 ? 503 : 200 }))
    const delivery = {
      retry: 2,
      backoffPolicy: 'exponential' as const,
      backoffDelay: 'PT0.01S',
      deadLetterSink: { uri: `${dead.url}/dead` },
    }
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url }, delivery })
    await world.untilReady()
    await world.post('1', {}, 'body')
    await until(() => dead.received.length === 3)
    expect(sink.received).toHaveLength(3)
    expect(dead.received.at(-1)).toMatchObject({
      url: '/dead',
      body: 'body',
      headers: {
        'ce-id': '1',
        'ce-knativeerrordest': sink.url,
        'ce-knativeerrorcode': '500',
        'ce-knativeerrordata': Buffer.from('no').toString('base64'),
      },
    })
  })

  it('does not retry what no retry mends, and drops it without a dead-letter sink, saying so', async () => {
    const sink = await world.subscriber(() => ({ status: 400 }))
    world.broker('default', { delivery: { retry: 5, backoffPolicy: 'linear', backoffDelay: 'PT0.01S' } })
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    await world.post('1')
    await until(() => world.log.some(line => line.includes('dropped an event')))
    expect(sink.received).toHaveLength(1)
    expect(world.log.join()).toMatch(/app\/t dropped an event: the subscriber failed with 400/)
  })

  it('goes on after a restart of the runtime where it was', async () => {
    let open = false
    const sink = await world.subscriber(() => ({ status: open ? 200 : 503 }))
    world.broker('default', { delivery: { retry: 1_000, backoffPolicy: 'linear', backoffDelay: 'PT0.001S' } })
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    for (const id of ['1', '2', '3']) await world.post(id)
    await until(() => sink.received.length > 0)
    await world.stop()
    open = true
    sink.received.length = 0
    await world.start()
    await until(() => sink.received.length >= 3)
    expect(ids(sink.received)).toEqual(['1', '2', '3'])
  })

  it('refuses attributes that no message holds with 400, and takes the next event', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    expect(await world.post('1', { 'ce-large': 'x'.repeat(60_000) })).toBe(400)
    expect(await world.post('2')).toBe(202)
    await until(() => sink.received.length > 0)
    expect(ids(sink.received)).toEqual(['2'])
  })

  it('replays to the one consumer that gave the event up, whatever its filter says by now', async () => {
    let status = 400
    const sink = await world.subscriber(({ url }) => ({ status: url === '/failing' ? status : 200 }))
    const of = (path: string) => sink.received.filter(each => each.url === path).length
    world.broker()
    world.trigger('failing', { subscriber: { uri: `${sink.url}/failing` }, filter: { attributes: { type: 'a' } } })
    world.trigger('fine', { subscriber: { uri: `${sink.url}/fine` } })
    await world.untilReady()
    await world.post('1', { 'ce-type': 'a' })
    await until(() => world.eventing.events.list({ dead: true }, 10).length === 1 && of('/fine') === 1)
    const trigger = world.store.get<Trigger>(kinds.trigger, 'app', 'failing')
    if (trigger) world.store.update({ ...trigger, spec: { ...trigger.spec, filter: { attributes: { type: 'b' } } } })
    await world.eventing.settled()
    status = 200
    expect(await world.eventing.events.replay({ dead: true })).toEqual([{ id: '1', consumer: 'app/failing' }])
    await until(() => of('/failing') === 2)
    await world.post('2', { 'ce-type': 'a' })
    await until(() => of('/fine') >= 2)
    expect(sink.received.filter(each => each.url === '/fine').map(each => each.headers['ce-id'])).toEqual(['1', '2'])
  })

  it('is not held up by a foreign message in its queue', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    const client = await connect(server.url)
    const channel = await client.createChannel()
    channel.sendToQueue(namesOf('t').queue, Buffer.from('what is this'))
    await world.post('1')
    await until(() => sink.received.length > 0)
    expect(ids(sink.received)).toEqual(['1'])
    expect(world.log.join()).toMatch(/a message that is no event was put into its queue/)
    await client.close()
  })

  it('consumes anew when its queue is deleted under it', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    // Only what is there can be deleted.
    await world.post('0')
    await until(() => sink.received.length > 0)
    const client = await connect(server.url)
    const channel = await client.createChannel()
    await channel.deleteQueue(namesOf('t').queue)
    await until(() => world.log.some(line => /queue app\.t\./.test(line)))
    let tries = 0
    await until(() => {
      if (tries++ % 100 === 0) void world.post('1')
      return sink.received.length > 1
    })
    await client.close()
  })

  it('leaves nothing on the server when triggers and brokers go', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url }, delivery: { deadLetterSink: { uri: sink.url } } })
    await world.untilReady()
    await world.post('1')
    await until(() => sink.received.length > 0)
    const { exchange, queue, deadLetterQueue } = namesOf('t')
    const trigger = world.store.get(kinds.trigger, 'app', 't')
    const broker = world.store.get(kinds.broker, 'app', 'default')
    if (trigger) world.remove(trigger)
    if (broker) world.remove(broker)
    await world.eventing.settled()
    const client = await connect(server.url)
    const exists = async (check: 'checkQueue' | 'checkExchange', name: string) => {
      const channel = await client.createChannel()
      channel.on('error', () => {})
      return channel[check](name).then(
        () => true,
        () => false,
      )
    }
    let left = true
    while (left) {
      left = (await exists('checkQueue', queue)) || (await exists('checkQueue', deadLetterQueue))
      left ||= await exists('checkExchange', exchange)
    }
    await client.close()
  })
})

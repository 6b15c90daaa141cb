// The broker class RabbitMQBroker when its server is killed, stays away, and comes back.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RabbitmqWorld, until } from './rabbitmq-world.ts'
import { type Server, startServer } from './servers/server.ts'
import { canStart, servers } from './servers/servers.ts'

describe.skipIf(!canStart('rabbitmq'))('a RabbitMQ server that is killed', () => {
  let server: Server
  let world: RabbitmqWorld
  beforeAll(async () => {
    server = await startServer(servers.rabbitmq.kind)
  }, 120_000)
  afterAll(() => server?.stop())
  beforeEach(async () => {
    await server.start()
    world = new RabbitmqWorld(server.url, { maxWaiting: 50, confirmWithinMs: 2_000 })
    await world.start()
    world.config()
  })
  afterEach(() => world.close())

  it('no event that was accepted is lost when it is killed among them', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    const slow = await world.subscriber(async () => {
      await delay(5)
      return { status: 200 }
    })
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } }, { 'rabbitmq.eventing.knative.dev/parallelism': '10' })
    world.trigger('slow', { subscriber: { uri: slow.url } }, { 'rabbitmq.eventing.knative.dev/parallelism': '10' })
    await world.untilReady()
    const accepted = new Set<string>()
    let next = 0
    let sending = true
    const senders = Array.from({ length: 8 }, async () => {
      while (sending) {
        const id = `${next++}`
        if ((await world.post(id)) === 202) accepted.add(id)
        else await delay(20)
      }
    })
    await until(() => accepted.size > 200)
    await server.kill('SIGKILL')
    await server.start()
    const before = accepted.size
    await until(() => accepted.size > before + 200)
    sending = false
    await Promise.all(senders)
    const missing = (received: typeof sink.received) => {
      const got = new Set(received.map(each => each.headers['ce-id']))
      return [...accepted].filter(id => !got.has(id))
    }
    await until(() => missing(sink.received).length === 0 && missing(slow.received).length === 0)
  })

  it('what is being delivered meanwhile is delivered once', async () => {
    let release = () => {}
    const sink = await world.subscriber((_, index) =>
      index === 0 ? new Promise(resolve => (release = () => resolve({ status: 200 }))) : { status: 200 },
    )
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    for (const id of ['1', '2', '3']) expect(await world.post(id)).toBe(202)
    await until(() => sink.received.length === 1)
    await server.kill('SIGKILL')
    await until(() => world.brokerReady()?.status === 'False')
    await server.start()
    await until(() => world.brokerReady()?.status === 'True')
    release()
    await until(() => sink.received.length >= 3)
    await world.eventing.settled()
    expect(sink.received.map(each => each.headers['ce-id'])).toEqual(['1', '2', '3'])
  })

  it('dead letters wait for it, and none is lost', async () => {
    const sink = await world.subscriber(() => ({ status: 400 }))
    let open = false
    const dead = await world.subscriber(() => ({ status: open ? 200 : 503 }))
    const delivery = {
      retry: 1_000,
      backoffPolicy: 'linear' as const,
      backoffDelay: 'PT0.001S',
      deadLetterSink: { uri: dead.url },
    }
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url }, delivery })
    await world.untilReady()
    for (const id of ['1', '2', '3']) expect(await world.post(id)).toBe(202)
    await until(() => dead.received.length > 0)
    await server.kill('SIGKILL')
    dead.received.length = 0
    open = true
    await server.start()
    await until(() => new Set(dead.received.map(each => each.headers['ce-id'])).size === 3)
  })

  it('the broker says so with address and cause, refuses within its bounds, and is Ready again by itself', async () => {
    world.broker()
    await world.untilReady()
    await server.kill('SIGKILL')
    await until(() => world.brokerReady()?.status === 'False')
    await until(() => /ECONNREFUSED/.test(world.brokerReady()?.message ?? ''))
    const port = new URL(server.url).port
    expect(world.brokerReady()).toMatchObject({
      reason: 'ExchangeFailure',
      message: `RabbitMQ at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
    })
    const statuses = await Promise.all(Array.from({ length: 200 }, (_, at) => world.post(`${at}`)))
    expect([...new Set(statuses)].sort().every(status => status === 429 || status === 503)).toBe(true)
    expect(statuses).toContain(503)
    await server.start()
    await until(() => world.brokerReady()?.status === 'True')
    expect(await world.post('after')).toBe(202)
  })

  it('events that came in its absence are taken when it is back soon enough', async () => {
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker()
    world.trigger('t', { subscriber: { uri: sink.url } })
    await world.untilReady()
    await server.kill('SIGKILL')
    await until(() => world.brokerReady()?.status === 'False')
    await server.start()
    let answer = 0
    for (; answer !== 202; await delay(20)) answer = await world.post('1')
    await until(() => sink.received.length > 0)
  })

  it('a broker that begins without it is not Ready until it is there', async () => {
    await server.kill('SIGKILL')
    const sink = await world.subscriber(() => ({ status: 200 }))
    world.broker('late')
    world.trigger('t', { broker: 'late', subscriber: { uri: sink.url } })
    await until(() => /ECONNREFUSED/.test(world.brokerReady('late')?.message ?? ''))
    expect(await world.post('1', {}, '{}', 'late')).toBe(503)
    await server.start()
    await world.untilReady('late')
    expect(await world.post('2', {}, '{}', 'late')).toBe(202)
    await until(() => sink.received.some(each => each.headers['ce-id'] === '2'))
  })
})

describe('a broker without a server it could use', () => {
  let world: RabbitmqWorld
  beforeEach(async () => {
    world = new RabbitmqWorld(undefined)
    await world.start()
  })
  afterEach(() => world.close())

  it.each<[string, () => void, RegExp]>([
    [
      'that nothing names',
      () => world.config(),
      /no server stands for the RabbitmqCluster app\/rabbitmq: set RABBITMQ_URL/,
    ],
    ['whose configuration is missing', () => {}, /RabbitmqBrokerConfig app\/rabbitmq not found/],
    [
      'whose secret is missing',
      () => world.config('rabbitmq', { rabbitmqClusterReference: { connectionSecret: { name: 'mq' } } }),
      /secret "mq" not found in namespace app/,
    ],
  ])('%s says so, and refuses events', async (_what, prepare, message) => {
    prepare()
    world.broker()
    await world.eventing.settled()
    expect(world.brokerReady()).toMatchObject({ status: 'False', reason: 'ExchangeCredentialsUnavailable' })
    expect(world.brokerReady()?.message).toMatch(message)
    expect(await world.post('1')).toBe(503)
  })

  it('looks again when its configuration comes', async () => {
    world.broker()
    await world.eventing.settled()
    world.config('rabbitmq', { rabbitmqClusterReference: { connectionSecret: { name: 'mq' } } })
    await world.eventing.settled()
    expect(world.brokerReady()?.message).toMatch(/secret "mq" not found/)
    const stringData = { uri: 'http://127.0.0.1:15672', port: '1', username: 'u', password: 'secret' }
    world.store.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mq', namespace: 'app' },
      ...{ stringData },
    })
    await until(() => /RabbitMQ at 127.0.0.1:1 cannot be used: .*ECONNREFUSED/.test(world.brokerReady()?.message ?? ''))
    expect(JSON.stringify([world.log, world.brokerReady()])).not.toMatch(/secret@|:secret/)
  })
})

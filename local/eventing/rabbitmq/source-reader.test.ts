import { beforeEach, describe, expect, it } from 'vitest'
import { rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { RabbitmqSource } from '../../api/sources/rabbitmq-source.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { SendRequest } from '../../seams/send.ts'
import type { KindController } from '../reconcile/controllers.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import { publisherLimits } from './publisher.ts'
import { rabbitmqSourceController } from './rabbitmq-sources.ts'
import { RabbitmqServer } from './server.ts'
import { SourceReader } from './source-reader.ts'

const sink = 'http://sink.app/'

let clock: FakeClock
let amqp: AmqpServer
let asked: SendRequest[]
let lines: string[]
/** What the sink answers, in turn; the last one from then on. */
let statuses: number[]
let changes: number

beforeEach(() => {
  clock = new FakeClock(undefined, turn)
  amqp = new AmqpServer()
  asked = []
  lines = []
  statuses = [202]
  changes = 0
})

const parts = () => ({
  ...{ clock, random: seededRandom(1) },
  log: (level: string, message: string) => void lines.push(`${level} ${message}`),
  send: async (request: SendRequest) => {
    asked.push(request)
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 0
    if (status === 0) throw new Error('reset')
    return { status, headers: [], body: Buffer.alloc(0) }
  },
})

type Resources = Partial<RabbitmqSource['spec']['rabbitmqResourcesConfig']>

function source(resources: Resources = {}, more: Partial<RabbitmqSource['spec']> = {}): RabbitmqSource {
  const config = { queueName: 'q', exchangeName: 'x', predeclared: false, ...resources }
  return {
    ...{ apiVersion: 'sources.knative.dev/v1alpha1', kind: 'RabbitmqSource' },
    metadata: { name: 'orders', namespace: 'app', uid: 's-1' },
    spec: {
      ...{ rabbitmqClusterReference: { name: 'mq' }, rabbitmqResourcesConfig: config, sink: { uri: sink } },
      ...more,
    },
  } as RabbitmqSource
}

async function reading(given = source()): Promise<SourceReader> {
  const address = { hostname: 'mq', port: 5672, username: '', password: '', vhost: '/', tls: false }
  const server = new RabbitmqServer({
    ...parts(),
    address,
    limits: publisherLimits,
    open: amqp.open,
    changed: () => {},
  })
  const reader = new SourceReader({ ...parts(), server, source: given, sink, changed: () => changes++ })
  await turn()
  return reader
}

async function put(text: string, properties: Record<string, unknown> = {}): Promise<void> {
  const headers = (properties.headers ?? {}) as Record<string, unknown>
  const message = { content: Buffer.from(text), properties: { ...properties, headers }, redelivered: false }
  amqp.publish('', 'q', message)
  await turn()
}

const header = (request: SendRequest | undefined, name: string) => {
  const at = request?.headers.indexOf(name) ?? -1
  return at < 0 ? undefined : request?.headers[at + 1]
}

describe('a reader of a queue', () => {
  it('declares exchange and queue, and gives each message to the sink as an event', async () => {
    const reader = await reading()
    expect(reader.problem).toBeUndefined()
    await put('hello', { messageId: 'm-1', headers: { traceparent: '00-1-2-03' } })
    expect(asked.map(({ url, body }) => [url, body.toString()])).toEqual([[sink, 'hello']])
    expect([header(asked[0], 'ce-id'), header(asked[0], 'ce-type'), header(asked[0], 'traceparent')]).toEqual([
      ...['m-1', 'dev.knative.rabbitmq.event', '00-1-2-03'],
    ])
    expect([amqp.waiting('q'), [...amqp.exchanges.keys()]]).toEqual([[], ['x']])
  })

  it('gives a message without an id one of its own', async () => {
    await reading()
    await put('a')
    await put('b')
    const ids = asked.map(request => header(request, 'ce-id'))
    expect([new Set(ids).size, ids.every(id => (id?.length ?? 0) > 10)]).toEqual([2, true])
  })

  it('declares nothing of a queue that is there already', async () => {
    amqp.queues.set('q', { arguments: {}, ready: [], consumers: new Set() })
    await reading(source({ predeclared: true }))
    await put('a')
    expect([asked.length, amqp.exchanges.size]).toEqual([1, 0])
  })

  it('says that the queue is missing, and reads it once it is there', async () => {
    const reader = await reading(source({ predeclared: true }))
    expect([reader.problem, changes]).toEqual(["no queue 'q'", 1])
    amqp.queues.set('q', { arguments: {}, ready: [], consumers: new Set() })
    await clock.advance(1_000)
    expect([reader.problem, changes]).toEqual([undefined, 2])
  })

  it('says when its server cannot be used', async () => {
    amqp.away = 'connect ECONNREFUSED'
    const reader = await reading()
    expect(reader.problem).toBe('RabbitMQ at mq:5672 cannot be used: connect ECONNREFUSED')
  })

  it('says what its server refuses it', async () => {
    const reader = await reading()
    amqp.refuses.set('consume q', 'ACCESS_REFUSED')
    amqp.drop('restarted')
    await clock.advance(2_000)
    expect(reader.problem).toBe('ACCESS_REFUSED')
  })
})

describe('what the sink does not take', () => {
  it('is tried again as the delivery spec says, then given to the dead letters of the queue', async () => {
    await reading(source({}, { delivery: { retry: 2, backoffPolicy: 'linear', backoffDelay: 'PT1S' } }))
    amqp.exchanges.set('dlx', { type: 'fanout', bindings: [{ queue: 'dead', arguments: {} }] })
    amqp.queues.set('dead', { arguments: {}, ready: [], consumers: new Set() })
    Object.assign(amqp.queues.get('q')?.arguments ?? {}, { 'x-dead-letter-exchange': 'dlx' })
    statuses = [500, 0, 503]
    await put('a')
    await clock.advance(999)
    expect([asked.length, amqp.waiting('dead')]).toEqual([2, []])
    await clock.advance(1)
    expect([asked.length, amqp.waiting('dead')]).toEqual([3, ['a']])
    expect(lines).toEqual([`error source app/orders: ${sink} answered 503, the message is given up`])
  })

  it('and no retry mends is given up at once', async () => {
    await reading(source({}, { delivery: { retry: 5 } }))
    statuses = [400]
    await put('a')
    expect([asked.length, amqp.waiting('q')]).toEqual([1, []])
  })

  it('because it only claims to be an event is rejected, and the next one read', async () => {
    await reading()
    await put('a', { headers: { specversion: '1.0' } })
    await put('b')
    expect(asked.map(({ body }) => body.toString())).toEqual(['b'])
    expect(lines).toEqual([expect.stringMatching(/^error source app\/orders: a message is refused: id is missing/)])
  })
})

describe('the end of a reader', () => {
  it('leaves what the sink has not taken in the queue', async () => {
    const reader = await reading(source({}, { delivery: { retry: 9, backoffPolicy: 'linear', backoffDelay: 'PT9S' } }))
    statuses = [500]
    await put('a')
    await clock.advance(0)
    await reader.stop()
    await clock.advance(60_000)
    expect([amqp.waiting('q'), lines]).toEqual([['a'], []])
  })
})

describe('the controller of sources', () => {
  let store: ObjectStore
  let controller: KindController
  let again: string[]

  beforeEach(() => {
    store = new ObjectStore({ clock, random: seededRandom(1) })
    again = []
    manage('amqp://mq')
  })

  const manage = (defaultUrl: string | undefined) => {
    const options = { ...parts(), store, again: (_kind: unknown, key: string) => void again.push(key) }
    controller = rabbitmqSourceController(defaultUrl, amqp.open)(options)
  }

  /** The condition `Deployed` as `status reason` once the source was looked at. */
  async function looked(): Promise<string> {
    const found = store.get<RabbitmqSource>(rabbitmq.source, 'app', 'orders')
    if (found) controller.reconcile(found)
    await turn()
    const after = store.get<RabbitmqSource>(rabbitmq.source, 'app', 'orders')
    const deployed = after?.status?.conditions?.find(({ type }) => type === 'Deployed')
    return `${deployed?.status} ${deployed?.reason ?? ''}`.trim()
  }

  it('reads as long as the source is there, and looks again when that has changed', async () => {
    store.create(source())
    expect(await looked()).toBe('False QueueNotRead')
    expect(again).toContain('app/orders')
    expect(await looked()).toBe('True')
    await put('a')
    expect(asked).toHaveLength(1)
    controller.gone?.('app/orders')
    await turn()
    await turn()
    await put('b')
    expect([asked.length, amqp.connections.size]).toEqual([1, 0])
  })

  it('begins anew where the sink has moved', async () => {
    store.create(source())
    await looked()
    const before = store.get<RabbitmqSource>(rabbitmq.source, 'app', 'orders')
    if (before) store.update({ ...before, spec: { ...before.spec, sink: { uri: 'http://moved.app/' } } })
    await looked()
    await put('a')
    expect(asked.map(({ url }) => url)).toEqual(['http://moved.app/'])
  })

  it.each<[string, string | undefined, Partial<RabbitmqSource['spec']>, string]>([
    ['no server stands for its cluster', undefined, {}, 'False ConnectionUnavailable'],
    ['its sink is not there', 'amqp://mq', { sink: { ref: missing() } }, 'Unknown'],
  ])('says so where %s', async (_what, url, spec, expected) => {
    manage(url)
    store.create(source({}, spec))
    expect(await looked()).toBe(expected)
    expect(amqp.connections.size).toBe(0)
  })

  it('closes everything at the end', async () => {
    store.create(source())
    await looked()
    await controller.stop?.()
    expect(amqp.connections.size).toBe(0)
  })
})

function missing() {
  return { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'gone', namespace: 'app' }
}

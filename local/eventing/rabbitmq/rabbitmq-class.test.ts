import { beforeEach, describe, expect, it } from 'vitest'
import { rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { Broker, Trigger } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { SendRequest } from '../../seams/send.ts'
import type { BrokerClass, Consumer } from '../broker-class.ts'
import { NotACloudEvent } from '../cloudevents/event.ts'
import { policyOf } from '../delivery/policy.ts'
import { attributesFilter } from '../filter/attributes.ts'
import type { LoggedEvent } from '../log/record.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import { rabbitmqClass } from './rabbitmq-class.ts'

let clock: FakeClock
let amqp: AmqpServer
let store: ObjectStore
let asked: SendRequest[]
let arrivals: [key: string, broker: string][]
let changed: string[]
let lines: string[]
let brokers: BrokerClass

beforeEach(() => {
  clock = new FakeClock(undefined, turn)
  amqp = new AmqpServer()
  store = new ObjectStore({ clock, random: seededRandom(1) })
  asked = []
  arrivals = []
  changed = []
  lines = []
  brokers = made('amqp://mq')
})

const made = (defaultUrl: string | undefined) =>
  rabbitmqClass({ defaultUrl, open: amqp.open })({
    ...{ store, clock, random: { next: () => 1 } },
    log: (level, message) => void lines.push(`${level} ${message}`),
    send: async request => {
      asked.push(request)
      return { status: 202, headers: [], body: Buffer.alloc(0) }
    },
    journal: { arrived: (key, broker) => void arrivals.push([key, broker]), tried: () => {} },
    reply: async () => true,
    changed: broker => void changed.push(broker),
  })

const apiVersion = 'eventing.knative.dev/v1'
const configKind = rabbitmq.brokerConfig.kind

function broker(name = 'default', uid = 'b-1'): Broker {
  const metadata = { name, namespace: 'app', uid }
  return { apiVersion, kind: 'Broker', metadata, spec: { config: { apiVersion, kind: configKind, name: 'mq' } } }
}

function configure(spec: object = {}): void {
  const metadata = { name: 'mq', namespace: 'app' }
  const whole = { rabbitmqClusterReference: { name: 'mq' }, queueType: 'classic', ...spec }
  store.create({ apiVersion: 'eventing.knative.dev/v1alpha1', kind: configKind, metadata, spec: whole } as never)
}

function consumer(name: string, type: string, more: Partial<Consumer> = {}): Consumer {
  const metadata = { name, namespace: 'app' }
  const filter = { attributes: { type } }
  if (!store.get({ group: 'eventing.knative.dev', kind: 'Trigger' }, 'app', name)) {
    const trigger: Trigger = {
      apiVersion,
      kind: 'Trigger',
      metadata,
      spec: { broker: 'default', filter, subscriber: {} },
    }
    store.create(trigger)
  }
  return {
    ...{ uid: `t-${name}`, name: `app/${name}`, broker: 'app/default', namespace: 'app', annotations: {} },
    route: {
      ...{ filter: attributesFilter({ type }), subscriber: `http://${name}.app/`, deadLetterSink: undefined },
      ...{ policy: policyOf(undefined), reply: undefined },
    },
    complete: true,
    ...more,
  }
}

const event = (id: string, type: string, more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  event: { attributes: { specversion: '1.0', id, source: '/', type }, data: Buffer.from(id) },
  headers: [],
  ...more,
})

/** A broker that is held and stands. */
async function standing(): Promise<void> {
  configure()
  brokers.hold(broker())
  await turn()
}

const seen = () => asked.map(({ url, body }) => `${url} ${body}`)
const exchangeReady = (given = broker()) => brokers.hold(given).findings.ExchangeReady

describe('a broker of the class', () => {
  it('says that it is being connected to, and tells when that has changed', async () => {
    configure()
    expect(exchangeReady()).toMatchObject({ status: 'Unknown', reason: 'Connecting' })
    await turn()
    expect(changed).toContain('app/default')
    expect(exchangeReady()).toEqual({ status: 'True' })
    expect([...amqp.exchanges.keys()]).toEqual(['b.app.default.b-1'])
  })

  it('whose exchange is refused says so', async () => {
    configure()
    brokers.hold(broker('other', 'b-0'))
    await turn()
    amqp.refuses.set('assertExchange b.app.default.b-1', 'ACCESS_REFUSED')
    brokers.hold(broker())
    await turn()
    expect(exchangeReady()).toMatchObject({ status: 'False', message: expect.stringMatching(/ACCESS_REFUSED/) })
  })

  it('waits for its configuration, and takes it up when it comes', async () => {
    expect(exchangeReady()).toMatchObject({ status: 'False', reason: 'ExchangeCredentialsUnavailable' })
    configure()
    await turn()
    expect(changed).toContain('app/default')
    exchangeReady()
    await turn()
    expect(exchangeReady()).toEqual({ status: 'True' })
  })

  it('of another uid is another broker: its exchange takes the place of the old one', async () => {
    await standing()
    brokers.hold(broker('default', 'b-2'))
    await turn()
    expect([...amqp.exchanges.keys()]).toEqual(['b.app.default.b-2'])
  })

  it('that is gone leaves nothing on the server, and no connection', async () => {
    await standing()
    brokers.release('app/default')
    await turn()
    await turn()
    expect([amqp.exchanges.size, amqp.connections.size]).toEqual([0, 0])
    await expect(brokers.accept('app/default', [event('1', 't')])).rejects.toThrow('broker app/default has no server')
  })

  it('that goes while its server is away says what stays there', async () => {
    await standing()
    amqp.away = 'gone'
    amqp.drop('gone')
    await turn()
    brokers.release('app/default')
    await turn()
    expect(lines).toContainEqual(
      expect.stringMatching(/^warn broker app\/default: b\.app\.default\.b-1 stays on mq:5672/),
    )
  })
})

describe('events', () => {
  it('go to each trigger that wants them, once the server has them', async () => {
    await standing()
    for (const [name, type] of [
      ['a', 't'],
      ['b', 't'],
      ['c', 'u'],
    ] as const)
      brokers.serve(consumer(name, type))
    await turn()
    await brokers.accept('app/default', [event('1', 't'), event('2', 'u')])
    await turn()
    expect(seen().sort()).toEqual(['http://a.app/ 1', 'http://b.app/ 1', 'http://c.app/ 2'])
    expect(arrivals).toEqual(Array(2).fill([expect.stringMatching(/^rabbitmq:/), 'app/default']))
    expect(new Set(arrivals.map(([key]) => key)).size).toBe(2)
  })

  it('of a batch with one that fits into no message are refused whole', async () => {
    await standing()
    brokers.serve(consumer('a', 't'))
    await turn()
    const huge = event('2', 't')
    huge.event.attributes.much = 'x'.repeat(60_000)
    await expect(brokers.accept('app/default', [event('1', 't'), huge])).rejects.toThrow(NotACloudEvent)
    await turn()
    expect([asked, arrivals]).toEqual([[], []])
  })

  it('given out again go to the one consumer they are meant for, whatever it is bound to', async () => {
    await standing()
    for (const name of ['a', 'b']) brokers.serve(consumer(name, 't'))
    await turn()
    await brokers.accept('app/default', [event('1', 'other', { only: 'app/b' })], true)
    await turn()
    expect(seen()).toEqual(['http://b.app/ 1'])
  })
})

describe('triggers', () => {
  it('begin only when all that they need was found', async () => {
    await standing()
    brokers.serve(consumer('a', 't', { complete: false }))
    await turn()
    expect(amqp.queues.size).toBe(0)
    brokers.serve(consumer('a', 't'))
    await turn()
    expect([...amqp.queues.keys()]).toEqual(['app.a.b-1'])
  })

  it('follow their changed route', async () => {
    await standing()
    const first = consumer('a', 't')
    brokers.serve(first)
    await turn()
    brokers.serve({ ...first, route: { ...first.route, subscriber: 'http://moved.app/' } })
    await brokers.accept('app/default', [event('1', 't')])
    await turn()
    expect(seen()).toEqual(['http://moved.app/ 1'])
  })

  it('that are withdrawn leave nothing on the server', async () => {
    await standing()
    brokers.serve(consumer('a', 't'))
    await turn()
    brokers.withdraw('t-a')
    await turn()
    expect([amqp.queues.size, [...amqp.exchanges.keys()]]).toEqual([0, ['b.app.default.b-1']])
    brokers.withdraw('unknown')
  })

  it('may outlive their broker until they are withdrawn themselves', async () => {
    await standing()
    brokers.serve(consumer('a', 't'))
    await turn()
    brokers.release('app/default')
    await turn()
    brokers.withdraw('t-a')
    await turn()
    await turn()
    expect([amqp.queues.size, amqp.exchanges.size, amqp.connections.size]).toEqual([0, 0, 0])
  })
})

describe('the end', () => {
  it('closes everything and leaves events and queues where they are', async () => {
    await standing()
    brokers.serve(consumer('a', 't'))
    await turn()
    await brokers.settled()
    await brokers.stop()
    expect([amqp.connections.size, [...amqp.queues.keys()]]).toEqual([0, ['app.a.b-1']])
    const before = changed.length
    store.delete({ group: 'eventing.knative.dev', kind: configKind, namespace: 'app', name: 'mq' })
    expect(changed.length).toBe(before)
  })

  it('without any broker is at once', async () => {
    await made(undefined).stop()
  })
})

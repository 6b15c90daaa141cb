import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { SendRequest } from '../../seams/send.ts'
import type { Consumer } from '../broker-class.ts'
import { policyOf } from '../delivery/policy.ts'
import { attributesFilter } from '../filter/attributes.ts'
import { AmqpServer, turn } from '../testing/amqp-server.ts'
import { messageOf } from './message.ts'
import { publisherLimits } from './publisher.ts'
import { RabbitmqServer } from './server.ts'
import { bindingArguments, declareExchange, triggerNames } from './topology.ts'
import { type Binding, parallelismAnnotation, parallelismOf, TriggerQueue } from './trigger-queue.ts'

const names = triggerNames('app/t', 't-1', 'b-1')
const subscriber = 'http://subscriber.app/'

let clock: FakeClock
let amqp: AmqpServer
let server: RabbitmqServer
let asked: SendRequest[]
let lines: string[]
/** What the subscriber answers; undefined: nothing, ever. */
let status: number | undefined
let trigger: TriggerQueue

beforeEach(async () => {
  clock = new FakeClock(undefined, turn)
  amqp = new AmqpServer()
  asked = []
  lines = []
  status = 202
  const log = (level: string, message: string) => void lines.push(`${level} ${message}`)
  const parts = { clock, log, random: { next: () => 1 }, limits: publisherLimits, open: amqp.open }
  const address = { hostname: 'mq', port: 5672, username: '', password: '', vhost: '/', tls: false }
  server = new RabbitmqServer({ ...parts, address, changed: () => {} })
  void server.declare('x', channel => declareExchange(channel, 'x'))
  await turn()
  amqp.asked.length = 0
})

interface Changes {
  type?: string
  sink?: string
  parallelism?: number
  complete?: boolean
}

function consumer({ type = 't', sink, parallelism, complete = true }: Changes = {}): Consumer {
  const route = { filter: attributesFilter({ type }), subscriber, policy: policyOf(undefined), reply: undefined }
  return {
    ...{ uid: 't-1', name: 'app/t', broker: 'app/default', namespace: 'app', complete },
    annotations: parallelism === undefined ? {} : { [parallelismAnnotation]: String(parallelism) },
    route: { ...route, deadLetterSink: sink },
  }
}

const binding = (type = 't'): Binding => bindingArguments({ filter: { attributes: { type } } })

async function begin(changes: Changes = {}, queueType: 'quorum' | 'classic' = 'classic'): Promise<void> {
  const { name, broker, namespace } = consumer()
  trigger = new TriggerQueue(
    {
      ...{ name, broker, namespace, clock, server, exchange: 'x', names, queueType },
      log: (level, message) => void lines.push(`${level} ${message}`),
      journal: { tried: () => {} },
      reply: async () => true,
      send: async request => {
        asked.push(request)
        const answered = status
        if (answered === undefined) return new Promise(() => {})
        return { status: answered, headers: [], body: Buffer.alloc(0) }
      },
    },
    consumer(changes),
    binding(changes.type),
  )
  await turn()
}

async function publish(id: string, type = 't'): Promise<void> {
  const attributes = { specversion: '1.0', id, source: '/', type }
  await server.publish('x', messageOf({ event: { attributes, data: Buffer.from(id) }, headers: [] }, id), false)
  await turn()
}

const bodies = () => asked.map(({ url, body }) => [url, body.toString()])

describe('a trigger on the server', () => {
  it('has a queue of its type with its binding, and delivers what comes into it', async () => {
    await begin()
    await publish('1')
    await publish('2', 'other')
    expect(bodies()).toEqual([[subscriber, '1']])
    expect(amqp.queues.get(names.queue)?.arguments).toEqual({
      ...{ 'x-queue-type': 'classic', 'x-dead-letter-exchange': names.deadLetterExchange },
    })
    expect(amqp.waiting(names.queue)).toEqual([])
  })

  it('has a queue for dead letters only with a sink to give them to', async () => {
    await begin()
    expect([...amqp.queues.keys()]).toEqual([names.queue])
    await begin({ sink: 'http://sink.app/' })
    expect([...amqp.queues.keys()]).toEqual([names.queue, names.deadLetterQueue])
  })

  it('gives what the subscriber refuses to the dead letters, and from there to the sink', async () => {
    await begin({ sink: 'http://sink.app/' })
    status = 400
    await publish('1')
    await turn()
    expect(bodies().slice(0, 2)).toEqual([
      [subscriber, '1'],
      ['http://sink.app/', '1'],
    ])
  })

  it.each([
    ['as many events at once as its annotation says', 3, 3],
    ['one event at once by default', undefined, 1],
  ])('has %s under way', async (_what, parallelism, count) => {
    status = undefined
    await begin(parallelism === undefined ? {} : { parallelism })
    for (const id of ['1', '2', '3', '4', '5']) await publish(id)
    expect(asked).toHaveLength(count)
  })

  it('takes nothing in as long as a new quorum queue might be lost with its server', async () => {
    void begin({}, 'quorum')
    await turn()
    void publish('1')
    await clock.advance(1_499)
    expect(asked).toEqual([])
    await clock.advance(1)
    await turn()
    expect(bodies()).toEqual([[subscriber, '1']])
  })

  it('does not wait for a quorum queue that is there', async () => {
    amqp.queues.set(names.queue, { arguments: {}, ready: [], consumers: new Set() })
    await begin({}, 'quorum')
    await publish('1')
    expect(asked).toHaveLength(1)
  })

  it('whose queue is refused says so', async () => {
    amqp.refuses.set(`assertQueue ${names.queue}`, 'PRECONDITION_FAILED - inequivalent arg')
    await begin()
    expect(lines).toContainEqual(expect.stringMatching(/^error trigger app\/t: RabbitMQ at mq:5672: .*PRECONDITION/))
  })
})

describe('a trigger that changes', () => {
  it('is bound anew: what its new filter wants comes, the rest no more', async () => {
    await begin()
    trigger.update(consumer({ type: 'u' }), binding('u'))
    await turn()
    expect(amqp.exchanges.get('x')?.bindings).toEqual([{ queue: names.queue, arguments: binding('u') }])
    await publish('1')
    await publish('2', 'u')
    expect(bodies()).toEqual([[subscriber, '2']])
  })

  it('with the same binding leaves the server alone', async () => {
    await begin()
    amqp.asked.length = 0
    trigger.update(consumer(), binding())
    await turn()
    expect(amqp.asked).toEqual([])
  })

  it('gets a queue for dead letters when it gets a sink', async () => {
    await begin()
    trigger.update(consumer({ sink: 'http://sink.app/' }), binding())
    await turn()
    status = 400
    await publish('1')
    await turn()
    expect(bodies().slice(0, 2)).toEqual([
      [subscriber, '1'],
      ['http://sink.app/', '1'],
    ])
  })

  it('has more under way at once when its annotation says so; what was under way is not tried twice', async () => {
    status = undefined
    await begin()
    for (const id of ['1', '2', '3']) await publish(id)
    trigger.update(consumer({ parallelism: 2 }), binding())
    await turn()
    await turn()
    expect(bodies().map(([, body]) => body)).toEqual(['1', '2'])
  })

  it('keeps the sink whose address is lost for the moment', async () => {
    await begin({ sink: 'http://sink.app/' })
    trigger.update(consumer({ complete: false }), binding())
    status = 400
    await publish('1')
    await turn()
    expect(bodies().at(-1)?.[0]).toBe('http://sink.app/')
  })
})

describe('a trigger whose queue somebody deletes', () => {
  it('has it again a moment later', async () => {
    await begin()
    await server.withChannel(async channel => void (await channel.deleteQueue(names.queue)))
    await clock.advance(1_000)
    await publish('1')
    expect(bodies()).toEqual([[subscriber, '1']])
    expect(lines).toContainEqual(expect.stringMatching(/^warn trigger app\/t: queue app\.t\.b-1: /))
  })

  it('has that of its dead letters again too', async () => {
    await begin({ sink: 'http://sink.app/' })
    await server.withChannel(async channel => void (await channel.deleteQueue(names.deadLetterQueue)))
    await clock.advance(1_000)
    expect(amqp.queues.has(names.deadLetterQueue)).toBe(true)
  })
})

describe('the end of a trigger', () => {
  it('takes nothing more and leaves the rest in its queue', async () => {
    await begin()
    await trigger.stop()
    await publish('1')
    expect([asked, amqp.waiting(names.queue)]).toEqual([[], ['1']])
  })

  it('that is removed leaves nothing on the server, now and after a loss', async () => {
    await begin({ sink: 'http://sink.app/' })
    await trigger.remove()
    expect([...amqp.queues.keys(), ...amqp.exchanges.keys()]).toEqual(['x'])
    amqp.drop('restarted')
    await clock.advance(1_000)
    expect([...amqp.queues.keys(), ...amqp.exchanges.keys()]).toEqual(['x'])
  })

  it('that is removed while the server is away says what stays there', async () => {
    await begin()
    amqp.away = 'gone'
    amqp.drop('gone')
    await turn()
    await trigger.remove()
    expect(lines).toContainEqual(
      expect.stringMatching(/^warn trigger app\/t: its queue app\.t\.b-1 stays on mq:5672: .*away/),
    )
  })
})

describe('parallelism', () => {
  it.each<[string | undefined, number]>([
    [undefined, 1],
    ['1', 1],
    ['10', 10],
    ['1000', 1_000],
    ['0', 1],
    ['1001', 1],
    ['-5', 1],
    ['many', 1],
    ['1e3', 1],
  ])('%s is %i', (text, count) => {
    const annotations: Record<string, string> = text === undefined ? {} : { [parallelismAnnotation]: text }
    expect(parallelismOf({ annotations })).toBe(count)
  })
})

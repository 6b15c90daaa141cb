import type { ConsumeMessage } from 'amqplib'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { SendRequest, SendResponse } from '../../seams/send.ts'
import type { Route } from '../delivery/dispatcher.ts'
import { policyOf } from '../delivery/policy.ts'
import { attributesFilter } from '../filter/attributes.ts'
import type { Attempt } from '../journal/journal.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import { turn } from '../testing/amqp-server.ts'
import { Deliveries } from './deliveries.ts'
import { messageOf, type QueuedEvent } from './message.ts'
import type { Delivery } from './queue-consumer.ts'

const subscriber = 'http://subscriber.app/'
const sink = 'http://sink.app/'

let clock: FakeClock
let asked: { request: SendRequest; answer(status: number): void; fail(): void }[]
let tried: [key: string, consumer: string, attempt: Attempt][]
let lines: string[]
let route: Route
let bury: (event: QueuedEvent, failure: Failure) => Promise<void>
let deliveries: Deliveries

beforeEach(() => {
  clock = new FakeClock(undefined, turn)
  asked = []
  tried = []
  lines = []
  bury = async () => {}
  routed()
  deliveries = new Deliveries({
    ...{ name: 'app/t', broker: 'app/default', namespace: 'app', clock },
    log: (level, message) => void lines.push(`${level} ${message}`),
    journal: { tried: (key, consumer, attempt) => void tried.push([key, consumer, attempt]) },
    route: () => route,
    bury: (event, failure) => bury(event, failure),
    reply: async () => true,
    send: request =>
      new Promise<SendResponse>((resolve, reject) => {
        const answer = (status: number) => resolve({ status, headers: [], body: Buffer.alloc(0) })
        asked.push({ request, answer, fail: () => reject(new Error('reset')) })
      }),
  })
})

function routed(spec: Parameters<typeof policyOf>[0] = {}, more: Partial<Route> = {}): void {
  const filter = attributesFilter({ type: 't' })
  route = { filter, subscriber, deadLetterSink: undefined, policy: policyOf(spec), reply: undefined, ...more }
}

const event = (type = 't', only?: string): LoggedEvent => ({
  event: { attributes: { specversion: '1.0', id: 'e', source: '/', type }, data: undefined },
  headers: [],
  ...(only === undefined ? {} : { only }),
})

/** A message as the server gives it out; `held` is false while it may not be acknowledged any more. */
function given(id: string, logged = event(), failure?: Failure) {
  const { content, options } = messageOf(logged, id, failure)
  return raw(content, { ...options })
}

function raw(content: Buffer, properties: object) {
  const ended: string[] = []
  const delivery: Delivery = {
    message: { content, properties } as unknown as ConsumeMessage,
    ack: () => ended.push('ack') > 0,
    reject: () => void ended.push('reject'),
  }
  deliveries.take(delivery)
  return ended
}

describe('a delivery', () => {
  it('is acknowledged when the subscriber has answered, and not before', async () => {
    const ended = given('1')
    await turn()
    expect([asked.map(({ request }) => request.url), ended]).toEqual([[subscriber], []])
    asked[0]?.answer(202)
    await turn()
    expect(ended).toEqual(['ack'])
    expect(tried).toEqual([
      ['rabbitmq:1', 'app/t', expect.objectContaining({ to: subscriber, status: 202, next: 'done' })],
    ])
  })

  it('that the filter does not want is acknowledged without a try', async () => {
    const ended = given('1', event('other'))
    await turn()
    expect([asked, ended]).toEqual([[], ['ack']])
  })

  it.each([
    ['is given to it, whatever its filter says', 'app/t', 1],
    ['is not given to another', 'app/other', 0],
  ])('of a replay for one consumer %s', async (_what, only, tries) => {
    given('1', event('other', only))
    await turn()
    expect(asked).toHaveLength(tries)
  })

  it('of something that is no event is rejected, and said to be', async () => {
    expect(raw(Buffer.from('hello'), { headers: {} })).toEqual(['reject'])
    expect(lines).toEqual(['error consumer app/t: a message that is no event was put into its queue'])
  })
})

describe('tries', () => {
  it('follow each other as the delivery spec says, and the event stays unacknowledged meanwhile', async () => {
    routed({ retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT1S' })
    const ended = given('1')
    await turn()
    asked[0]?.answer(500)
    await clock.advance(999)
    expect(asked).toHaveLength(1)
    await clock.advance(1)
    asked[1]?.fail()
    await clock.advance(2_000)
    expect([asked.length, ended]).toEqual([3, []])
    asked[2]?.answer(200)
    await turn()
    expect(ended).toEqual(['ack'])
    expect(tried.map(([, , { status, next }]) => [status, next])).toEqual([
      [500, 'again'],
      [0, 'again'],
      [200, 'done'],
    ])
  })

  it('end without a dead-letter sink by dropping the event, which is said', async () => {
    const ended = given('1')
    await turn()
    asked[0]?.answer(400)
    await turn()
    expect(ended).toEqual(['ack'])
    expect(lines).toEqual(['error consumer app/t dropped an event: the subscriber failed with 400'])
  })

  it('go to the address that the route has by then', async () => {
    routed({ retry: 1 })
    given('1')
    await turn()
    routed({ retry: 1 }, { subscriber: 'http://moved.app/' })
    asked[0]?.answer(503)
    await clock.advance(0)
    expect(asked[1]?.request.url).toBe('http://moved.app/')
  })
})

describe('what the subscriber is given up for', () => {
  beforeEach(() => routed({}, { deadLetterSink: sink }))

  it('leaves the queue only when it is safe in that of the dead letters', async () => {
    let buried = () => {}
    const seen: [string, Failure][] = []
    bury = ({ id }, failure) => {
      seen.push([id, failure])
      return new Promise(resolve => {
        buried = resolve
      })
    }
    const ended = given('1')
    await turn()
    asked[0]?.answer(400)
    await turn()
    expect([seen, ended]).toEqual([[['1', { destination: subscriber, code: 400, data: '' }]], []])
    buried()
    await turn()
    expect(ended).toEqual(['ack'])
  })

  it('waits when the server does not take it, and goes in later', async () => {
    let refusals = 2
    bury = async () => {
      if (refusals-- > 0) throw new Error('the server is away')
    }
    const ended = given('1')
    await turn()
    asked[0]?.answer(400)
    await clock.advance(1_999)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual(['ack'])
    expect(lines).toEqual(Array(2).fill('warn consumer app/t: the dead letter 1 waits: the server is away'))
  })

  const failure: Failure = { destination: subscriber, code: 400, data: '' }

  it('is given to the sink with what went wrong, past the filter', async () => {
    const ended = given('1', event('other'), failure)
    await turn()
    const { url, headers } = asked[0]?.request ?? { headers: [] }
    expect(url).toBe(sink)
    expect(headers).toEqual(expect.arrayContaining(['ce-knativeerrorcode', '400']))
    asked[0]?.answer(200)
    await turn()
    expect(ended).toEqual(['ack'])
    expect(tried[0]?.[2]).toMatchObject({ to: sink, deadLetter: true, next: 'done' })
  })

  it('is dropped when there is no sink any more', async () => {
    routed()
    const ended = given('1', event(), failure)
    await turn()
    expect([asked, ended]).toEqual([[], ['ack']])
    expect(lines).toEqual([expect.stringMatching(/dropped an event: the subscriber failed with 400/)])
  })

  it('has an end of its own: its event may end before it', async () => {
    given('1')
    await turn()
    asked[0]?.answer(400)
    await turn()
    const ended = given('1', event(), failure)
    await turn()
    expect(asked).toHaveLength(2)
    asked[1]?.answer(200)
    await turn()
    expect(ended).toEqual(['ack'])
  })
})

describe('what the server sends again', () => {
  it('while it is being tried is not tried twice: its newest delivery is the one acknowledged', async () => {
    const lost = given('1')
    await turn()
    const again = given('1')
    await turn()
    expect(asked).toHaveLength(1)
    asked[0]?.answer(200)
    await turn()
    expect([lost, again]).toEqual([[], ['ack']])
  })

  it('although it is done with is acknowledged without a try', async () => {
    given('1')
    await turn()
    asked[0]?.answer(200)
    await turn()
    expect(given('1')).toEqual(['ack'])
    expect(asked).toHaveLength(1)
  })

  it('is known among the last thousand that ended', async () => {
    for (let id = 0; id <= 1_000; id++) given(`${id}`, event('other'))
    await turn()
    given('1')
    given('0')
    await turn()
    expect(asked).toHaveLength(1)
  })
})

describe('the end', () => {
  it('waits for the try under way, and leaves what waits for another in its queue', async () => {
    routed({ retry: 5, backoffPolicy: 'linear', backoffDelay: 'PT10S' })
    const waiting = given('1')
    await turn()
    asked[0]?.answer(500)
    await clock.advance(0)
    asked[1]?.answer(500)
    await turn()
    const underWay = given('2')
    await turn()
    let stopped = false
    void deliveries.stop().then(() => {
      stopped = true
    })
    await clock.advance(60_000)
    expect(stopped).toBe(false)
    asked[2]?.answer(200)
    await turn()
    expect([stopped, waiting, underWay, asked.length]).toEqual([true, [], ['ack'], 3])
    expect(lines).toEqual([])
  })

  it('is at once when nothing is under way', async () => {
    await deliveries.settled()
    await deliveries.stop()
    const ended = given('1')
    await turn()
    expect([asked, ended]).toEqual([[], []])
  })
})

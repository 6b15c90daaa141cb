import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokerKind } from '../api/eventing/broker.ts'
import { triggerKind } from '../api/eventing/trigger.ts'
import { type Broker, eventing as kinds, type Trigger } from '../api/eventing/types.ts'
import { FakeClock, systemClock } from '../kernel/clock.ts'
import type { KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Send } from '../seams/send.ts'
import { createEventing, type Eventing, type EventingOptions } from './eventing.ts'
import { type Answer, httpSend, type Received, Subscriber, until } from './testing/subscriber.ts'

const admission = { user: 'admin', now: 0, config: () => ({}) }

let folder: string
let store: ObjectStore
let eventing: Eventing
let log: string[]
const subscribers: Subscriber[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eventing-'))
  store = new ObjectStore({ clock: systemClock, random: seededRandom(1) })
  log = []
  await start()
})

afterEach(async () => {
  await eventing.stop()
  for (const subscriber of subscribers.splice(0)) await subscriber.stop()
  rmSync(folder, { recursive: true })
})

async function start(options: Partial<EventingOptions> = {}): Promise<void> {
  const file = join(folder, 'broker.db')
  const note = (_level: string, message: string) => void log.push(message)
  const given = { store, clock: systemClock, random: seededRandom(2), log: note, send: httpSend, file }
  eventing = await createEventing({ ...given, ...options })
}

async function subscriber(
  script: (received: Received, index: number) => Promise<Answer> | Answer,
): Promise<Subscriber> {
  const one = await Subscriber.start(script)
  subscribers.push(one)
  return one
}

function apply(kind: typeof brokerKind, draft: unknown): void {
  const object = structuredClone(draft) as KubeObject
  kind.setDefaults?.(object, admission)
  expect(kind.validate?.(object, admission)).toEqual([])
  store.create(object)
}

function broker(name = 'default', spec: Partial<Broker['spec']> = {}): void {
  apply(brokerKind, {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: { name, namespace: 'app' },
    spec,
  })
}

function trigger(name: string, spec: Partial<Trigger['spec']>): void {
  const metadata = { name, namespace: 'app' }
  const draft = {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata,
    spec: { broker: 'default', ...spec },
  }
  apply(triggerKind, draft)
}

async function post(headers: Record<string, string> = {}, body = '{}', target = '/app/default') {
  const given = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/me', 'ce-type': 'order.created', ...headers }
  return await eventing.ingress.handle({
    method: 'POST',
    host: 'broker-ingress.knative-eventing',
    target,
    headers: Object.entries({ 'content-type': 'application/json', ...given }).flat(),
    body: Buffer.from(body),
  })
}

const ready = (name: string) => store.get<Trigger>(kinds.trigger, 'app', name)?.status

describe('a broker and its triggers', () => {
  it('delivers an event as a cluster does: binary, with arrival time, kn-namespace and prefer, without foreign headers', async () => {
    const sink = await subscriber(() => ({ status: 202 }))
    broker()
    trigger('t', { subscriber: { uri: `${sink.url}/events` } })
    await eventing.settled()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const answer = await post(
      { 'ce-devuser': 'beta', traceparent, 'x-request-id': 'r1', 'x-dev-user': 'beta', 'kn-x': '1' },
      '{"a":1}',
    )
    expect(answer).toMatchObject({ status: 202, body: '' })
    await until(() => sink.received.length > 0)
    const [got] = sink.received
    expect(got).toMatchObject({ url: '/events', body: '{"a":1}' })
    expect(got?.headers).toMatchObject({
      'ce-id': '1',
      'ce-devuser': 'beta',
      'content-type': 'application/json',
      'kn-namespace': 'app',
      prefer: 'reply',
      traceparent,
      'x-request-id': 'r1',
      'ce-knativearrivaltime': expect.stringMatching(/^\d{4}-/),
    })
    for (const name of ['x-dev-user', 'kn-x', 'ce-knativebrokerttl']) expect(got?.headers).not.toHaveProperty(name)
  })

  it('gives an event only to the triggers whose attributes match', async () => {
    const [orders, all] = [await subscriber(() => ({ status: 200 })), await subscriber(() => ({ status: 200 }))]
    broker()
    trigger('orders', {
      filter: { attributes: { type: 'order.created', devuser: '' } },
      subscriber: { uri: orders.url },
    })
    trigger('all', { subscriber: { uri: all.url } })
    await eventing.settled()
    await post({ 'ce-id': 'plain' })
    await post({ 'ce-id': 'user', 'ce-devuser': 'x' })
    await post({ 'ce-id': 'other', 'ce-type': 'order.gone', 'ce-devuser': 'x' })
    await until(() => all.received.length === 3 && orders.received.length === 1)
    expect(orders.received[0]?.headers['ce-id']).toBe('user')
  })

  it('takes an event in reply back into the broker, with one less to live, before it is done with the first', async () => {
    const sink = await subscriber(() => ({ status: 200 }))
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/f', 'ce-type': 'order.paid' }
    const payer = await subscriber(() => ({
      status: 200,
      headers: { ...headers, 'content-type': 'text/plain' },
      body: 'paid',
    }))
    broker()
    trigger('pay', { filter: { attributes: { type: 'order.created' } }, subscriber: { uri: payer.url } })
    trigger('paid', { filter: { attributes: { type: 'order.paid' } }, subscriber: { uri: sink.url } })
    await eventing.settled()
    await post()
    await until(() => sink.received.length === 1)
    expect(sink.received[0]).toMatchObject({ body: 'paid', headers: { 'ce-id': 'r', 'content-type': 'text/plain' } })
  })

  it('lets an event that answers itself go round 254 times at most', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/f', 'ce-type': 'loop' }
    const echo = await subscriber(() => ({ status: 200, headers }))
    broker()
    trigger('loop', { subscriber: { uri: echo.url } })
    await eventing.settled()
    await post()
    await until(() => log.some(line => line.includes('its reply was refused with 400')))
    expect(echo.received).toHaveLength(255)
  })

  it('a poison event (4xx) goes to the dead-letter sink at once and once, with what went wrong (OBS-27)', async () => {
    const poison = await subscriber(() => ({ status: 400, body: 'no JSON' }))
    const dead = await subscriber(() => ({ status: 202 }))
    broker()
    trigger('t', { subscriber: { uri: poison.url }, delivery: { deadLetterSink: { uri: dead.url } } })
    await eventing.settled()
    await post()
    await until(() => dead.received.length === 1)
    expect(poison.received).toHaveLength(1)
    expect(dead.received[0]?.headers).toMatchObject({
      'ce-knativeerrorcode': '400',
      'ce-knativeerrordest': poison.url,
      'ce-knativeerrordata': Buffer.from('no JSON').toString('base64'),
      'ce-knativebrokerttl': '255',
      'ce-id': '1',
    })
    expect(dead.received[0]?.headers).not.toHaveProperty('prefer')
  })

  it('tries again as the delivery spec says, then turns to the sink of the broker', async () => {
    const bad = await subscriber(() => ({ status: 200, body: 'no event' }))
    const dead = await subscriber((_received, index) => ({ status: index === 0 ? 503 : 200 }))
    broker('default', {
      delivery: { retry: 2, backoffPolicy: 'linear', backoffDelay: 'PT0.01S', deadLetterSink: { uri: dead.url } },
    })
    trigger('t', { subscriber: { uri: bad.url } })
    await eventing.settled()
    await post()
    await until(() => dead.received.length === 2)
    expect(bad.received).toHaveLength(3)
    expect(dead.received[1]?.headers).toMatchObject({ 'ce-knativeerrorcode': '502' })
  })

  it('drops an event without a sink and says so', async () => {
    const bad = await subscriber(() => ({ status: 500 }))
    broker()
    trigger('t', { subscriber: { uri: bad.url }, delivery: { retry: 0 } })
    await eventing.settled()
    await post()
    await until(() =>
      log.some(line => line.includes('consumer app/t dropped an event: the subscriber failed with 500')),
    )
  })

  it('a subscriber that never answers does not slow another one', async () => {
    const stuck = await subscriber(() => new Promise<Answer>(() => {}))
    const quick = await subscriber(() => ({ status: 200 }))
    broker()
    trigger('stuck', { subscriber: { uri: stuck.url } })
    trigger('quick', { subscriber: { uri: quick.url } })
    await eventing.settled()
    for (let index = 0; index < 200; index++) await post({ 'ce-id': String(index) })
    await until(() => quick.received.length === 200)
    expect(stuck.received.length).toBeLessThanOrEqual(50)
    await Promise.all(subscribers.splice(0).map(one => one.stop()))
  })

  it('goes on after a restart where it stopped, with the tries it had made', async () => {
    let healthy = false
    const flaky = await subscriber(() => ({ status: healthy ? 200 : 500 }))
    broker()
    trigger('t', {
      subscriber: { uri: flaky.url },
      delivery: { retry: 1, backoffPolicy: 'exponential', backoffDelay: 'PT1H' },
    })
    await eventing.settled()
    await post()
    await until(() => flaky.received.length === 1)
    await eventing.settled()
    await eventing.stop()
    healthy = true
    await start()
    await until(() => flaky.received.length === 2)
    await eventing.settled()
    await eventing.stop()
    await start()
    await eventing.settled()
    expect(flaky.received).toHaveLength(2)
  })

  it('waits as its policy says, by the clock it is given', async () => {
    await eventing.stop()
    const clock = new FakeClock()
    const tries: number[] = []
    const began = clock.now()
    const send: Send = async () => {
      tries.push(clock.now() - began)
      return { status: 503, headers: tries.length === 2 ? ['retry-after', '7'] : [], body: Buffer.alloc(0) }
    }
    await start({ clock, send })
    broker()
    const delivery = { retry: 4, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' } as const
    trigger('t', { subscriber: { uri: 'http://sink' }, delivery })
    await eventing.settled()
    void post()
    for (const [index, wait] of [0, 200, 7_000, 800, 1_600].entries()) {
      await clock.advance(wait)
      await until(() => tries.length === index + 1)
      await eventing.settled()
    }
    expect(tries).toEqual([0, 200, 7_200, 8_000, 9_600])
    await until(() => log.some(line => line.includes('dropped an event')))
  })

  it('a trigger made later sees only what comes after it', async () => {
    const late = await subscriber(() => ({ status: 200 }))
    broker()
    await post({ 'ce-id': 'before' })
    trigger('late', { subscriber: { uri: late.url } })
    await eventing.settled()
    await post({ 'ce-id': 'after' })
    await until(() => late.received.length > 0)
    expect(late.received.map(one => one.headers['ce-id'])).toEqual(['after'])
  })
})

describe('statuses', () => {
  const types = (name: string) => Object.fromEntries((ready(name)?.conditions ?? []).map(one => [one.type, one.status]))

  it('a broker has the address, annotations and seven conditions that a cluster shows', async () => {
    broker()
    await eventing.settled()
    const status = store.get<Broker>(kinds.broker, 'app', 'default')?.status
    expect(status).toMatchObject({
      address: { name: 'http', url: 'http://broker-ingress.knative-eventing.svc.cluster.local/app/default' },
      annotations: { 'knative.dev/channelName': 'default-kne-trigger', 'knative.dev/channelKind': 'InMemoryChannel' },
      observedGeneration: 1,
    })
    expect(status?.conditions?.map(one => `${one.type} ${one.status} ${one.reason ?? ''}`)).toEqual([
      'Addressable True ',
      'DeadLetterSinkResolved True DeadLetterSinkNotConfigured',
      'EventPoliciesReady True OIDCDisabled',
      'FilterReady True ',
      'IngressReady True ',
      'Ready True ',
      'TriggerChannelReady True ',
    ])
    expect(status?.conditions?.[1]).toMatchObject({ severity: 'Info', message: 'No dead letter sink is configured.' })
  })

  it('a trigger without its broker has no conditions at all, and gets them when the broker comes', async () => {
    trigger('t', { subscriber: { uri: 'http://sink.app' } })
    await eventing.settled()
    expect(ready('t')).toBeUndefined()
    broker()
    await eventing.settled()
    expect(types('t')).toMatchObject({ Ready: 'True', BrokerReady: 'True', SubscriptionReady: 'True' })
  })

  it('a missing subscriber is said in Knative’s words, and the trigger recovers when it is there and has an address', async () => {
    broker()
    const ref = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'nosuch' }
    trigger('t', { subscriber: { ref, uri: '/all' } })
    await eventing.settled()
    const failed = ready('t')?.conditions?.find(one => one.type === 'Ready')
    expect(failed).toMatchObject({
      status: 'False',
      reason: "Unable to get the Subscriber's URI",
      message: 'failed to get object app/nosuch: services.serving.knative.dev "nosuch" not found',
    })
    expect(types('t')).toMatchObject({
      BrokerReady: 'True',
      DeadLetterSinkResolved: 'Unknown',
      SubscriptionReady: 'Unknown',
    })
    const service = store.create({ ...ref, metadata: { name: 'nosuch', namespace: 'app' }, spec: {} } as KubeObject)
    await eventing.settled()
    expect(types('t').Ready).toBe('False')
    store.updateStatus({
      ...service,
      status: { address: { url: 'http://nosuch.app.svc.cluster.local' } },
    } as KubeObject)
    await eventing.settled()
    expect(types('t').Ready).toBe('True')
    expect(ready('t')?.subscriberUri).toBe('http://nosuch.app.svc.cluster.local/all')
  })

  it('resolves a core Service by its name and a Broker by its address', async () => {
    broker()
    store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'fac', namespace: 'app' } })
    trigger('s', { subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: 'fac' }, uri: '/x' } })
    trigger('b', { subscriber: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' } } })
    await eventing.settled()
    expect(ready('s')?.subscriberUri).toBe('http://fac.app.svc.cluster.local/x')
    expect(ready('b')?.subscriberUri).toBe('http://broker-ingress.knative-eventing.svc.cluster.local/app/default')
  })
})

describe('the ingress', () => {
  it('takes structured events and batches, and refuses a batch with one bad event as a whole', async () => {
    const sink = await subscriber(() => ({ status: 200 }))
    broker()
    trigger('t', { subscriber: { uri: sink.url } })
    await eventing.settled()
    const event = (id: string) => ({ specversion: '1.0', id, source: '/s', type: 't', data: { id } })
    const send = (type: string, body: unknown) =>
      eventing.ingress.handle({
        method: 'POST',
        host: 'broker-ingress.knative-eventing',
        target: '/app/default/',
        headers: ['content-type', type],
        body: Buffer.from(JSON.stringify(body)),
      })
    expect((await send('application/cloudevents+json; charset=utf-8', event('a'))).status).toBe(202)
    expect((await send('application/cloudevents-batch+json', [event('b'), event('c')])).status).toBe(202)
    expect((await send('application/cloudevents-batch+json', [event('d'), {}])).status).toBe(400)
    await until(() => sink.received.length === 3)
    expect(sink.received.map(one => one.body).sort()).toEqual(['{"id":"a"}', '{"id":"b"}', '{"id":"c"}'])
  })

  it('answers 429 with Retry-After at the bound, and takes events again once they were delivered', async () => {
    await eventing.stop()
    await start({ limits: { maxEvents: 20 } })
    let open = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    const slow = await subscriber(() => gate.then(() => ({ status: 200 })))
    broker()
    trigger('t', { subscriber: { uri: slow.url } })
    await eventing.settled()
    const statuses: number[] = []
    for (let index = 0; index < 25; index++) statuses.push((await post({ 'ce-id': String(index) })).status)
    expect(statuses.filter(status => status === 202)).toHaveLength(18)
    expect((await post()).headers).toContain('retry-after')
    open()
    await until(() => slow.received.length === 18)
    let status = 0
    while (status !== 202) {
      status = (await post({ 'ce-id': 'again' })).status
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })
})

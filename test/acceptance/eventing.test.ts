// Channels, flows and sources, with real functions at their ends: on the local runtime and on clusters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { imageOf } from './cluster-caller.ts'
import { broker, type EventsPlane, eventsPlane, ingress, type Recorded, serviceRef, trigger } from './events-world.ts'
import { eventually } from './skiff.ts'

const to = (name: string, path?: string) => ({ ref: serviceRef(name), ...(path ? { uri: path } : {}) })
const object = (group: string, kind: string, name: string, spec: object) => ({
  ...{ apiVersion: `${group}.knative.dev/v1`, kind, metadata: { name, namespace: 'app' }, spec },
})
const channelRef = { apiVersion: 'messaging.knative.dev/v1', kind: 'Channel', name: 'orders' }
const brokerRef = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' }
const documents = [
  broker('default'),
  object('messaging', 'Channel', 'orders', {}),
  object('messaging', 'Subscription', 'orders-payer', {
    channel: channelRef,
    subscriber: to('payer'),
    reply: to('sink', '/channel'),
  }),
  object('messaging', 'Subscription', 'orders-failing', {
    channel: channelRef,
    subscriber: to('failing'),
    delivery: { retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT0.1S', deadLetterSink: to('dead') },
  }),
  object('flows', 'Sequence', 'twice', { steps: [to('payer'), to('payer')], reply: to('sink', '/sequence') }),
  object('flows', 'Parallel', 'both', {
    branches: [
      { filter: to('echo'), subscriber: to('payer') },
      { filter: to('sink', '/held-back'), subscriber: to('dead') },
      { subscriber: to('sink', '/unfiltered') },
    ],
    reply: to('sink', '/parallel'),
  }),
  object('sources', 'PingSource', 'heartbeat', {
    schedule: '* * * * * *',
    timezone: 'Europe/Berlin',
    contentType: 'application/json',
    data: '{"beat":true}',
    ceOverrides: { extensions: { devuser: 'ping' } },
    sink: to('sink', '/heartbeat'),
  }),
  object('sources', 'ApiServerSource', 'rollouts', {
    resources: [{ apiVersion: 'serving.knative.dev/v1', kind: 'Revision' }],
    sink: { ref: brokerRef },
  }),
  trigger('rollouts', { type: 'dev.knative.apiserver.ref.add' }, { to: 'sink', path: '/rollouts' }),
  trigger('canary', { type: 'order.viewed', devuser: 'betaUser' }, { to: 'sink', path: '/canary' }),
  object('sources', 'ContainerSource', 'ticker', {
    sink: to('sink', '/ticks'),
    template: { spec: { containers: [{ image: imageOf('ticker') }] } },
  }),
  object('sources', 'SinkBinding', 'chatty', {
    subject: serviceRef('chatty'),
    sink: { ref: brokerRef },
    ceOverrides: { extensions: { from: 'chatty' } },
  }),
]

let plane: EventsPlane
const mesh: MeshCall = (...request) => plane.mesh(...request)

beforeAll(async () => {
  plane = await eventsPlane(documents)
})
afterAll(() => plane?.stop())

interface Status {
  status: { address?: { url: string }; conditions: { type: string; status: string }[]; sinkUri?: string }
}

const isReady = ({ status }: Status) => status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True')
const ready = (kind: string, name: string) => eventually(() => plane.get<Status>(kind, name, '-n', 'app'), isReady)

function send(url: string, id: string, type = 'order.placed', more: Record<string, string> = {}) {
  const attributes = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/shop', 'ce-type': type }
  const headers = { ...attributes, 'content-type': 'application/json', ...more }
  return mesh(url, { method: 'POST', headers, body: JSON.stringify({ order: id }) })
}

const received = (service: string, path: string, wanted: (one: Recorded) => boolean = () => true) =>
  eventually(
    async () => (await plane.received(service)).filter(one => one.path === path && wanted(one)),
    found => found.length > 0,
  )
const withId = (id: string) => (one: Recorded) => one.headers['ce-id'] === id

describe('a channel', () => {
  it('has an address once its backing channel is ready', async () => {
    const { status } = await ready('channels.messaging.knative.dev', 'orders')
    expect(status.address?.url).toBe('http://orders-kn-channel.app.svc.cluster.local')
  })

  it('gives each event to every subscription, and answers to the reply address', async () => {
    await ready('subscriptions.messaging.knative.dev', 'orders-payer')
    expect((await send('http://orders-kn-channel.app.svc.cluster.local', 'c1')).status).toBe(202)
    const [reply] = await received('sink', '/channel', withId('paid-c1'))
    expect(JSON.parse(reply?.body ?? '')).toEqual({ paid: { order: 'c1' } })
  })

  it('gives what a subscriber refuses to the dead-letter sink of the subscription', async () => {
    await send('http://orders-kn-channel.app', 'c2')
    const [dead] = await received('dead', '/', withId('c2'))
    expect(dead?.headers).toMatchObject({
      'ce-knativeerrorcode': '500',
      'ce-knativeerrordest': 'http://failing.app.svc.cluster.local',
    })
  })

  it('refuses what is no event, and knows no channels that are not there', async () => {
    expect((await mesh('http://orders-kn-channel.app', { method: 'POST', body: '{}' })).status).toBe(400)
    expect((await mesh('http://orders-kn-channel.app')).status).toBe(405)
    expect((await send('http://other-kn-channel.app.svc.cluster.local', 'x')).status).toBeGreaterThanOrEqual(400)
  })
})

describe('flows', () => {
  it('a sequence hands each step’s answer to the next, and the last one to the reply', async () => {
    const { status } = await ready('sequences', 'twice')
    expect((await send(status.address?.url ?? '', 's1')).status).toBe(202)
    const [reply] = await received('sink', '/sequence', withId('paid-paid-s1'))
    expect(JSON.parse(reply?.body ?? '')).toEqual({ paid: { paid: { order: 's1' } } })
  })

  it('a parallel gives branches what their filter lets pass', async () => {
    const { status } = await ready('parallels', 'both')
    await send(status.address?.url ?? '', 'p1')
    await received('sink', '/parallel', withId('paid-p1'))
    await received('sink', '/unfiltered', withId('p1'))
    await received('sink', '/held-back', withId('p1'))
    expect((await plane.received('dead')).filter(withId('p1'))).toEqual([])
  })

  it('a step taken out takes its channel and subscription along', async () => {
    const shorter = object('flows', 'Sequence', 'twice', { steps: [to('payer')], reply: to('sink', '/sequence') })
    await plane.apply(shorter)
    await eventually(
      () => plane.get<{ items: { metadata: { name: string } }[] }>('inmemorychannels', '-n', 'app'),
      ({ items }) => !items.some(one => one.metadata.name === 'twice-kn-sequence-1'),
    )
    const { status } = await ready('sequences', 'twice')
    await send(status.address?.url ?? '', 's2')
    await received('sink', '/sequence', withId('paid-s2'))
  })
})

describe('sources', () => {
  it('KNI-26 a PingSource sends its data at each moment of its schedule', async () => {
    await ready('pingsources', 'heartbeat')
    const beats = await eventually(
      async () => (await plane.received('sink')).filter(one => one.path === '/heartbeat'),
      found => found.length >= 2,
    )
    expect(beats[0]?.headers).toMatchObject({
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': '/apis/v1/namespaces/app/pingsources/heartbeat',
      'ce-devuser': 'ping',
      'content-type': 'application/json',
    })
    expect(beats[0]?.body).toBe('{"beat":true}')
    expect(new Set(beats.map(one => one.headers['ce-id'])).size).toBe(beats.length)
  })

  it('KNI-27 an ApiServerSource reports a new revision by its name', async () => {
    await ready('apiserversources', 'rollouts')
    await plane.apply(plane.consumer('fresh', 'sink'))
    const [event] = await received('sink', '/rollouts', one => one.headers['ce-name'] === 'fresh-00001')
    expect(event?.headers).toMatchObject({
      'ce-kind': 'Revision',
      'ce-apiversion': 'serving.knative.dev/v1',
      'ce-namespace': 'app',
      'ce-subject': '/apis/serving.knative.dev/v1/namespaces/app/revisions/fresh-00001',
    })
    expect(JSON.parse(event?.body ?? '')).toMatchObject({ kind: 'Revision', name: 'fresh-00001' })
  })

  it('a SinkBinding puts K_SINK into its subject, which gets a new revision', async () => {
    const { status } = await ready('sinkbindings', 'chatty')
    expect(status.sinkUri).toBe(`${ingress}/default`)
    type Service = Status & {
      metadata: { generation: number }
      spec: { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } }
    }
    const service = await plane.get<Service>('ksvc', 'chatty', '-n', 'app')
    const env = Object.fromEntries(
      service.spec.template.spec.containers[0]?.env.map(one => [one.name, one.value]) ?? [],
    )
    expect(env).toMatchObject({
      K_SINK: `${ingress}/default`,
      K_CE_OVERRIDES: '{"extensions":{"from":"chatty"}}',
    })
    await plane.remove('sinkbinding', 'chatty', '-n', 'app')
    await eventually(
      () => plane.get<Service>('ksvc', 'chatty', '-n', 'app'),
      ({ spec }) => !spec.template.spec.containers[0]?.env.some(one => one.name === 'K_SINK'),
    )
  })
})

it('a ContainerSource runs its container, which sends to K_SINK', async () => {
  await ready('containersources', 'ticker')
  const [tick] = await received('sink', '/ticks')
  expect(tick?.headers).toMatchObject({ 'ce-type': 'tick', 'ce-id': 'tick-1' })
})

it('KNI-11 KNI-12 who is asking travels as the extension devuser, by which a trigger routes to the canary', async () => {
  await send(`${ingress}/default`, 'v1', 'order.viewed', { 'ce-devuser': 'betaUser' })
  await send(`${ingress}/default`, 'v2', 'order.viewed', { 'x-dev-user': 'betaUser' })
  const [event] = await received('sink', '/canary', withId('v1'))
  expect(event?.headers['ce-devuser']).toBe('betaUser')
  const canary = (await plane.received('sink')).filter(one => one.path === '/canary')
  expect(canary.filter(withId('v2'))).toEqual([])
})

import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { InMemoryChannel, Subscription } from '../../api/messaging/types.ts'
import type { Condition } from '../../kernel/conditions.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ControlWorld, serviceRef } from '../testing/control-world.ts'

const api = 'messaging.knative.dev/v1'
const folder = new URL('../../../test/golden/eventing/', import.meta.url)
const golden = <T>(file: string) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { items: T[] }).items
const channel = { apiVersion: api, kind: 'Channel', name: 'orders' }

let world: ControlWorld
beforeEach(() => {
  world = new ControlWorld()
})
afterEach(() => world.stop())

const subscription = (name: string, spec: object) => world.apply(api, 'Subscription', name, { channel, ...spec })
const conditions = (kind: string, name: string) => world.conditions('messaging', kind, name)
const inMemory = () => world.get<InMemoryChannel>('messaging', 'InMemoryChannel', 'orders')
const timeless = (all: Condition[] | undefined) => all?.map(({ lastTransitionTime: _time, ...rest }) => rest)

describe('on a cluster', () => {
  const [real] = golden<InMemoryChannel>('inmemorychannel.yaml')
  const [first] = golden<Subscription>('subscriptions.yaml')

  it('an InMemoryChannel’s status reads the same', async () => {
    await world.apply(api, 'InMemoryChannel', 'default-kne-trigger', real?.spec)
    const status = world.get<InMemoryChannel>('messaging', 'InMemoryChannel', 'default-kne-trigger')?.status
    expect(timeless(status?.conditions)).toEqual(timeless(real?.status?.conditions))
    expect(status?.address).toEqual(real?.status?.address)
    expect(status?.subscribers).toEqual(real?.status?.subscribers)
  })

  it('a Subscription’s status, finalizer and entry in its channel read the same', async () => {
    await world.apply(api, 'InMemoryChannel', 'default-kne-trigger', {})
    const replyTo = first?.spec.reply?.ref
    world.store.create({
      ...{ apiVersion: replyTo?.apiVersion, kind: replyTo?.kind, metadata: { name: replyTo?.name, namespace: 'app' } },
      spec: {},
      status: { address: { url: 'http://broker-ingress.knative-eventing.svc.cluster.local/app/default' } },
    } as KubeObject)
    const name = first?.metadata.name ?? ''
    await world.apply(api, 'Subscription', name, first?.spec)
    const ours = world.get<Subscription>('messaging', 'Subscription', name)
    expect(timeless(ours?.status?.conditions)).toEqual(timeless(first?.status?.conditions))
    expect(ours?.status?.physicalSubscription).toEqual(first?.status?.physicalSubscription)
    expect(ours?.metadata.finalizers).toEqual(first?.metadata.finalizers)
    const entry = real?.spec.subscribers?.find(one => one.name === name)
    const written = world.get<InMemoryChannel>('messaging', 'InMemoryChannel', 'default-kne-trigger')?.spec.subscribers
    expect(written).toEqual([{ ...entry, uid: ours?.metadata.uid }])
  })
})

describe('a Channel', () => {
  it('has a backing channel of its template, whose status it repeats', async () => {
    await world.apply(api, 'Channel', 'orders', {})
    expect(conditions('Channel', 'orders')).toEqual({
      ...{ Addressable: 'True', BackingChannelReady: 'True', DeadLetterSinkResolved: 'True' },
      ...{ EventPoliciesReady: 'True', Ready: 'True' },
    })
    expect(world.get('messaging', 'Channel', 'orders')?.status).toMatchObject({
      address: { url: 'http://orders-kn-channel.app.svc.cluster.local' },
      channel: { ...channel, kind: 'InMemoryChannel', namespace: 'app' },
    })
    expect(world.store.get({ group: '', kind: 'Service' }, 'app', 'orders-kn-channel')).toMatchObject({
      spec: { type: 'ExternalName', externalName: 'imc-dispatcher.knative-eventing.svc.cluster.local' },
    })
  })

  it('of a kind that is not there says so, and which there is', async () => {
    await world.apply(api, 'Channel', 'orders', { channelTemplate: { apiVersion: 'x/v1', kind: 'KafkaChannel' } })
    expect(conditions('Channel', 'orders')).toMatchObject({ Ready: 'False ChannelFailure' })
    const [ready] =
      world.get('messaging', 'Channel', 'orders')?.status?.conditions?.filter(one => one.type === 'Ready') ?? []
    expect(ready?.message).toContain('InMemoryChannel in messaging.knative.dev/v1')
  })

  it('does not take over an object of the same name that is not its own', async () => {
    await world.apply(api, 'InMemoryChannel', 'orders', {})
    await world.apply(api, 'Channel', 'orders', {})
    expect(world.log.join()).toContain('InMemoryChannel app/orders is not owned by Channel orders')
  })

  it('goes with everything it made', async () => {
    await world.apply(api, 'Channel', 'orders', {})
    world.store.delete({ group: 'messaging.knative.dev', kind: 'Channel', namespace: 'app', name: 'orders' })
    expect(inMemory()).toBeUndefined()
  })

  it('hands its delivery spec on, and shows where its dead letters go', async () => {
    world.service('dead')
    await world.apply(api, 'Channel', 'orders', { delivery: { retry: 2, deadLetterSink: serviceRef('dead') } })
    expect(inMemory()?.spec.delivery).toMatchObject({ retry: 2 })
    expect(world.get('messaging', 'Channel', 'orders')?.status).toMatchObject({
      deadLetterSinkUri: 'http://dead.app.svc.cluster.local',
    })
  })
})

describe('a Subscription', () => {
  beforeEach(async () => {
    world.service('sink')
    await world.apply(api, 'Channel', 'orders', {})
  })

  const [uidOf, only] = [
    (name: string) => world.get('messaging', 'Subscription', name)?.metadata.uid ?? '',
    () => [...world.consumers.values()],
  ]

  it('becomes a consumer of its channel’s topic, with its own delivery spec and reply address', async () => {
    const delivery = { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT1S' }
    await subscription('s', { subscriber: serviceRef('sink'), reply: { uri: 'http://reply' }, delivery })
    expect(conditions('Subscription', 's')).toMatchObject({ Ready: 'True' })
    const consumer = world.consumers.get(uidOf('s'))
    expect(consumer).toMatchObject({ name: 'app/s', topic: 'channel:app/orders', complete: true })
    expect(consumer?.route).toMatchObject({
      subscriber: 'http://sink.app.svc.cluster.local',
      reply: { url: 'http://reply' },
    })
    expect(consumer?.route.policy.retries).toBe(3)
  })

  it('takes delivery spec and dead-letter sink of the channel where it has none', async () => {
    await world.apply(api, 'Channel', 'other', { delivery: { retry: 7, deadLetterSink: serviceRef('sink') } })
    await world.apply(api, 'Subscription', 's', {
      channel: { ...channel, name: 'other' },
      subscriber: { uri: 'http://a' },
    })
    expect(only()[0]?.route).toMatchObject({ deadLetterSink: 'http://sink.app.svc.cluster.local' })
    expect(only()[0]?.route.policy.retries).toBe(7)
  })

  it.each([
    ['its subscriber', { subscriber: serviceRef('none') }, 'False SubscriberResolveFailed'],
    ['its reply', { subscriber: serviceRef('sink'), reply: serviceRef('none') }, 'False ReplyResolveFailed'],
    [
      'its dead-letter sink',
      { subscriber: serviceRef('sink'), delivery: { deadLetterSink: serviceRef('none') } },
      'False DeadLetterSinkResolveFailed',
    ],
  ])('waits for %s, and recovers when that is there', async (_sentence, spec, reason) => {
    await subscription('s', spec)
    expect(conditions('Subscription', 's')).toMatchObject({ ReferencesResolved: reason, Ready: reason })
    expect(only()).toEqual([])
    world.service('none')
    await world.settle()
    expect(conditions('Subscription', 's')).toMatchObject({ Ready: 'True' })
    expect(only()).toHaveLength(1)
  })

  it('of a channel that is not there waits for it', async () => {
    await world.apply(api, 'Subscription', 's', {
      channel: { ...channel, name: 'late' },
      subscriber: { uri: 'http://a' },
    })
    expect(conditions('Subscription', 's')).toMatchObject({ ReferencesResolved: 'Unknown ChannelReferenceFailed' })
    await world.apply(api, 'Channel', 'late', {})
    expect(conditions('Subscription', 's')).toMatchObject({ Ready: 'True' })
  })

  it('of something that is no channel says so', async () => {
    const wrong = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }
    await world.apply(api, 'Subscription', 's', { channel: wrong, subscriber: { uri: 'http://a' } })
    const status = world.get('messaging', 'Subscription', 's')?.status
    expect(status?.conditions?.find(one => one.type === 'ReferencesResolved')?.message).toContain(
      'ConfigMap in version v1 is no channel',
    )
  })

  it('keeps its place when its subscriber changes, and leaves the channel before it goes', async () => {
    await subscription('s', { subscriber: { uri: 'http://a' } })
    await subscription('t', { subscriber: { uri: 'http://b' } })
    const uid = uidOf('s')
    await subscription('s', { subscriber: { uri: 'http://c' } })
    expect(world.consumers.get(uid)?.route.subscriber).toBe('http://c')
    world.store.delete({ group: 'messaging.knative.dev', kind: 'Subscription', namespace: 'app', name: 's' })
    await world.settle()
    expect(world.get('messaging', 'Subscription', 's')).toBeUndefined()
    expect(inMemory()?.spec.subscribers?.map(one => one.name)).toEqual(['t'])
    expect([...world.consumers.keys()]).toEqual([uidOf('t')])
  })
})

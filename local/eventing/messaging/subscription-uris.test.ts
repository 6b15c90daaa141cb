import { beforeEach, describe, expect, it } from 'vitest'
import type { Destination } from '../../api/eventing/types.ts'
import type { InMemoryChannel, Subscription } from '../../api/messaging/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { destinationsOf, type Found, NotResolved, resolveAll } from './subscription-uris.ts'

let store: ObjectStore
beforeEach(() => {
  store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  for (const name of ['here', 'answers', 'dead']) {
    store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'app' } })
  }
})

const to = (name: string): Destination => ({ ref: { apiVersion: 'v1', kind: 'Service', name } })
const url = (name: string) => `http://${name}.app.svc.cluster.local`

function resolved(spec: Partial<Subscription['spec']>, channel: Partial<InMemoryChannel> = {}): Found | NotResolved {
  const object = { apiVersion: 'messaging.knative.dev/v1', metadata: { name: 'it', namespace: 'app' } }
  const subscription = { ...object, kind: 'Subscription', spec } as unknown as Subscription
  const inMemory = { ...object, kind: 'InMemoryChannel', spec: {}, ...channel } as unknown as InMemoryChannel
  return resolveAll(store, subscription, inMemory)
}

const withSink = (deadLetterSinkUri?: string) =>
  ({
    spec: { delivery: { deadLetterSink: to('dead') } },
    status: deadLetterSinkUri ? { deadLetterSinkUri } : {},
  }) as Partial<InMemoryChannel>

describe('the addresses of a Subscription', () => {
  it.each<[string, Partial<Subscription['spec']>, Partial<InMemoryChannel>, Found]>([
    ['none where nothing is asked for', {}, {}, {}],
    ['a subscriber by reference', { subscriber: to('here') }, {}, { subscriberUri: url('here') }],
    [
      'a subscriber by URI',
      { subscriber: { uri: 'http://out.example/x' } },
      {},
      { subscriberUri: 'http://out.example/x' },
    ],
    [
      'a path at a reference',
      { subscriber: { ...to('here'), uri: '/events' } },
      {},
      { subscriberUri: `${url('here')}/events` },
    ],
    ['a reply without a subscriber', { reply: to('answers') }, {}, { replyUri: url('answers') }],
    [
      'an empty subscriber, which counts as none',
      { subscriber: {}, reply: to('answers') },
      {},
      { replyUri: url('answers') },
    ],
    [
      'all three',
      { subscriber: to('here'), reply: to('answers'), delivery: { deadLetterSink: to('dead') } },
      {},
      { subscriberUri: url('here'), replyUri: url('answers'), deadLetterSinkUri: url('dead') },
    ],
    [
      'the dead-letter sink of the channel',
      { subscriber: to('here') },
      withSink('http://of-channel'),
      { subscriberUri: url('here'), deadLetterSinkUri: 'http://of-channel' },
    ],
    [
      'its own dead-letter sink before that of the channel',
      { delivery: { deadLetterSink: to('here') } },
      withSink('http://of-channel'),
      { deadLetterSinkUri: url('here') },
    ],
  ])('%s', (_, spec, channel, found) => {
    expect(resolved(spec, channel)).toEqual(found)
  })

  it.each<[string, Partial<Subscription['spec']>, Partial<InMemoryChannel>, string, string]>([
    [
      'the subscriber',
      { subscriber: to('none'), reply: to('none') },
      {},
      'SubscriberResolveFailed',
      'Failed to resolve spec.subscriber: failed to get object app/none: services "none" not found',
    ],
    [
      'the reply',
      { subscriber: to('here'), reply: to('none') },
      {},
      'ReplyResolveFailed',
      'Failed to resolve spec.reply: failed to get object app/none: services "none" not found',
    ],
    [
      'the dead-letter sink',
      { delivery: { deadLetterSink: to('none') } },
      withSink('http://of-channel'),
      'DeadLetterSinkResolveFailed',
      'Failed to resolve spec.delivery.deadLetterSink: failed to get object app/none: services "none" not found',
    ],
    [
      'the sink that the channel has not found itself',
      { subscriber: to('here') },
      withSink(),
      'DeadLetterSinkResolveFailed',
      "channel it didn't set status.deadLetterSinkURI",
    ],
  ])('are not known without %s', (_, spec, channel, reason, message) => {
    expect(resolved(spec, channel)).toEqual(new NotResolved(reason, message))
  })
})

it('a Subscription depends on all it refers to', () => {
  const spec = { subscriber: to('a'), delivery: { deadLetterSink: to('c') } }
  expect(destinationsOf({ spec } as unknown as Subscription)).toEqual([to('a'), to('c')])
})

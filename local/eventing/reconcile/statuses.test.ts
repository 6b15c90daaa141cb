import { describe, expect, it } from 'vitest'
import type { Broker, Destination, Trigger } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { channelBasedClass } from '../log/channel-based-class.ts'
import { brokerStatus } from './broker.ts'
import { classOf } from './brokers.ts'
import { type Resolved, refersTo, resolveDestination } from './destination.ts'
import { type TriggerFacts, triggerStatus } from './trigger.ts'

const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
const ksvc = (name: string, url?: string) =>
  store.create({
    ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name, namespace: 'app' } },
    ...(url ? { status: { address: { url } } } : {}),
  } as KubeObject)
const sink = ksvc('sink', 'http://sink.app.svc.cluster.local')
ksvc('fresh')
store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'plain', namespace: 'other' } })
const ref = (name: string, apiVersion = 'serving.knative.dev/v1', kind = 'Service') => ({ apiVersion, kind, name })

describe('a destination', () => {
  it.each<[string, Destination, object]>([
    ['a URL is itself', { uri: 'http://x.y/z' }, { url: 'http://x.y/z' }],
    ['a reference is its address', { ref: ref('sink') }, { url: 'http://sink.app.svc.cluster.local' }],
    [
      'a path replaces that of the address',
      { ref: ref('sink'), uri: '/a?b=c' },
      { url: 'http://sink.app.svc.cluster.local/a?b=c' },
    ],
    ['a path may lack its slash', { ref: ref('sink'), uri: 'a' }, { url: 'http://sink.app.svc.cluster.local/a' }],
    [
      'a core Service needs no address',
      { ref: { ...ref('plain', 'v1'), namespace: 'other' } },
      { url: 'http://plain.other.svc.cluster.local' },
    ],
    [
      'what is not there is said with its resource',
      { ref: ref('no', 'eventing.knative.dev/v1', 'Broker') },
      { error: 'failed to get object app/no: brokers.eventing.knative.dev "no" not found' },
    ],
    [
      'a plural is guessed as Kubernetes guesses it',
      { ref: ref('no', 'a.b/v1', 'Proxy') },
      { error: 'failed to get object app/no: proxies.a.b "no" not found' },
    ],
    [
      'what has no address yet is said as Knative prints references',
      { ref: ref('fresh') },
      {
        error:
          'address not set for Kind = Service, Namespace = app, Name = fresh, APIVersion = serving.knative.dev/v1, Group = , Address = ',
      },
    ],
    ['nothing at all is said', {}, { error: 'destination missing Ref and URI, expected at least one' }],
  ])('%s', (_sentence, destination, resolved) => {
    expect(resolveDestination(store, destination, 'app')).toEqual(resolved)
  })

  it.each<[string, Destination | undefined, string, boolean]>([
    ['by kind, group, name and namespace', { ref: ref('sink') }, 'app', true],
    ['not in another namespace', { ref: ref('sink') }, 'other', false],
    ['not of another group', { ref: ref('sink', 'v1') }, 'app', false],
    ['not by another name', { ref: ref('fresh') }, 'app', false],
    ['never without a reference', { uri: 'http://sink.app' }, 'app', false],
    ['never when there is none', undefined, 'app', false],
  ])('refers to an object %s', (_sentence, destination, namespace, refers) => {
    expect(refersTo(destination, namespace, sink)).toBe(refers)
  })
})

const metadata = {
  name: 'b',
  namespace: 'app',
  annotations: { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' },
}
const broker: Broker = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata, spec: {} }
const short = (status: Broker['status'] | Trigger['status']) =>
  Object.fromEntries((status?.conditions ?? []).map(({ type, status: value, reason }) => [type, reason ?? value]))

const idle = async () => {}
const ours = channelBasedClass({ accept: idle, serve() {}, withdraw() {}, settled: idle, stop: idle })
const facts = (sink?: Resolved) => ({ sink, conditions: ours.conditions, holding: ours.hold(broker) })

describe('a broker', () => {
  it('is held by the class its annotation names', () => {
    const classes = new Map([[ours.name, ours]])
    expect(classOf(classes, broker)).toBe(ours)
    expect(classOf(classes, { ...broker, metadata: { name: 'b' } })).toBeUndefined()
  })

  it('shows where its dead letters go', () => {
    const status = brokerStatus(broker, facts({ url: 'http://d' }), 0)
    expect(status.deadLetterSinkUri).toBe('http://d')
    expect(short(status)).toMatchObject({ DeadLetterSinkResolved: 'True', Ready: 'True' })
  })

  it('whose sink cannot be resolved gets no address while it is new', () => {
    const status = brokerStatus(broker, facts({ error: 'not found' }), 0)
    expect(status).not.toHaveProperty('address')
    expect(short(status)).toMatchObject({
      ...{ Addressable: 'Unknown', IngressReady: 'True', Ready: 'Unknown' },
      DeadLetterSinkResolved: "Unable to get the dead letter sink's URI",
    })
  })

  it('whose sink is lost later keeps its address and stays ready', () => {
    const status = brokerStatus(
      { ...broker, status: brokerStatus(broker, facts(), 0) },
      facts({ error: 'not found' }),
      0,
    )
    expect(status.address?.url).toContain('/app/b')
    expect(short(status).Ready).toBe('True')
  })
})

describe('a trigger', () => {
  const ready = { ...broker, status: brokerStatus(broker, facts(), 0) }
  const subscriber = { url: 'http://s' }
  const trigger = { ...broker, kind: 'Trigger', spec: { broker: 'b', subscriber: {} } } as Trigger
  const status = (given: Partial<TriggerFacts>) =>
    triggerStatus(trigger, { broker: ready, subscriber, deadLetterSink: undefined, ...given }, 0)

  it('of a broker that is not ready waits for it', () => {
    expect(short(status({ broker }))).toMatchObject({
      BrokerReady: 'Unknown',
      SubscriberResolved: 'Unknown',
      Ready: 'Unknown',
    })
  })

  it('shows where its events and its dead letters go', () => {
    const shown = status({ deadLetterSink: { url: 'http://d' } })
    expect(shown).toMatchObject({ subscriberUri: 'http://s', deadLetterSinkUri: 'http://d' })
    expect(short(shown)).toMatchObject({ Ready: 'True', DeadLetterSinkResolved: 'True' })
  })

  it('whose sink cannot be resolved is not subscribed', () => {
    expect(short(status({ deadLetterSink: { error: 'not found' } }))).toMatchObject({
      ...{ SubscriberResolved: 'True', SubscriptionReady: 'Unknown' },
      Ready: "Unable to get the dead letter sink's URI",
    })
  })

  it('whose subscriber is gone shows no address any more', () => {
    const shown = status({ subscriber: { error: 'gone' }, deadLetterSink: { url: 'http://d' } })
    expect(shown).not.toHaveProperty('subscriberUri')
    expect(short(shown)).toMatchObject({ Ready: "Unable to get the Subscriber's URI" })
  })
})

import { describe, expect, it } from 'vitest'
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { schemaFlaws } from '../schema.ts'
import { brokerKind } from './broker.ts'
import { eventingKinds } from './kinds.ts'
import { triggerKind } from './trigger.ts'
import type { Broker, Trigger } from './types.ts'

const context = (config: Record<string, Record<string, string>> = {}, before?: KubeObject): AdmissionContext => ({
  user: 'admin',
  now: 0,
  config: (_namespace, name) => config[name] ?? {},
  ...(before ? { before } : {}),
})

function admit<T extends KubeObject>(
  kind: Kind,
  spec: unknown,
  given = context(),
  annotations = {},
): { object: T; flaws: string[] } {
  const metadata = { name: 'x', namespace: 'app', annotations }
  const object = {
    apiVersion: 'eventing.knative.dev/v1',
    kind: kind.kind,
    metadata,
    spec: structuredClone(spec),
  } as unknown as T
  kind.setDefaults?.(object, given)
  return { object, flaws: (kind.validate?.(object, given) ?? []).map(printed) }
}

const printed = ({ message, path, details }: FieldError) => `${message}: ${path}${details ? `\n${details}` : ''}`
const subscriber = { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'sink' } }

describe('defaults', () => {
  it('a broker gets its class, its config, ten tries from 0.2 s on, and who made it', () => {
    const { object } = admit<Broker>(brokerKind, undefined)
    expect(object.metadata.annotations).toEqual({
      'eventing.knative.dev/broker.class': 'MTChannelBasedBroker',
      'eventing.knative.dev/creator': 'admin',
      'eventing.knative.dev/lastModifier': 'admin',
    })
    expect(object.spec).toEqual({
      config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'config-br-default-channel', namespace: 'knative-eventing' },
      delivery: { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' },
    })
  })

  it('takes them from config-br-defaults where that stands, the namespace’s before the cluster’s', () => {
    const text = `
clusterDefault: { brokerClass: A, apiVersion: v1, kind: ConfigMap, name: c, namespace: n, delivery: { retry: 3 } }
namespaceDefaults: { app: { brokerClass: B, apiVersion: v1, kind: ConfigMap, name: own } }`
    const config = { 'config-br-defaults': { 'default-br-config': text } }
    const { object } = admit<Broker>(brokerKind, {}, context(config))
    expect(object.metadata.annotations?.['eventing.knative.dev/broker.class']).toBe('B')
    expect(object.spec).toEqual({ config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'own', namespace: 'app' } })
  })

  it('a broker that states a delivery spec states all of it', () => {
    const deadLetterSink = { ref: { ...subscriber.ref, name: 'dls' } }
    const { object } = admit<Broker>(brokerKind, { delivery: { deadLetterSink } })
    expect(object.spec.delivery).toEqual({ deadLetterSink: { ref: { ...deadLetterSink.ref, namespace: 'app' } } })
  })

  it('a trigger gets its broker’s label, an empty filter and the namespace of its references', () => {
    const deadLetterSink = { ref: { ...subscriber.ref, name: 'dls' } }
    const { object } = admit<Trigger>(triggerKind, { broker: 'default', subscriber, delivery: { deadLetterSink } })
    expect(object.metadata.labels).toEqual({ 'eventing.knative.dev/broker': 'default' })
    expect(object.spec.filter).toEqual({})
    expect(object.spec.subscriber.ref?.namespace).toBe('app')
    expect(object.spec.delivery?.deadLetterSink?.ref?.namespace).toBe('app')
  })

  it('an update by another keeps the creator and names the modifier', () => {
    const before = admit<Broker>(brokerKind, {}).object
    const { object } = admit<Broker>(brokerKind, { delivery: { retry: 1 } }, { ...context({}, before), user: 'eve' })
    expect(object.metadata.annotations).toMatchObject({
      'eventing.knative.dev/creator': 'admin',
      'eventing.knative.dev/lastModifier': 'eve',
    })
  })
})

describe('validation, in the words of a real cluster', () => {
  it.each<[string, unknown, string[]]>([
    ['a trigger without broker', { subscriber }, ['missing field(s): spec.broker']],
    [
      'a trigger without subscriber',
      { broker: 'default' },
      ['expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri'],
    ],
    [
      'a bad filter attribute',
      { broker: 'default', subscriber, filter: { attributes: { 'My-Attr': 'x' } } },
      [
        'invalid key name "My-Attr": spec.filter.attributes[My-Attr]\nAttribute name must start with a letter and can only contain lowercase alphanumeric',
      ],
    ],
    [
      'a bad delivery spec',
      { broker: 'default', subscriber, delivery: { retry: -1, backoffPolicy: 'foo', backoffDelay: '5s' } },
      [
        'invalid value: -1: spec.delivery.retry',
        'invalid value: 5s: spec.delivery.backoffDelay',
        'invalid value: foo: spec.delivery.backoffPolicy',
      ],
    ],
    [
      'an incomplete reference',
      { broker: 'default', subscriber: { ref: { kind: 'Service' } } },
      ['missing field(s): spec.subscriber.ref.apiVersion, spec.subscriber.ref.name'],
    ],
    ['a sound trigger', { broker: 'default', subscriber: { ...subscriber, uri: '/all' } }, []],
    ['a trigger that sends to a URL', { broker: 'default', subscriber: { uri: 'http://x.y/z' } }, []],
  ])('%s', (_sentence, spec, expected) => {
    expect(admit(triggerKind, spec).flaws).toEqual(expected)
  })

  it('retryAfterMax needs its feature, as on a cluster', () => {
    const spec = { broker: 'default', subscriber, delivery: { retryAfterMax: 'PT1S' } }
    expect(admit(triggerKind, spec).flaws).toEqual([
      expect.stringContaining('must not set the field(s): spec.delivery.retryAfterMax'),
    ])
    const config = { 'config-features': { 'delivery-retryafter': 'enabled' } }
    expect(admit(triggerKind, spec, context(config)).flaws).toEqual([])
  })

  it('a trigger cannot move to another broker, nor a broker to another class', () => {
    const trigger = admit<Trigger>(triggerKind, { broker: 'a', subscriber }).object
    expect(admit(triggerKind, { broker: 'b', subscriber }, context({}, trigger)).flaws).toEqual([
      'Immutable fields changed (-old +new): broker, spec\n{string}:\n\t-: "a"\n\t+: "b"\n',
    ])
    const broker = admit<Broker>(brokerKind, {}).object
    const annotations = { 'eventing.knative.dev/broker.class': 'RabbitMQBroker' }
    expect(admit(brokerKind, {}, context({}, broker), annotations).flaws).toEqual([
      expect.stringContaining('RabbitMQBroker'),
    ])
  })

  it('an unknown field is a flaw of the schema', () => {
    const [flaw] = schemaFlaws(triggerKind.schema, { spec: { broker: 'default', foo: 1 } })
    expect(flaw?.message).toBe('unknown field "spec.foo"')
  })
})

it('the columns are those of kubectl get', () => {
  const columns = eventingKinds.map(kind =>
    ['NAME', ...kind.columns.map(column => column.name.toUpperCase())].join(' '),
  )
  expect(columns).toEqual([
    'NAME URL AGE READY REASON',
    'NAME BROKER SUBSCRIBER_URI AGE READY REASON',
    'NAME TYPE SOURCE SCHEMA REFERENCE NAME REFERENCE KIND DESCRIPTION READY REASON',
    'NAME AGE',
  ])
})

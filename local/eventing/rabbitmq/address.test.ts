import { describe, expect, it } from 'vitest'
import type { Broker } from '../../api/eventing/types.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { ObjectReference } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { locate, parseUrl } from './address.ts'
import { brokerConfigOf } from './broker-config.ts'

const plain = { port: 5672, username: 'guest', password: 'guest', vhost: '/', tls: false }

describe('an address in RABBITMQ_URL', () => {
  it.each<[string, string | undefined, object]>([
    ['amqp://mq', undefined, { ...plain, hostname: 'mq' }],
    ['amqp://mq/', undefined, { ...plain, hostname: 'mq' }],
    [
      'amqp://u%40x:p%3Aw@mq:1234/orders',
      undefined,
      { ...plain, hostname: 'mq', port: 1234, username: 'u@x', password: 'p:w', vhost: 'orders' },
    ],
    ['amqp://mq/%2Fdev', undefined, { ...plain, hostname: 'mq', vhost: '/dev' }],
    ['amqp://mq/orders', 'other', { ...plain, hostname: 'mq', vhost: 'other' }],
    ['amqps://mq', undefined, { ...plain, hostname: 'mq', port: 5671, tls: true }],
    ['amqp://[::1]:1234', undefined, { ...plain, hostname: '::1', port: 1234 }],
  ])('%s (vhost %s)', (url, vhost, address) => {
    expect(parseUrl(url, vhost)).toEqual({ address })
  })

  it.each(['mq:5672', 'http://mq', 'amqp:///vhost', 'amqp://', 'amqp://mq/%zz', ''])('%s is refused', url => {
    expect(parseUrl(url)).toEqual({ error: 'RABBITMQ_URL should look like amqp://USER:PASSWORD@HOST:PORT/VHOST' })
  })
})

function storeWith(secrets: Record<string, Record<string, string>>): ObjectStore {
  const store = new ObjectStore({ clock: systemClock, random: seededRandom(1) })
  for (const [name, fields] of Object.entries(secrets)) {
    const data = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, btoa(value)]))
    store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'app' }, ...{ data } })
  }
  return store
}

describe('a reference to a server', () => {
  const login = { username: 'u', password: 'p' }
  const bySecret = (fields: Record<string, string>, others: Record<string, Record<string, string>> = {}) => {
    const where = {
      store: storeWith({ mq: fields, ...others }),
      namespace: 'app',
      vhost: undefined,
      defaultUrl: undefined,
    }
    return locate({ connectionSecret: { name: 'mq' } }, where)
  }

  it.each<[string, Record<string, string>, object]>([
    ['a URL with the port of the management', { uri: 'https://mq.example:15672' }, { hostname: 'mq.example' }],
    ['a host with a port', { uri: 'mq.example:15672' }, { hostname: 'mq.example' }],
    ['a host alone', { uri: 'mq.example' }, { hostname: 'mq.example' }],
    ['an IPv6 address', { uri: 'http://[::1]:15672' }, { hostname: '::1' }],
    ['a port of its own', { uri: 'mq', port: '1234' }, { hostname: 'mq', port: 1234 }],
  ])('by a Secret whose uri is %s', (_what, fields, address) => {
    expect(bySecret({ ...login, ...fields })).toEqual({ address: { ...plain, ...login, ...address } })
  })

  it('by a Secret with an authority of its own is reached by TLS', () => {
    const fields = { ...login, uri: 'mq', caSecretName: 'ca' }
    expect(bySecret(fields, { ca: { 'ca.crt': 'PEM' } })).toEqual({
      address: { ...plain, ...login, hostname: 'mq', port: 5671, tls: true, ca: 'PEM' },
    })
    expect(bySecret(fields)).toEqual({ error: 'secret app/ca has no key ca.crt' })
  })

  it.each<[Record<string, string>, string]>([
    [{ uri: 'mq' }, 'secret app/mq needs the keys uri, username and password'],
    [{ ...login, uri: '://' }, 'secret app/mq: uri "://" names no host'],
  ])('%j is refused', (fields, error) => expect(bySecret(fields)).toEqual({ error }))

  it('by the name of a cluster is what RABBITMQ_URL says, in any namespace', () => {
    const where = { store: storeWith({}), namespace: 'app', vhost: 'v', defaultUrl: 'amqp://mq' }
    expect(locate({ name: 'x', namespace: 'other' }, where)).toEqual({
      address: { ...plain, hostname: 'mq', vhost: 'v' },
    })
    expect(locate({ name: 'x', namespace: 'other' }, { ...where, defaultUrl: undefined })).toEqual({
      error: 'no server stands for the RabbitmqCluster other/x: set RABBITMQ_URL, or name a connectionSecret',
    })
  })
})

describe("a broker's configuration", () => {
  const store = storeWith({})
  store.create({
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'RabbitmqBrokerConfig',
    metadata: { name: 'config', namespace: 'infra' },
    ...{ spec: { rabbitmqClusterReference: { name: 'mq' }, vhost: 'orders', queueType: 'classic' } },
  })
  const configured = (config: ObjectReference | undefined) => {
    const metadata = { name: 'default', namespace: 'app' }
    const broker: Broker = {
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata,
      spec: config ? { config } : {},
    }
    return brokerConfigOf(broker, store, 'amqp://mq')
  }
  const apiVersion = 'eventing.knative.dev/v1alpha1'

  it('is followed to another namespace', () => {
    const config = { apiVersion, kind: 'RabbitmqBrokerConfig', name: 'config', namespace: 'infra' }
    expect(configured(config)).toEqual({ address: { ...plain, hostname: 'mq', vhost: 'orders' }, queueType: 'classic' })
  })

  it('may be a cluster itself', () => {
    expect(configured({ apiVersion: 'rabbitmq.com/v1beta1', kind: 'RabbitmqCluster', name: 'mq' })).toEqual({
      address: { ...plain, hostname: 'mq' },
      queueType: 'quorum',
    })
  })

  it.each<[string, ObjectReference | undefined, RegExp]>([
    ['none', undefined, /spec.config is missing: the class takes a RabbitmqBrokerConfig/],
    ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' }, /spec.config is ConfigMap c/],
    [
      'one that is not there',
      { apiVersion, kind: 'RabbitmqBrokerConfig', name: 'none' },
      /RabbitmqBrokerConfig app\/none not found/,
    ],
  ])('%s is refused, saying what would be right', (_what, config, error) => {
    expect(configured(config)).toEqual({ error: expect.stringMatching(error) })
  })
})

import { describe, expect, it } from 'vitest'
import { type RabbitmqBrokerConfig, rabbitmq } from '../../api/eventing/rabbitmq.ts'
import type { Broker } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { brokerConfigOf } from './broker-config.ts'

const url = 'amqp://me:secret@mq.example:5673/shop'
const address = {
  ...{ hostname: 'mq.example', port: 5673, username: 'me', password: 'secret', vhost: 'shop', tls: false },
}

function broker(config?: Partial<NonNullable<Broker['spec']['config']>>): Broker {
  const apiVersion = 'eventing.knative.dev/v1'
  const spec = config ? { config: { apiVersion, kind: 'RabbitmqBrokerConfig', name: 'mq', ...config } } : {}
  return { apiVersion, kind: 'Broker', metadata: { name: 'default', namespace: 'app' }, spec }
}

function storeWith(...configs: [namespace: string, name: string, spec: Partial<RabbitmqBrokerConfig['spec']>][]) {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  for (const [namespace, name, more] of configs) {
    const spec = { rabbitmqClusterReference: { name: 'rabbitmq' }, ...more }
    const metadata = { name, namespace }
    store.create({ apiVersion: 'eventing.knative.dev/v1alpha1', kind: rabbitmq.brokerConfig.kind, metadata, spec })
  }
  return store
}

describe('the configuration of a broker', () => {
  it('is that of its own namespace, with quorum queues unless it says otherwise', () => {
    const store = storeWith(['app', 'mq', {}], ['app', 'classic', { queueType: 'classic' }])
    expect(brokerConfigOf(broker({}), store, url)).toEqual({ address, queueType: 'quorum' })
    expect(brokerConfigOf(broker({ name: 'classic' }), store, url)).toEqual({ address, queueType: 'classic' })
  })

  it('may stand in another namespace, and name a virtual host of its own', () => {
    const store = storeWith(['shared', 'mq', { vhost: 'other' }])
    expect(brokerConfigOf(broker({ namespace: 'shared' }), store, url)).toEqual({
      ...{ address: { ...address, vhost: 'other' }, queueType: 'quorum' },
    })
  })

  it('may be a cluster itself', () => {
    const found = brokerConfigOf(broker({ kind: 'RabbitmqCluster', name: 'rabbitmq' }), storeWith(), url)
    expect(found).toEqual({ address, queueType: 'quorum' })
  })

  it.each<[string, Broker, string | undefined, RegExp]>([
    ['is missing', broker(), url, /^spec\.config is missing: the class takes a RabbitmqBrokerConfig/],
    [
      'is of another kind',
      broker({ kind: 'ConfigMap', name: 'x' }),
      url,
      /^spec\.config is ConfigMap x: the class takes/,
    ],
    ['is not there', broker({ name: 'gone' }), url, /^RabbitmqBrokerConfig app\/gone not found$/],
    [
      'is in a namespace where there is none',
      broker({ namespace: 'b' }),
      url,
      /^RabbitmqBrokerConfig b\/mq not found$/,
    ],
    [
      'names a cluster that nobody stands for',
      broker({}),
      undefined,
      /RabbitmqCluster app\/rabbitmq: set RABBITMQ_URL/,
    ],
    ['leads to an address that is none', broker({}), 'http://x', /^RABBITMQ_URL should look like amqp:/],
  ])('that %s is told with what would be right', (_what, given, defaultUrl, message) => {
    const found = brokerConfigOf(given, storeWith(['app', 'mq', {}]), defaultUrl)
    expect(found).toEqual({ error: expect.stringMatching(message) })
  })
})

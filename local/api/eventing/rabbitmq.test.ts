import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import type { Kind } from '../kind.ts'
import { createRegistry } from '../registry.ts'
import { rabbitmqSourceKind } from '../sources/rabbitmq-source.ts'
import { rabbitmqBrokerConfigKind } from './rabbitmq.ts'

const context = { user: 'admin', now: 0, config: () => ({}) }

function admitted(kind: Kind, spec: object | undefined, before?: object): { object: KubeObject; flaws: string[] } {
  const draft = (content: object | undefined) =>
    structuredClone({
      apiVersion: `${kind.group}/${kind.versions[0]}`,
      kind: kind.kind,
      metadata: { name: 'x', namespace: 'app' },
      ...(content ? { spec: content } : {}),
    }) as KubeObject
  const object = draft(spec)
  const given = before ? { ...context, before: draft(before) } : context
  kind.setDefaults?.(object, given)
  const flaws = (kind.validate?.(object, given) ?? []).map(({ path, message }) => `${path}: ${message}`)
  return { object, flaws }
}

describe('the kinds of RabbitMQ', () => {
  it('are found by the names people type', () => {
    const registry = createRegistry()
    expect(registry.byName('rmqbrokerconfig')).toBe(rabbitmqBrokerConfigKind)
    expect(registry.byName('rmqsource')).toBe(rabbitmqSourceKind)
  })
})

describe('a RabbitmqBrokerConfig', () => {
  const flawsOf = (spec: object | undefined) => admitted(rabbitmqBrokerConfigKind, spec).flaws

  it('has quorum queues unless it says otherwise', () => {
    const { object, flaws } = admitted(rabbitmqBrokerConfigKind, { rabbitmqClusterReference: { name: 'mq' } })
    expect(object).toMatchObject({ spec: { queueType: 'quorum' } })
    expect(flaws).toEqual([])
  })

  it.each<[string, object | undefined, string]>([
    ['without a spec', undefined, 'spec.rabbitmqClusterReference: missing field(s)'],
    ['without a server', {}, 'spec.rabbitmqClusterReference: missing field(s)'],
    [
      'with a nameless server',
      { rabbitmqClusterReference: {} },
      'spec.rabbitmqClusterReference.name: missing field(s)',
    ],
    [
      'with two servers',
      { rabbitmqClusterReference: { name: 'a', connectionSecret: { name: 'b' } } },
      'spec.rabbitmqClusterReference.connectionSecret: rabbitmqClusterReference.name and rabbitmqClusterReference.connectionSecret must not be set simultaneously',
    ],
    [
      'with another type of queue',
      { rabbitmqClusterReference: { name: 'a' }, queueType: 'stream' },
      'spec.queueType: Unsupported value: "stream": supported values: "quorum", "classic"',
    ],
  ])('%s is refused', (_what, spec, flaw) => expect(flawsOf(spec)).toEqual([flaw]))

  it('does not change', () => {
    const spec = { rabbitmqClusterReference: { name: 'a' }, queueType: 'quorum' }
    expect(admitted(rabbitmqBrokerConfigKind, spec, spec).flaws).toEqual([])
    const changed = admitted(rabbitmqBrokerConfigKind, { ...spec, vhost: 'v' }, spec).flaws
    expect(changed).toEqual(['spec: Immutable fields changed (-old +new)'])
  })
})

describe('a RabbitmqSource', () => {
  const resources = { queueName: 'q', predeclared: true }
  const spec = {
    rabbitmqClusterReference: { name: 'mq' },
    rabbitmqResourcesConfig: resources,
    sink: { uri: 'http://x' },
  }

  it('reads one message at a time, from a server in its namespace, unless it says otherwise', () => {
    const { object, flaws } = admitted(rabbitmqSourceKind, spec)
    expect(object).toMatchObject({
      spec: { rabbitmqClusterReference: { namespace: 'app' }, rabbitmqResourcesConfig: { parallelism: 1 } },
    })
    expect(flaws).toEqual([])
  })

  it.each<[string, object, string]>([
    ['without a queue', { rabbitmqResourcesConfig: undefined }, 'spec.rabbitmqResourcesConfig: missing field(s)'],
    [
      'that declares a queue without an exchange',
      { rabbitmqResourcesConfig: { queueName: 'q' } },
      'spec.rabbitmqResourcesConfig.name: Name of exchange must be provided when spec.predeclared is false',
    ],
    [
      'with too many at a time',
      { rabbitmqResourcesConfig: { ...resources, parallelism: 1_001 } },
      'spec.rabbitmqResourcesConfig.parallelism: expected 1 <= 1001 <= 1000',
    ],
    ['without a server', { rabbitmqClusterReference: undefined }, 'spec.rabbitmqClusterReference: missing field(s)'],
    ['without a sink', { sink: {} }, 'spec.sink.ref, spec.sink.uri: expected at least one, got none'],
  ])('%s is refused', (_what, change, flaw) => {
    expect(admitted(rabbitmqSourceKind, { ...spec, ...change }).flaws).toEqual([flaw])
  })
})

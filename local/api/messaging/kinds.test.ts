import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { admit as admitObject } from '../admission.ts'
import { flowsKinds } from '../flows/kinds.ts'
import type { AdmissionContext } from '../kind.ts'
import { messagingKinds } from './kinds.ts'

const kinds = [...messagingKinds, ...flowsKinds]
type Stored = KubeObject & { spec: Record<string, unknown> }

function admit(
  kind: string,
  spec: unknown,
  {
    config = {},
    before,
    annotations,
  }: {
    config?: Record<string, Record<string, string>>
    before?: KubeObject
    annotations?: Record<string, string>
  } = {},
): { stored?: Stored; refused?: string } {
  const found = kinds.find(one => one.kind === kind)
  if (!found) throw new Error(`no kind ${kind}`)
  const context: AdmissionContext = {
    ...{ user: 'admin', now: 0, config: (_namespace: string, name: string) => config[name] ?? {} },
    ...(before ? { before } : {}),
  }
  const metadata = { name: 'x', namespace: 'app', ...(annotations ? { annotations } : {}) }
  const draft = {
    apiVersion: `${found.group}/v1`,
    kind,
    metadata,
    ...(spec === undefined ? {} : { spec: structuredClone(spec) }),
  }
  try {
    return { stored: admitObject(found, draft as unknown as KubeObject, context) as Stored }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

const inMemory = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' }
const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'Channel', name: 'c' }
const subscriber = { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 's' } }

describe('defaults', () => {
  it('a channel is one in memory unless the ConfigMap says otherwise, the namespace before the cluster', () => {
    expect(admit('Channel', {}).stored?.spec).toEqual({ channelTemplate: inMemory })
    const text =
      'clusterDefault: { apiVersion: a/v1, kind: A }\nnamespaceDefaults: { app: { apiVersion: b/v1, kind: B } }'
    const config = { 'default-ch-webhook': { 'default-ch-config': text } }
    expect(admit('Channel', {}, { config }).stored?.spec.channelTemplate).toEqual({ apiVersion: 'b/v1', kind: 'B' })
    expect(admit('Sequence', { steps: [subscriber] }, { config }).stored?.spec.channelTemplate).toMatchObject({
      kind: 'B',
    })
    const broken = { 'default-ch-webhook': { 'default-ch-config': '{' } }
    expect(admit('Parallel', { branches: [{ subscriber }] }, { config: broken }).stored?.spec.channelTemplate).toEqual(
      inMemory,
    )
  })

  it('a channel says which shape of subscribers it has, and who made it', () => {
    expect(admit('InMemoryChannel', undefined).stored?.metadata.annotations).toEqual({
      'messaging.knative.dev/subscribable': 'v1',
      'messaging.knative.dev/creator': 'admin',
      'messaging.knative.dev/lastModifier': 'admin',
    })
  })

  it('references are meant in the object’s own namespace', () => {
    const named = { ref: { ...subscriber.ref, namespace: 'app' } }
    const spec = { channel, subscriber, reply: subscriber, delivery: { deadLetterSink: subscriber } }
    expect(admit('Subscription', spec).stored?.spec).toEqual({
      ...{ channel, subscriber: named, reply: named, delivery: { deadLetterSink: named } },
    })
    expect(admit('Sequence', { steps: [subscriber] }).stored?.spec.steps).toEqual([named])
    expect(admit('Parallel', { branches: [{ filter: subscriber, subscriber }] }).stored?.spec.branches).toEqual([
      { filter: named, subscriber: named },
    ])
  })
})

describe('refused, in Knative’s words', () => {
  it.each<[string, string, unknown, string]>([
    [
      'subscribers in a Channel',
      'Channel',
      { subscribers: [{ uid: 'u', subscriberUri: 'http://a' }] },
      'must not set the field(s): spec.subscribable.subscribers',
    ],
    [
      'a template without kind',
      'Channel',
      { channelTemplate: { apiVersion: 'a/v1' } },
      'missing field(s): spec.channelTemplate.kind',
    ],
    ['a bad delivery', 'Channel', { delivery: { retry: -1 } }, 'invalid value: -1: spec.delivery.retry'],
    [
      'a subscriber without addresses',
      'InMemoryChannel',
      { subscribers: [{ uid: 'u' }] },
      'spec.subscribable.subscriber[0].replyURI, spec.subscribable.subscriber[0].subscriberURI',
    ],
    [
      'no channel',
      'Subscription',
      { subscriber },
      'missing field(s): spec.channel\nthe Subscription must reference a channel',
    ],
    [
      'a channel elsewhere',
      'Subscription',
      { channel: { ...channel, namespace: 'other' }, subscriber },
      'must not set the field(s): spec.channel.namespace',
    ],
    [
      'a channel without name',
      'Subscription',
      { channel: { ...channel, name: '' }, subscriber },
      'missing field(s): spec.channel.name',
    ],
    [
      'no subscriber',
      'Subscription',
      { channel },
      'missing field(s): spec.subscriber\nthe Subscription must reference a subscriber',
    ],
    ['a bad reply', 'Subscription', { channel, subscriber, reply: { uri: '/path' } }, 'Relative URI is not allowed'],
    ['no steps', 'Sequence', { steps: [] }, 'missing field(s): spec.steps'],
    ['nothing', 'Sequence', undefined, 'missing field(s): spec.steps'],
    [
      'a step to nowhere',
      'Sequence',
      { steps: [subscriber, {}] },
      'invalid value: spec.steps[1]\nexpected at least one, got none: spec.steps[1].ref, spec.steps[1].uri',
    ],
    [
      'a step’s bad delivery',
      'Sequence',
      { steps: [{ ...subscriber, delivery: { backoffPolicy: 'x' } }] },
      'invalid value: x: spec.steps[0].delivery.backoffPolicy',
    ],
    ['no branches', 'Parallel', { branches: [] }, 'missing field(s): spec.branches'],
    ['a branch without subscriber', 'Parallel', { branches: [{ filter: subscriber }] }, 'spec.branches.subscriber[0]'],
    ['a bad filter', 'Parallel', { branches: [{ filter: {}, subscriber }] }, 'spec.branches.filter[0]'],
    ['an unknown field', 'Sequence', { steps: [{ ...subscriber, retry: 1 }] }, 'unknown field "spec.steps[0].retry"'],
  ])('%s of a %s', (_sentence, kind, spec, sentence) => {
    expect(admit(kind, spec).refused).toContain(sentence)
  })

  it('another scope than cluster or namespace', () => {
    const annotations = { 'eventing.knative.dev/scope': 'world' }
    expect(admit('InMemoryChannel', {}, { annotations }).refused).toContain("expected either 'cluster' or 'namespace'")
  })

  it('changes of what may not change', () => {
    const before = admit('Subscription', { channel, subscriber }).stored
    const moved = { channel: { ...channel, name: 'd' }, subscriber }
    expect(admit('Subscription', moved, before ? { before } : {}).refused).toContain('Immutable fields changed')
    const made = admit('Channel', {}).stored
    const other = { channelTemplate: { apiVersion: 'a/v1', kind: 'A' } }
    expect(admit('Channel', other, made ? { before: made } : {}).refused).toContain('Immutable fields changed')
  })

  it('subscribers of a channel written by anybody but the controller', () => {
    const before = admit('InMemoryChannel', {}).stored
    const changed = { subscribers: [{ uid: 'u', subscriberUri: 'http://a' }] }
    expect(admit('InMemoryChannel', changed, before ? { before } : {}).refused).toContain(
      'Channel.Spec.Subscribers changed by user admin which was not the system:serviceaccount:knative-eventing:eventing-controller service account',
    )
  })
})

it('the columns are those of kubectl get', () => {
  const columns = Object.fromEntries(
    kinds.map(kind => [kind.kind, kind.columns.map(({ name }) => name.toUpperCase()).join(' ')]),
  )
  const urled = 'URL AGE READY REASON'
  expect(columns).toEqual({
    ...{ Channel: urled, InMemoryChannel: urled, Sequence: urled, Parallel: urled },
    Subscription: 'AGE READY REASON',
  })
})

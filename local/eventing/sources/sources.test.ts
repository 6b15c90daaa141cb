import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import type { SendRequest } from '../../seams/send.ts'
import { ControlWorld, serviceRef } from '../testing/control-world.ts'
import type { ContainerSpec, RunningContainers } from './container-sources.ts'

const api = 'sources.knative.dev/v1'

let world: ControlWorld
beforeEach(() => {
  world = new ControlWorld()
  world.service('sink')
})
afterEach(() => world.stop())

const headersOf = ({ headers }: SendRequest): Record<string, string> =>
  Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : [])))
const conditions = (kind: string, name: string) => world.conditions('sources', kind, name)
const sink = serviceRef('sink')

describe('a PingSource', () => {
  const ping = (spec: object) => world.apply(api, 'PingSource', 'p', { sink, schedule: '*/10 * * * * *', ...spec })

  it('sends at each moment of its schedule, under a new id each time', async () => {
    await ping({ data: '{"a":1}', contentType: 'application/json', ceOverrides: { extensions: { devuser: 'u' } } })
    await world.clock.advance(9_999)
    expect(world.sent).toEqual([])
    await world.clock.advance(20_001)
    expect(world.sent.map(headersOf)).toEqual(
      Array.from({ length: 3 }, () =>
        expect.objectContaining({ 'ce-type': 'dev.knative.sources.ping', 'ce-devuser': 'u' }),
      ),
    )
    expect(headersOf(world.sent[0] ?? never())).toMatchObject({
      'ce-source': '/apis/v1/namespaces/app/pingsources/p',
      'content-type': 'application/json',
      'ce-specversion': '1.0',
    })
    expect(world.sent[0]).toMatchObject({ url: 'http://sink.app.svc.cluster.local', body: Buffer.from('{"a":1}') })
    expect(new Set(world.sent.map(one => headersOf(one)['ce-id'])).size).toBe(3)
  })

  it('says that it is ready and what it sends', async () => {
    await ping({})
    expect(conditions('PingSource', 'p')).toEqual({
      ...{ Deployed: 'True', OIDCIdentityCreated: 'True', Ready: 'True', SinkProvided: 'True' },
    })
    expect(world.get('sources', 'PingSource', 'p')?.status).toMatchObject({
      sinkUri: 'http://sink.app.svc.cluster.local',
      ceAttributes: [{ type: 'dev.knative.sources.ping', source: '/apis/v1/namespaces/app/pingsources/p' }],
    })
  })

  it('waits for its sink, and sends once that is there', async () => {
    await ping({ sink: serviceRef('late') })
    expect(conditions('PingSource', 'p')).toMatchObject({ SinkProvided: 'False NotFound', Ready: 'False NotFound' })
    await world.clock.advance(20_000)
    expect(world.sent).toEqual([])
    world.service('late')
    await world.settle()
    await world.clock.advance(10_000)
    expect(world.sent.map(one => one.url)).toEqual(['http://late.app.svc.cluster.local'])
  })

  it('goes by a changed schedule, and stops when it is gone', async () => {
    await ping({})
    await ping({ schedule: '0 * * * * *' })
    await world.clock.advance(59_000)
    expect(world.sent).toEqual([])
    await world.clock.advance(1_000)
    expect(world.sent).toHaveLength(1)
    world.store.delete({ group: 'sources.knative.dev', kind: 'PingSource', namespace: 'app', name: 'p' })
    await world.settle()
    await world.clock.advance(600_000)
    expect(world.sent).toHaveLength(1)
  })

  it('tries an event again that the sink could not take, then gives it up and says so', async () => {
    await ping({ dataBase64: 'aGk=' })
    world.answer = async () => ({ status: 503, headers: [], body: Buffer.alloc(0) })
    await world.clock.advance(10_000)
    await world.clock.advance(9_000)
    expect(world.sent).toHaveLength(6)
    expect(world.sent.every(one => one.body.toString() === 'hi')).toBe(true)
    expect(new Set(world.sent.map(one => headersOf(one)['ce-id'])).size).toBe(1)
    expect(world.log.join()).toContain('answered 503, the event is lost')
  })

  it('rings for a moment that is farther than a timer reaches', async () => {
    await ping({ schedule: '0 0 0 1 3 *' })
    await world.clock.advance(58 * 24 * 60 * 60 * 1_000)
    expect(world.sent).toEqual([])
    await world.clock.advance(2 * 24 * 60 * 60 * 1_000)
    expect(world.sent).toHaveLength(1)
  })
})

function never(): never {
  throw new Error('nothing was sent')
}

describe('an ApiServerSource', () => {
  const resources = [{ apiVersion: 'v1', kind: 'ConfigMap' }]
  const watch = (spec: object = {}) => world.apply(api, 'ApiServerSource', 'w', { sink, resources, ...spec })
  const map = (name: string, more: object = {}) =>
    world.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'app', ...more } })
  const told = () => world.sent.map(headersOf).map(one => [one['ce-type'], one['ce-name']])

  it('tells which object came, changed and went, and nothing of what was there before', async () => {
    map('old')
    await watch()
    const made = map('m')
    world.store.update({ ...made, data: { a: 'b' } } as KubeObject)
    world.store.delete({ group: '', kind: 'ConfigMap', namespace: 'app', name: 'm' })
    await world.settle()
    expect(told()).toEqual([
      ['dev.knative.apiserver.ref.add', 'm'],
      ['dev.knative.apiserver.ref.update', 'm'],
      ['dev.knative.apiserver.ref.delete', 'm'],
    ])
    expect(headersOf(world.sent[0] ?? never())).toMatchObject({
      ...{ 'ce-kind': 'ConfigMap', 'ce-apiversion': 'v1', 'ce-namespace': 'app' },
      'ce-subject': '/apis/v1/namespaces/app/configmaps/m',
    })
    expect(JSON.parse(world.sent[0]?.body.toString() ?? '')).toEqual({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', name: 'm', namespace: 'app' },
    })
  })

  it('in mode Resource tells the whole object', async () => {
    await watch({ mode: 'Resource' })
    map('m')
    await world.settle()
    expect(told()).toEqual([['dev.knative.apiserver.resource.add', 'm']])
    expect(JSON.parse(world.sent[0]?.body.toString() ?? '')).toMatchObject({
      metadata: { name: 'm', uid: expect.any(String) },
    })
  })

  it('looks at its own namespace, or at those its selector names', async () => {
    const namespace = (name: string, labels = {}) =>
      world.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
    namespace('app')
    namespace('watched', { team: 'a' })
    await watch({ namespaceSelector: { matchLabels: { team: 'a' } } })
    map('here')
    map('there', { namespace: 'watched' })
    await world.settle()
    expect(told().map(([, name]) => name)).toEqual(['there'])
    expect(world.get('sources', 'ApiServerSource', 'w')?.status).toMatchObject({ namespaces: ['watched'] })
    namespace('later', { team: 'a' })
    await world.settle()
    map('late', { namespace: 'later' })
    await world.settle()
    expect(told().map(([, name]) => name)).toEqual(['there', 'late'])
  })

  it('looks at labels and at who owns an object', async () => {
    const selector = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }] }
    await watch({ resources: [{ ...resources[0], selector }], owner: { apiVersion: 'a/v1', kind: 'Owner' } })
    const ownerReferences = [{ apiVersion: 'a/v1', kind: 'Owner', name: 'o', uid: 'u', controller: true }]
    map('right', { labels: { tier: 'web' }, ownerReferences })
    map('unowned', { labels: { tier: 'web' } })
    map('unlabelled', { ownerReferences })
    await world.settle()
    expect(told().map(([, name]) => name)).toEqual(['right'])
  })

  it('sends one after the other, in the order of the changes', async () => {
    await watch()
    const answers: (() => void)[] = []
    world.answer = () =>
      new Promise(resolve => answers.push(() => resolve({ status: 200, headers: [], body: Buffer.alloc(0) })))
    map('first')
    map('second')
    await world.settle()
    expect(told().map(([, name]) => name)).toEqual(['first'])
    answers[0]?.()
    await world.settle()
    expect(told().map(([, name]) => name)).toEqual(['first', 'second'])
  })

  it('tells nothing more once it is gone', async () => {
    await watch()
    world.store.delete({ group: 'sources.knative.dev', kind: 'ApiServerSource', namespace: 'app', name: 'w' })
    await world.settle()
    map('m')
    await world.settle()
    expect(told()).toEqual([])
  })
})

describe('a SinkBinding', () => {
  type Bound = KubeObject & { spec: { template: { spec: { containers: { env?: object[] }[] } } } }
  const bind = (spec: object = {}) => world.apply(api, 'SinkBinding', 'b', { sink, subject: subject('bound'), ...spec })
  const subject = (name: string) => ({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', name })
  const env = (name: string) => world.get<Bound>('serving', 'Service', name)?.spec.template.spec.containers[0]?.env
  const variables = [
    { name: 'K_SINK', value: 'http://sink.app.svc.cluster.local' },
    { name: 'K_CE_OVERRIDES', value: '' },
  ]

  it('gives its subject the sink’s address, once, and takes it back when it goes', async () => {
    world.service('bound')
    await bind()
    expect(env('bound')).toEqual(variables)
    expect(world.get('serving', 'Service', 'bound')?.metadata.generation).toBe(2)
    expect(conditions('SinkBinding', 'b')).toMatchObject({ Ready: 'True', SinkBindingAvailable: 'True' })
    world.store.delete({ group: 'sources.knative.dev', kind: 'SinkBinding', namespace: 'app', name: 'b' })
    await world.settle()
    expect(env('bound')).toBeUndefined()
    expect(world.get('sources', 'SinkBinding', 'b')).toBeUndefined()
  })

  it('waits for its subject', async () => {
    await bind()
    expect(conditions('SinkBinding', 'b')).toMatchObject({ SinkBindingAvailable: 'False SubjectMissing' })
    world.service('bound')
    await world.settle()
    expect(env('bound')).toEqual(variables)
    expect(conditions('SinkBinding', 'b')).toMatchObject({ Ready: 'True' })
  })

  it('binds all that its selector names, those too that come later', async () => {
    await bind({ subject: { ...subject(''), selector: { matchLabels: { bind: 'yes' } } } })
    for (const [name, labels] of [
      ['one', { bind: 'yes' }],
      ['two', {}],
    ] as const) {
      const spec = { template: { spec: { containers: [{ image: 'i' }] } } }
      const draft = {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        metadata: { name, namespace: 'app', labels },
        spec,
      }
      world.store.create(draft as KubeObject)
    }
    await world.settle()
    expect([env('one'), env('two')]).toEqual([variables, undefined])
  })

  it('cannot bind a named revision, and says so as a cluster would refuse it', async () => {
    const spec = { template: { metadata: { name: 'bound-v1' }, spec: { containers: [{ image: 'i' }] } } }
    const metadata = { name: 'bound', namespace: 'app' }
    world.store.create({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, spec } as KubeObject)
    await bind()
    expect(conditions('SinkBinding', 'b')).toMatchObject({ SinkBindingAvailable: 'False SubjectUnavailable' })
    expect(env('bound')).toBeUndefined()
  })

  it('writes what events are given besides, and goes along with a sink that moves', async () => {
    world.service('bound')
    await bind({ ceOverrides: { extensions: { a: 'b' } } })
    expect(env('bound')).toContainEqual({ name: 'K_CE_OVERRIDES', value: '{"extensions":{"a":"b"}}' })
    await bind({ sink: { uri: 'http://elsewhere' } })
    expect(env('bound')).toContainEqual({ name: 'K_SINK', value: 'http://elsewhere' })
  })
})

describe('a ContainerSource', () => {
  /** A container that a test starts and ends. */
  class Fake implements RunningContainers {
    readonly spec: ContainerSpec
    readonly #ready = Promise.withResolvers<void>()
    readonly #gone = Promise.withResolvers<{ message: string } | undefined>()
    stopped = false
    constructor(spec: ContainerSpec) {
      this.spec = spec
    }
    get ready() {
      return this.#ready.promise
    }
    get gone() {
      return this.#gone.promise
    }
    runs = () => this.#ready.resolve()
    crashes = (message: string) => this.#gone.resolve({ message })
    async stop() {
      this.stopped = true
      this.#gone.resolve(undefined)
    }
  }

  const started: Fake[] = []
  beforeEach(async () => {
    await world.stop()
    started.length = 0
    const start = (spec: ContainerSpec) => {
      const one = new Fake(spec)
      started.push(one)
      return one
    }
    world = new ControlWorld({ containers: { start } })
    world.service('sink')
  })

  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ image: 'i', env: [{ name: 'X', value: '1' }] }] },
  }
  const apply = (spec: object = {}) => world.apply(api, 'ContainerSource', 'c', { sink, template, ...spec })
  const state = () => conditions('ContainerSource', 'c')

  it('runs its container with K_SINK, and is ready once that runs', async () => {
    await apply({ ceOverrides: { extensions: { a: 'b' } } })
    expect(started.map(one => one.spec)).toMatchObject([
      {
        ...{ name: 'c-deployment', namespace: 'app' },
        labels: { a: 'b', 'sources.knative.dev/containerSource': 'c' },
        pod: {
          containers: [
            {
              name: 'c-0',
              env: [
                { name: 'X', value: '1' },
                { name: 'K_SINK', value: 'http://sink.app.svc.cluster.local' },
                { name: 'K_CE_OVERRIDES', value: '{"extensions":{"a":"b"}}' },
              ],
            },
          ],
        },
      },
    ])
    expect(state()).toMatchObject({ SinkBindingReady: 'True', ReceiveAdapterReady: 'Unknown DeploymentUnavailable' })
    started[0]?.runs()
    await world.settle()
    expect(state()).toEqual({ Ready: 'True', ReceiveAdapterReady: 'True', SinkBindingReady: 'True' })
  })

  it('starts a container that ended again, with longer and longer pauses', async () => {
    await apply()
    started[0]?.crashes('boom')
    await world.settle()
    expect(state()).toMatchObject({ Ready: 'False MinimumReplicasUnavailable' })
    await world.clock.advance(1_000)
    expect(started).toHaveLength(2)
    started[1]?.crashes('boom')
    await world.clock.advance(1_999)
    expect(started).toHaveLength(2)
    await world.clock.advance(1)
    expect(started).toHaveLength(3)
  })

  it('replaces the container when it or its sink changes, and only then', async () => {
    await apply()
    world.service('other')
    await world.settle()
    expect(started).toHaveLength(1)
    await apply({ sink: serviceRef('other') })
    expect(started.map(one => one.stopped)).toEqual([true, false])
  })

  it('waits for its sink, and ends with its source', async () => {
    await apply({ sink: serviceRef('late') })
    expect(started).toEqual([])
    expect(state()).toMatchObject({ SinkBindingReady: 'False NotFound' })
    world.service('late')
    await world.settle()
    world.store.delete({ group: 'sources.knative.dev', kind: 'ContainerSource', namespace: 'app', name: 'c' })
    await world.settle()
    expect(started.map(one => one.stopped)).toEqual([true])
    await world.clock.advance(600_000)
    expect(started).toHaveLength(1)
  })
})

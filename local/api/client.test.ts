import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../kernel/clock.ts'
import type { Json, KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import { ApiClient } from './client.ts'
import { createRegistry } from './registry.ts'

type ConfigMap = KubeObject & { data?: Record<string, string> }
const kind = { group: '', kind: 'ConfigMap' }
const namespaceKind = { group: '', kind: 'Namespace' }
const key = { ...kind, namespace: 'app', name: 'a' }
const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const configMap = (data: Record<string, string> = {}, metadata: object = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'app', ...metadata },
  data,
})
const ksvc = (spec: object = {}, container: object = {}): KubeObject & { spec: object } => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'hello', namespace: 'app' },
  spec: { template: { spec: { containers: [{ image: 'dev.local/a/b', ...container }] } }, ...spec },
})
const reasonOf = (act: () => unknown) => {
  try {
    act()
    return 'done'
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`
  }
}

let store: ObjectStore
let client: ApiClient

beforeEach(() => {
  const clock = new FakeClock()
  store = new ObjectStore({ clock, random: seededRandom(1) })
  client = new ApiClient({ store, registry: createRegistry(), clock, random: seededRandom(2) })
  client.create(namespace('app'))
})

describe('writing', () => {
  it('refuses an object of an unknown namespace, and of an unknown kind', () => {
    expect(reasonOf(() => client.create(configMap({}, { namespace: 'x' })))).toBe('NotFound: namespaces "x" not found')
    expect(reasonOf(() => client.create({ ...configMap(), kind: 'Config' }))).toContain('no matches for kind "Config"')
  })

  it('puts an object without namespace into default', () => {
    client.create(namespace('default'))
    expect(client.create(configMap({}, { namespace: undefined })).metadata.namespace).toBe('default')
  })

  it('refuses a resourceVersion on creation and a stale one on update', () => {
    const created = client.create(configMap())
    expect(reasonOf(() => client.create(created))).toContain('resourceVersion should not be set')
    client.update({ ...created, data: { a: '1' } })
    expect(reasonOf(() => client.update({ ...created, data: { a: '2' } }))).toMatch(/^Conflict/)
    expect(client.update(configMap({ a: '3' })).data).toEqual({ a: '3' })
  })

  it('refuses to create twice and to update what is not there', () => {
    client.create(configMap())
    expect(reasonOf(() => client.create(configMap()))).toBe('AlreadyExists: configmaps "a" already exists')
    expect(reasonOf(() => client.update(configMap({}, { name: 'b' })))).toBe('NotFound: configmaps "b" not found')
  })

  it('stores every served version under the first one', () => {
    const policy = {
      apiVersion: 'security.istio.io/v1beta1',
      kind: 'PeerAuthentication',
      metadata: { name: 'a', namespace: 'app' },
    }
    expect(client.create(policy).apiVersion).toBe('security.istio.io/v1')
  })

  it('keeps status out of plain writes and lets updateStatus change nothing else', () => {
    const created = client.create({ ...ksvc(), status: { url: 'x' } } as KubeObject)
    expect(created).not.toHaveProperty('status')
    const changed = client.updateStatus({ ...created, spec: {}, status: { url: 'y' } } as KubeObject)
    expect(changed).toMatchObject({ status: { url: 'y' }, spec: { template: {} }, metadata: { generation: 1 } })
    const { metadata } = changed
    const traffic = [{ latestRevision: true, percent: 100, tag: 'x' }]
    expect(client.update({ ...ksvc({ traffic }), metadata })).toMatchObject({
      status: { url: 'y' },
      metadata: { generation: 2 },
    })
  })

  it('knows no status of kinds without one', () => {
    const created = client.create(configMap())
    expect(reasonOf(() => client.updateStatus(created))).toMatch(/^NotFound/)
  })

  it('stores nothing in a dry run, and checks as if', () => {
    expect(client.create(configMap(), { dryRun: true }).metadata.uid).toBeDefined()
    expect(store.get(kind, 'app', 'a')).toBeUndefined()
    const created = client.create(configMap())
    const { version } = store
    expect(reasonOf(() => client.create(configMap(), { dryRun: true }))).toMatch(/^AlreadyExists/)
    expect(client.update(configMap({ a: '1' }), { dryRun: true }).data).toEqual({ a: '1' })
    client.delete(key, { dryRun: true })
    client.patch(key, { type: 'merge', patch: { data: { a: '1' } } }, { dryRun: true })
    expect(store.version).toBe(version)
    expect(store.get(kind, 'app', 'a')).toEqual(created)
  })
})

describe('a kind that only the runtime makes objects of', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'app' }, spec: { containers: [] } }
  const ways: [name: string, make: () => unknown][] = [
    ['created', () => client.create(pod)],
    ['tried in a dry run', () => client.create(pod, { dryRun: true })],
    ['applied', () => client.apply(pod)],
    [
      'applied by the server',
      () =>
        client.applyFields(
          { group: '', kind: 'Pod', namespace: 'app', name: 'p' },
          { type: 'apply', patch: pod as never, force: false },
          { fieldManager: 'me' },
        ),
    ],
  ]
  it.each(ways)('is refused with what to make instead when %s', (_name, make) => {
    expect(reasonOf(make)).toMatch(/^MethodNotAllowed: nothing starts a Pod made by hand: create a Knative Service/)
    expect(store.list({ group: '', kind: 'Pod' })).toEqual([])
  })
})

describe('patching', () => {
  it('goes through admission', () => {
    client.create(configMap())
    expect(client.patch<ConfigMap>(key, { type: 'merge', patch: { data: { a: '1' } } }).data).toEqual({ a: '1' })
    expect(reasonOf(() => client.patch(key, { type: 'merge', patch: { data: { a: 1 } } }))).toMatch(/^BadRequest/)
  })

  it.each<{ [key: string]: Json }>([
    { metadata: { name: 'b' } },
    { metadata: { namespace: 'x' } },
    { kind: 'Secret' },
    { metadata: null },
  ])('may not change what the object is: %j', patch => {
    client.create(configMap())
    expect(reasonOf(() => client.patch(key, { type: 'merge', patch }))).toMatch(/^BadRequest/)
  })

  it('refuses a stale resourceVersion inside the patch', () => {
    client.create(configMap())
    expect(reasonOf(() => client.patch(key, { type: 'merge', patch: { metadata: { resourceVersion: '1' } } }))).toMatch(
      /^Conflict/,
    )
  })

  it('of the status leaves the spec', () => {
    client.create(ksvc())
    const service = { group: 'serving.knative.dev', kind: 'Service', namespace: 'app', name: 'hello' }
    const patched = client.patch(
      service,
      { type: 'merge', patch: { spec: { x: 1 }, status: { url: 'y' } } },
      { status: true },
    )
    expect(patched).toMatchObject({ status: { url: 'y' } })
    expect(patched).not.toHaveProperty('spec.x')
  })
})

describe('apply', () => {
  it('creates, changes nothing the second time, and merges what changed', () => {
    expect(client.apply(configMap({ a: '1', b: '2' })).outcome).toBe('created')
    client.patch(key, { type: 'merge', patch: { data: { other: 'x' } } })
    expect(client.apply(configMap({ a: '1', b: '2' })).outcome).toBe('unchanged')
    const { outcome, object } = client.apply(configMap({ a: '3' }))
    expect(outcome).toBe('configured')
    expect(object.data).toEqual({ a: '3', other: 'x' })
  })

  it('leaves the annotation kubectl leaves', () => {
    const { object } = client.apply(ksvc())
    expect(object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']).toBe(
      '{"apiVersion":"serving.knative.dev/v1","kind":"Service","metadata":{"annotations":{},"name":"hello","namespace":"app"},' +
        '"spec":{"template":{"spec":{"containers":[{"image":"dev.local/a/b"}]}}}}\n',
    )
  })

  it('takes over an object that was created otherwise, and one with a broken annotation', () => {
    client.create(configMap({ a: '1' }))
    expect(client.apply(configMap({ b: '2' })).object.data).toEqual({ a: '1', b: '2' })
    const broken = { 'kubectl.kubernetes.io/last-applied-configuration': '{' }
    client.patch(key, { type: 'merge', patch: { metadata: { annotations: broken } } })
    expect(client.apply(configMap({ c: '3' })).object.data).toEqual({ a: '1', b: '2', c: '3' })
  })

  it('says unchanged when defaults alone differ, and makes no new generation', () => {
    client.apply(ksvc())
    const { outcome, object } = client.apply(ksvc())
    expect(outcome).toBe('unchanged')
    expect(object.metadata.generation).toBe(1)
  })

  it('without traffic removes the traffic that was applied before', () => {
    const traffic = [{ latestRevision: true, percent: 100, tag: 'beta' }]
    client.apply(ksvc({ traffic }))
    expect(client.apply(ksvc()).object.spec).toMatchObject({ traffic: [{ latestRevision: true, percent: 100 }] })
    expect(client.apply(ksvc()).object.spec).not.toHaveProperty('traffic.0.tag')
  })

  it('stores nothing in a dry run', () => {
    expect(client.apply(configMap(), { dryRun: true }).outcome).toBe('created')
    expect(store.get(kind, 'app', 'a')).toBeUndefined()
  })
})

describe('deleting', () => {
  it('returns the last state and honours preconditions', () => {
    const created = client.create(configMap())
    expect(reasonOf(() => client.delete(key, { uid: 'other' }))).toContain('does not match the UID in record')
    expect(reasonOf(() => client.delete(key, { resourceVersion: '1' }))).toMatch(/^Conflict/)
    expect(client.delete(key).metadata.uid).toBe(created.metadata.uid)
    expect(reasonOf(() => client.delete(key))).toMatch(/^NotFound/)
  })

  it('of a namespace takes everything in it and nothing else', () => {
    client.create(namespace('other'))
    client.create(configMap())
    client.create(ksvc())
    client.create(configMap({}, { namespace: 'other' }))
    client.delete({ ...namespaceKind, namespace: '', name: 'app' })
    expect(client.list(kind).map(one => one.metadata.namespace)).toEqual(['other'])
    expect(client.list(namespaceKind).map(one => one.metadata.name)).toEqual(['other'])
    expect(reasonOf(() => client.create(configMap()))).toMatch(/^NotFound/)
  })

  it('of a namespace waits for finalizers, takes in nothing meanwhile, and ends with the last one', async () => {
    client.create(configMap({}, { finalizers: ['example.com/wait'] }))
    const ending = client.delete({ ...namespaceKind, namespace: '', name: 'app' })
    expect(ending).toMatchObject({ status: { phase: 'Terminating' } })
    expect(reasonOf(() => client.create(configMap({}, { name: 'b' })))).toContain('because it is being terminated')
    client.update(configMap({}, { finalizers: [] }))
    await Promise.resolve()
    expect(store.get(namespaceKind, '', 'app')).toBeUndefined()
  })
})

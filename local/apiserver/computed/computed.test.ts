import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore, type StoreEvent } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { api, call, configMap, create, maps, namesOf, open, runApi } from '../api-under-test.ts'
import { derivedSource } from '../lists/object-source.ts'

const deployments = '/apis/apps/v1/namespaces/app/deployments'
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

describe('objects that are worked out', () => {
  runApi()

  it('are read, listed, selected and shown as tables', async () => {
    await create('a', { shown: '2' })
    await create('b')
    await create('c', { shown: '1' }, maps.replace('app', 'other'))
    expect((await call('GET', `${deployments}/a`)).body).toMatchObject({ kind: 'Deployment', spec: { replicas: 2 } })
    expect((await call('GET', `${deployments}/a/status`)).body.kind).toBe('Deployment')
    expect(namesOf((await call('GET', deployments)).body)).toEqual(['a'])
    expect(namesOf((await call('GET', '/apis/apps/v1/deployments')).body)).toEqual(['a', 'c'])
    const selected = await call('GET', '/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dc')
    expect(namesOf(selected.body)).toEqual(['c'])
    const table = await call('GET', deployments, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    })
    expect(table.body.rows[0].cells.slice(0, 4)).toEqual(['a', '0/2', 0, 0])
  })

  it('that are not there are not found', async () => {
    expect(await call('GET', `${deployments}/x`)).toMatchObject({
      code: 404,
      body: { message: 'deployments.apps "x" not found' },
    })
  })

  it.each([
    ['POST', deployments],
    ['PUT', `${deployments}/a`],
    ['PATCH', `${deployments}/a`],
    ['PATCH', `${deployments}/a/scale`],
    ['DELETE', `${deployments}/a`],
    ['DELETE', deployments],
  ])('%s %s says what to change instead', async (method, path) => {
    expect(await call(method, path, { body: {} })).toMatchObject({
      code: 405,
      body: {
        reason: 'MethodNotAllowed',
        message: 'deployments.apps cannot be written here: change the ConfigMap',
      },
    })
  })

  it('are watched as what they follow from changes', async () => {
    await create('a', { shown: '1' })
    const response = await open('GET', `${deployments}?watch=true`)
    const seen = take(response, 4)
    await create('b', { shown: '1' })
    await call('PUT', `${maps}/a`, { body: configMap('a', { labels: { shown: '3' } }) })
    await create('unseen')
    await call('DELETE', `${maps}/b`)
    expect(await seen).toEqual(['ADDED a 1', 'ADDED b 1', 'MODIFIED a 3', 'DELETED b 1'])
  })

  it('are replayed from a version in the past', async () => {
    await create('a', { shown: '1' })
    const version = api.store.version
    await create('b', { shown: '1' })
    const response = await open('GET', `${deployments}?watch=true&resourceVersion=${version}`)
    expect(await take(response, 1)).toEqual(['MODIFIED b 1'])
    const forgotten = await open('GET', `${deployments}?watch=true&resourceVersion=${version + 1000}`)
    const [line] = await once(forgotten.setEncoding('utf8'), 'data')
    expect(JSON.parse(line)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })
})

async function take(response: IncomingMessage, count: number): Promise<string[]> {
  const taken: string[] = []
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const complete = (rest + chunk).split('\n')
    rest = complete.pop() ?? ''
    for (const line of complete) {
      const { type, object } = JSON.parse(line)
      taken.push(`${type} ${object.metadata.name} ${object.spec.replicas}`)
    }
    if (taken.length >= count) break
  }
  return taken
}

describe('changes of derived objects', () => {
  it('are compared once for all changes of a turn, and no more after leaving', async () => {
    const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
    let asked = 0
    const from = [{ group: '', kind: 'ConfigMap' }]
    const objects = () => {
      asked++
      return store.list({ group: '', kind: 'ConfigMap' })
    }
    const events: string[] = []
    const leave = derivedSource(store, { from, objects }).watch(({ type, object }: StoreEvent) => {
      events.push(`${type} ${object.metadata.name}`)
    })
    for (const name of ['a', 'b', 'c']) store.create(configMap(name) as KubeObject)
    store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } })
    await Promise.resolve()
    expect({ asked, events }).toEqual({ asked: 2, events: ['ADDED a', 'ADDED b', 'ADDED c'] })
    leave()
    store.create(configMap('d') as KubeObject)
    await Promise.resolve()
    expect(asked).toBe(2)
  })
})

describe('custom resource definitions', () => {
  runApi()

  it('tell the names, columns and schema of a kind', async () => {
    const { body } = await call('GET', `${crds}/services.serving.knative.dev`)
    expect(body).toMatchObject({
      kind: 'CustomResourceDefinition',
      metadata: { uid: expect.stringMatching(/^[0-9a-f-]{36}$/), labels: { 'duck.knative.dev/addressable': 'true' } },
      spec: {
        group: 'serving.knative.dev',
        names: { kind: 'Service', plural: 'services', shortNames: ['kservice', 'ksvc'], listKind: 'ServiceList' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
      },
      status: { conditions: [{ type: 'NamesAccepted' }, { type: 'Established', status: 'True' }] },
    })
    const [version] = body.spec.versions
    expect(version.additionalPrinterColumns[0]).toEqual({ name: 'URL', type: 'string', jsonPath: '.status.url' })
    expect(version.schema.openAPIV3Schema.properties.spec.properties).toHaveProperty('traffic')
  })

  it('there are for every kind that is not built in, by name', async () => {
    const names = namesOf((await call('GET', crds)).body)
    expect(names).toEqual(names.toSorted())
    expect(names).toEqual(expect.arrayContaining(['gateways.networking.istio.io', 'triggers.eventing.knative.dev']))
    expect(names.filter(name => /^(pods|configmaps|deployments)\./.test(name))).toEqual([])
  })

  it.each(['POST', 'DELETE', 'PUT'])('are not changed by %s', async method => {
    const path = method === 'POST' ? crds : `${crds}/services.serving.knative.dev`
    expect(await call(method, path, { body: {} })).toMatchObject({ code: 405 })
  })
})

describe('workloads of a cluster that nothing runs', () => {
  runApi()

  it.each([
    '/apis/apps/v1/replicasets',
    '/apis/apps/v1/daemonsets',
    '/apis/apps/v1/statefulsets',
    '/apis/batch/v1/jobs',
    '/apis/batch/v1/cronjobs',
    '/api/v1/replicationcontrollers',
  ])('%s has none, and says what to make', async path => {
    expect((await call('GET', path)).body.items).toEqual([])
    const inside = path.replace(/\/(\w+)$/, '/namespaces/app/$1')
    expect(await call('POST', inside, { body: {} })).toMatchObject({
      code: 405,
      body: { message: expect.stringContaining('nothing runs them; create a Knative Service') },
    })
  })
})

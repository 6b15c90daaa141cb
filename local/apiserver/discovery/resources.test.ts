import { beforeEach, describe, expect, it } from 'vitest'
import { api, call, configMap, create, hello, maps, namesOf, runApi, services } from '../api-under-test.ts'

runApi()

describe('an object', () => {
  it('is created, read, replaced, patched and deleted', async () => {
    const created = await call('POST', services, { body: hello })
    expect(created).toMatchObject({
      code: 201,
      body: { metadata: { namespace: 'app', generation: 1 }, spec: { traffic: [{ percent: 100 }] } },
    })
    const { body: read } = await call('GET', `${services}/hello`)
    expect(read).toEqual(created.body)
    const replaced = await call('PUT', `${services}/hello`, {
      body: { ...read, metadata: { ...read.metadata, labels: { a: 'b' } } },
    })
    expect(replaced).toMatchObject({ code: 200, body: { metadata: { labels: { a: 'b' }, uid: read.metadata.uid } } })
    const merged = await call('PATCH', `${services}/hello`, {
      type: 'application/merge-patch+json',
      body: { metadata: { labels: { a: null, c: 'd' } } },
    })
    expect(merged.body.metadata.labels).toEqual({ c: 'd' })
    const stepped = await call('PATCH', `${services}/hello`, {
      type: 'application/json-patch+json',
      body: [{ op: 'replace', path: '/metadata/labels/c', value: 'e' }],
    })
    expect(stepped.body.metadata.labels).toEqual({ c: 'e' })
    const deleted = await call('DELETE', `${services}/hello`, { body: { propagationPolicy: 'Background' } })
    expect(deleted).toMatchObject({
      code: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'hello', kind: 'services', uid: read.metadata.uid } },
    })
    expect(await call('GET', `${services}/hello`)).toMatchObject({
      code: 404,
      body: {
        kind: 'Status',
        reason: 'NotFound',
        message: 'services.serving.knative.dev "hello" not found',
        code: 404,
      },
    })
  })

  it('has a status of its own', async () => {
    await call('POST', services, { body: hello })
    const put = await call('PUT', `${services}/hello/status`, {
      body: { ...hello, spec: {}, status: { url: 'http://x' } },
    })
    expect(put).toMatchObject({ code: 200, body: { status: { url: 'http://x' }, spec: { template: {} } } })
    const patch = { type: 'application/merge-patch+json', body: { status: { url: 'http://y' } } }
    expect((await call('PATCH', `${services}/hello/status`, patch)).body.status).toEqual({ url: 'http://y' })
    expect((await call('GET', `${services}/hello/status`)).body.status).toEqual({ url: 'http://y' })
    await create('a')
    expect((await call('GET', `${maps}/a/status`)).code).toBe(404)
  })

  it('is served in every version of its kind', async () => {
    const path = (version: string) => `/apis/networking.istio.io/${version}/namespaces/app/sidecars`
    const spec = { egress: [{ hosts: ['./*'] }] }
    const sidecar = { apiVersion: 'networking.istio.io/v1beta1', kind: 'Sidecar', metadata: { name: 'a' }, spec }
    expect((await call('POST', path('v1beta1'), { body: sidecar })).body.apiVersion).toBe('networking.istio.io/v1beta1')
    expect((await call('GET', `${path('v1')}/a`)).body.apiVersion).toBe('networking.istio.io/v1')
    expect((await call('GET', path('v1alpha3'))).body).toMatchObject({
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'SidecarList',
    })
    const patch = {
      type: 'application/merge-patch+json',
      body: { apiVersion: 'networking.istio.io/v1beta1', spec: { outboundTrafficPolicy: {} } },
    }
    expect((await call('PATCH', `${path('v1beta1')}/a`, patch)).body).toMatchObject({
      apiVersion: 'networking.istio.io/v1beta1',
      spec: { ...spec, outboundTrafficPolicy: {} },
    })
  })

  it('without a namespace lives at the top', async () => {
    expect((await call('GET', '/api/v1/namespaces/app')).body.status).toEqual({ phase: 'Active' })
    expect((await call('GET', '/api/v1/namespaces/app/status')).code).toBe(200)
    expect((await call('GET', '/api/v1/namespaces/app/namespaces/app')).code).toBe(404)
    expect((await call('GET', '/api/v1/configmaps/a')).code).toBe(404)
    await create('a')
    expect((await call('DELETE', '/api/v1/namespaces/app')).code).toBe(200)
    expect((await call('GET', `${maps}/a`)).code).toBe(404)
  })

  it('that waits for a finalizer is shown when it is deleted', async () => {
    await call('POST', maps, { body: configMap('a', { finalizers: ['example.com/wait'] }) })
    expect((await call('DELETE', `${maps}/a`)).body).toMatchObject({
      kind: 'ConfigMap',
      metadata: { deletionTimestamp: expect.any(String) },
    })
  })

  it('is not stored in a dry run', async () => {
    expect((await call('POST', `${maps}?dryRun=All`, { body: configMap('a') })).code).toBe(201)
    expect((await call('GET', `${maps}/a`)).code).toBe(404)
    await create('a')
    expect((await call('DELETE', `${maps}/a?dryRun=All`)).code).toBe(200)
    expect((await call('GET', `${maps}/a`)).code).toBe(200)
  })
})

describe('a list', () => {
  beforeEach(async () => {
    await create('a', { app: 'x', tier: 'web' })
    await create('b', { app: 'y' })
    await create('c', {}, maps.replace('app', 'other'))
  })

  it('has a resourceVersion and the objects of its namespace, or of all', async () => {
    const { body } = await call('GET', maps)
    expect(body).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(api.store.version) },
    })
    expect(namesOf(body)).toEqual(['a', 'b'])
    expect(namesOf((await call('GET', '/api/v1/configmaps')).body)).toEqual(['a', 'b', 'c'])
    expect(body.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  })

  it.each([
    ['labelSelector=app%3Dx', ['a']],
    ['labelSelector=app%3D%3Dx,tier%3Dweb', ['a']],
    ['labelSelector=app!%3Dx', ['b', 'c']],
    ['labelSelector=app%20in%20(x,%20y)', ['a', 'b']],
    ['labelSelector=app%20notin%20(x)', ['b', 'c']],
    ['labelSelector=app', ['a', 'b']],
    ['labelSelector=!tier', ['b', 'c']],
    ['labelSelector=app%20in%20(x,y),!tier', ['b']],
    ['fieldSelector=metadata.name%3Da', ['a']],
    ['fieldSelector=metadata.name!%3Da,metadata.namespace%3Dapp', ['b']],
    ['labelSelector=app&fieldSelector=metadata.name%3Db', ['b']],
    ['labelSelector=&fieldSelector=', ['a', 'b', 'c']],
  ])('selected by %s', async (query, names) => {
    expect(namesOf((await call('GET', `/api/v1/configmaps?${query}`)).body)).toEqual(names)
  })

  it('is deleted as a collection', async () => {
    expect(namesOf((await call('DELETE', `${maps}?labelSelector=tier`)).body)).toEqual(['a'])
    expect(namesOf((await call('GET', '/api/v1/configmaps')).body)).toEqual(['b', 'c'])
  })
})

import { describe, expect, it } from 'vitest'
import { api, call, configMap, create, hello, maps, open, runApi, services } from '../api-under-test.ts'

runApi()

const merge = 'application/merge-patch+json'

/** The warnings of an answer, as kubectl prints them. */
async function warned(method: string, path: string, body: unknown, type?: string): Promise<string[]> {
  const response = await open(method, path, { body, ...(type ? { type } : {}) })
  response.resume()
  const header = response.headers.warning
  return [...(header ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'))
}

describe('a dry run', () => {
  it('shows what would be stored, at the version of what is', async () => {
    await create('a')
    const { resourceVersion } = (await call('GET', `${maps}/a`)).body.metadata
    const version = api.store.version
    const body = { data: { x: '1' } }
    const { body: shown } = await call('PATCH', `${maps}/a?dryRun=All`, { type: merge, body })
    expect(shown).toMatchObject({ data: { x: '1' }, metadata: { resourceVersion } })
    const created = await call('POST', `${maps}?dryRun=All`, { body: configMap('new') })
    expect(created.body.metadata).toMatchObject({ name: 'new', uid: expect.any(String) })
    expect(created.body.metadata).not.toHaveProperty('resourceVersion')
    expect(api.store.version).toBe(version)
    expect((await call('GET', `${maps}/a`)).body.data).toEqual({})
  })

  it('counts the generation it would come to', async () => {
    await call('POST', services, { body: hello })
    const body = { spec: { template: { spec: { timeoutSeconds: 7 } } } }
    const { body: shown } = await call('PATCH', `${services}/hello?dryRun=All`, { type: merge, body })
    expect(shown.metadata.generation).toBe(2)
    expect((await call('GET', `${services}/hello`)).body.metadata.generation).toBe(1)
  })

  it('of a deletion answers and deletes nothing', async () => {
    await create('a')
    const deleted = await call('DELETE', maps, { body: { dryRun: ['All'] } })
    expect(deleted.code).toBe(200)
    expect((await call('GET', `${maps}/a`)).code).toBe(200)
  })
})

describe('field validation', () => {
  const wrong = { ...configMap('a'), x: 1, data: { y: '1' } }

  it('warns of unknown fields and drops them, unless it is asked otherwise', async () => {
    expect(await warned('POST', maps, wrong)).toEqual(['unknown field "x"'])
    expect((await call('GET', `${maps}/a`)).body).toMatchObject({ data: { y: '1' } })
    expect((await call('GET', `${maps}/a`)).body).not.toHaveProperty('x')
  })

  it.each([
    ['Ignore', [], 201],
    ['Warn', ['unknown field "x"'], 201],
    ['Strict', [], 400],
  ])('%s', async (validation, warnings, code) => {
    const path = `${maps}?fieldValidation=${validation}&dryRun=All`
    expect(await warned('POST', path, wrong)).toEqual(warnings)
    expect((await call('POST', path, { body: wrong })).code).toBe(code)
  })

  it('of another name is refused', async () => {
    expect(await call('POST', `${maps}?fieldValidation=Maybe`, { body: wrong })).toMatchObject({
      code: 400,
      body: { message: 'fieldValidation: Unsupported value: "Maybe": supported values: "Ignore", "Strict", "Warn"' },
    })
  })

  it('warns by patches too', async () => {
    await create('a')
    expect(await warned('PATCH', `${maps}/a`, { y: 2 }, merge)).toEqual(['unknown field "y"'])
  })

  it('says of a trigger what its webhook would', async () => {
    const trigger = {
      ...{ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: { name: 't' } },
      spec: { broker: 'default', subscriber: { uri: 'http://x' }, foo: 1 },
    }
    const path = '/apis/eventing.knative.dev/v1/namespaces/app/triggers'
    expect((await call('POST', path, { body: trigger })).body.message).toContain('json: unknown field "foo"')
  })
})

describe('warnings', () => {
  it('are those of Knative about what is insecure by default', async () => {
    const at = 'spec.template.spec.containers[0].securityContext'
    expect(await warned('POST', services, hello)).toEqual([
      'Kubernetes default value is insecure, Knative may default this to secure in a future release: ' +
        ['allowPrivilegeEscalation', 'capabilities', 'runAsNonRoot', 'seccompProfile']
          .map(field => `${at}.${field}`)
          .join(', '),
    ])
  })

  it.each<[object, object, string[]]>([
    [
      { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      [],
    ],
    [
      { allowPrivilegeEscalation: false, capabilities: { drop: ['all'] }, runAsNonRoot: true, seccompProfile: {} },
      {},
      ['capabilities.drop Must be spelled', 'seccompProfile.type'],
    ],
    [
      { allowPrivilegeEscalation: false, capabilities: {}, runAsNonRoot: true, seccompProfile: { type: 'x' } },
      {},
      ['capabilities.drop'],
    ],
  ])('%j with %j of the pod leaves %j', async (container, pod, fields) => {
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config-features', namespace: 'knative-serving' },
    }
    api.store.create({ ...config, data: { 'kubernetes.podspec-securitycontext': 'enabled' } } as never)
    const spec = { containers: [{ image: 'dev.local/a/b', securityContext: container }], securityContext: pod }
    const warnings = (await warned('POST', services, { ...hello, spec: { template: { spec } } })).join('\n')
    for (const field of fields) expect(warnings).toContain(field.split(' ')[0])
    expect(warnings === '').toBe(fields.length === 0)
  })

  it('are those of Istio about what is never used', async () => {
    const rule = {
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'a' } },
      spec: {
        hosts: ['a.b'],
        http: [{ route: [{ destination: { host: 'x' } }] }, { route: [{ destination: { host: 'x' } }] }],
      },
    }
    const path = '/apis/networking.istio.io/v1/namespaces/app/virtualservices'
    expect(await warned('POST', path, rule)).toEqual([
      'virtualService rule #1 not used (only the last rule can have no matches)',
    ])
  })

  it('stay within what clients take, and are said once', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field-${index}`, 1]))
    const header = await warned('POST', maps, { ...configMap('a'), ...many })
    expect(header.length).toBeGreaterThan(50)
    expect(header.join('').length).toBeLessThan(5_000)
    expect(await warned('POST', maps, { ...configMap('b'), 'fü"\\': 1 })).toEqual(['unknown field "f "\\"'])
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { call, hello, maps, runApi, services } from '../api-under-test.ts'

runApi()

const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const apply = 'application/apply-patch+yaml'
const namespaced = '/api/v1/namespaces/app'

describe('patches', () => {
  beforeEach(() => call('POST', `${namespaced}/services`, { body: service(80) }))
  const service = (port: number) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } },
    spec: { ports: [{ name: 'a', port, targetPort: 1 }] },
  })

  it('of a kind built in merge lists by their keys', async () => {
    const body = {
      spec: {
        ports: [
          { port: 80, targetPort: 2 },
          { name: 'b', port: 81 },
        ],
      },
    }
    const patched = await call('PATCH', `${namespaced}/services/s`, { type: strategic, body })
    expect(patched.body.spec.ports).toMatchObject([
      { name: 'a', port: 80, targetPort: 2 },
      { name: 'b', port: 81 },
    ])
  })

  it('that change nothing leave the version', async () => {
    const before = (await call('GET', `${namespaced}/services/s`)).body
    const same = await call('PATCH', `${namespaced}/services/s?fieldManager=x`, {
      type: merge,
      body: { spec: before.spec },
    })
    expect(same.body).toEqual(before)
  })

  it.each<[string, unknown, number, string]>([
    ['another name', { metadata: { name: 'x' } }, 400, 'a patch may not change'],
    ['another namespace', { metadata: { namespace: 'x' } }, 400, 'a patch may not change'],
    ['another kind', { kind: 'Pod' }, 400, 'a patch may not change'],
    ['an old version', { metadata: { resourceVersion: '1' } }, 409, 'the object has been modified'],
    ['another uid', { metadata: { uid: 'x' } }, 409, 'Precondition failed: UID'],
    ['a flawed object', { spec: { ports: [{ port: 0 }] } }, 422, 'must be between 1 and 65535'],
  ])('to %s are refused', async (_, body, code, sentence) => {
    const answer = await call('PATCH', `${namespaced}/services/s`, { type: merge, body })
    expect(answer).toMatchObject({ code, body: { message: expect.stringContaining(sentence) } })
  })

  it('of a status leave the rest', async () => {
    await call('POST', services, { body: hello })
    const body = { spec: { template: null }, status: { url: 'http://x' } }
    const patched = await call('PATCH', `${services}/hello/status`, { type: merge, body })
    expect(patched.body).toMatchObject({ status: { url: 'http://x' }, spec: { template: { spec: {} } } })
  })
})

describe('server-side apply', () => {
  const map = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data })
  const put = (data: object, query = 'fieldManager=one', path = `${maps}/a`) =>
    call('PATCH', `${path}?${query}`, { type: apply, body: map(data) })

  it('creates, then changes', async () => {
    expect(await put({ a: '1' })).toMatchObject({ code: 201, body: { data: { a: '1' } } })
    expect(await put({ b: '2' })).toMatchObject({ code: 200, body: { data: { b: '2' } } })
    const { managedFields } = (await call('GET', `${maps}/a`)).body.metadata
    expect(managedFields).toMatchObject([{ manager: 'one', operation: 'Apply', fieldsV1: { 'f:data': { 'f:b': {} } } }])
  })

  it('takes YAML', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1"}\n'
    expect((await call('PATCH', `${maps}/a?fieldManager=x`, { type: apply, body })).body.data).toEqual({ x: '1' })
    const broken = await call('PATCH', `${maps}/a?fieldManager=x`, { type: apply, body: 'a: [' })
    expect(broken).toMatchObject({ code: 400, body: { message: expect.stringContaining('is not YAML') } })
  })

  it('conflicts with others, unless by force', async () => {
    await put({ a: '1' })
    expect(await put({ a: '2' }, 'fieldManager=two')).toMatchObject({
      code: 409,
      body: { reason: 'Conflict', details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] } },
    })
    expect(await put({ a: '2' }, 'fieldManager=two&force=true')).toMatchObject({
      code: 200,
      body: { data: { a: '2' } },
    })
  })

  it('knows who wrote otherwise', async () => {
    await call('POST', `${maps}?fieldManager=writer`, { body: map({ a: '1' }) })
    const answer = await put({ a: '2' })
    expect(answer.body.message).toMatch(
      /^Apply failed with 1 conflict: conflict with "writer" using v1 at \S+: \.data\.a$/,
    )
  })

  it.each<[string, string, object, number, string]>([
    ['without a manager', 'x=y', map({}), 422, 'fieldManager: Required value: is required for apply patch'],
    ['of another object', 'fieldManager=x', { ...map({}), metadata: { name: 'b' } }, 400, 'is not ConfigMap app/a'],
    ['of another kind', 'fieldManager=x', { ...map({}), kind: 'Secret' }, 400, 'is not ConfigMap app/a'],
    ['with an unknown field', 'fieldManager=x&fieldValidation=Strict', { ...map({}), x: 1 }, 400, 'unknown field "x"'],
  ])('%s is refused', async (_, query, body, code, sentence) => {
    // The manager of a client that names none is the one of its user agent; here there is none either.
    const answer = await call('PATCH', `${maps}/a?${query}`, { type: apply, body })
    expect(answer).toMatchObject({ code, body: { message: expect.stringContaining(sentence) } })
  })

  it('of a kind of Knative goes through its webhook', async () => {
    const body = { ...hello, spec: { ...hello.spec, traffic: [{ latestRevision: true, percent: 90 }] } }
    const answer = await call('PATCH', `${services}/hello?fieldManager=x`, { type: apply, body })
    expect(answer).toMatchObject({ code: 400, body: { message: expect.stringContaining('Traffic targets sum to 90') } })
  })
})

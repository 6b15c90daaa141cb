import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { api, call, maps, open, runApi } from '../api-under-test.ts'

runApi()

const authorization = '/apis/authorization.k8s.io/v1'

describe('reviews', () => {
  it.each([
    ['SelfSubjectAccessReview', `${authorization}/selfsubjectaccessreviews`, { allowed: true }],
    ['SubjectAccessReview', `${authorization}/subjectaccessreviews`, { allowed: true }],
    ['LocalSubjectAccessReview', `${authorization}/namespaces/app/localsubjectaccessreviews`, { allowed: true }],
    ['SelfSubjectRulesReview', `${authorization}/selfsubjectrulesreviews`, { incomplete: false }],
    ['SelfSubjectReview', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { userInfo: { username: 'admin' } }],
  ])('%s is answered', async (kind, path, status) => {
    const answer = await call('POST', path, { body: { kind, spec: {} } })
    expect(answer).toMatchObject({ code: 201, body: { kind, status } })
  })

  it.each(['GET', 'DELETE', 'PUT'])('know no %s', async method => {
    expect((await call(method, `${authorization}/selfsubjectaccessreviews`, { body: {} })).code).toBe(405)
  })

  it('of no object are refused', async () => {
    expect((await call('POST', `${authorization}/selfsubjectaccessreviews`, { body: [] })).code).toBe(400)
  })
})

describe('bodies in protobuf', () => {
  const written: { kind: string; base64: string; json: object }[] = JSON.parse(
    readFileSync(new URL('../../../test/golden/protobuf.json', import.meta.url), 'utf8'),
  )

  /** Sends an object as Go's client library wrote it. */
  async function send(kind: string, method: string, path: string) {
    const bytes = Buffer.from(written.find(one => one.kind === kind)?.base64 ?? '', 'base64')
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf', 'transfer-encoding': 'chunked' }
    const response = await open(method, path, { headers, bytes })
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return { code: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }
  }

  it.each<[string, string, object]>([
    ['Namespace', '/api/v1/namespaces', { kind: 'Namespace', status: { phase: 'Active' } }],
    ['ConfigMap', maps, { data: { a: '1', b: 'ü\n' }, binaryData: { c: 'AAH/' }, immutable: false }],
    ['Secret', '/api/v1/namespaces/app/secrets', { type: 'Opaque', data: { p: 'cQ==' } }],
    ['ServiceAccount', '/api/v1/namespaces/app/serviceaccounts', { automountServiceAccountToken: false }],
    ['Service', '/api/v1/namespaces/app/services', { spec: { ports: [{ targetPort: 8080 }, { targetPort: 'web' }] } }],
    ['Event', '/api/v1/namespaces/app/events', { reason: 'R', count: 2, eventTime: '2026-11-21T08:30:57.123456Z' }],
  ])('%s is created and answered as JSON', async (kind, path, wanted) => {
    const { code, body } = await send(kind, 'POST', path)
    expect({ code, body }).toMatchObject({ code: 201, body: { metadata: { name: 'a' }, ...wanted } })
  })

  it('DeleteOptions count as those of JSON', async () => {
    await send('Namespace', 'POST', '/api/v1/namespaces')
    // They hold the uid of another object.
    expect(await send('DeleteOptions', 'DELETE', '/api/v1/namespaces/a')).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('the UID in the precondition (u) does not match') },
    })
  })

  it('a review is answered', async () => {
    const path = `${authorization}/selfsubjectaccessreviews`
    expect(await send('SelfSubjectAccessReview', 'POST', path)).toMatchObject({
      code: 201,
      body: { spec: { resourceAttributes: { verb: 'create' } }, status: { allowed: true } },
    })
    expect(api.logged).toEqual([])
  })
})

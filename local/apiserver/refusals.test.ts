import { describe, expect, it } from 'vitest'
import { api, call, configMap, create, maps, type Options, runApi, services } from './api-under-test.ts'
import { largestBody } from './http/body.ts'

runApi()

describe('a refusal is a Status', () => {
  it.each<[string, string, string, Options, number, string]>([
    ['JSON that is none', 'POST', maps, { body: '{"a":' }, 400, 'is not JSON'],
    ['no body', 'POST', maps, {}, 400, 'is not an object of kind ConfigMap'],
    ['a body that is a list', 'POST', maps, { body: [] }, 400, 'is not an object'],
    ['metadata that is no object', 'POST', maps, { body: { metadata: 'x' } }, 400, 'metadata: expected object'],
    [
      'another kind',
      'POST',
      maps,
      { body: { ...configMap('a'), kind: 'Secret' } },
      400,
      'the kind in the data (Secret)',
    ],
    [
      'another version',
      'POST',
      maps,
      { body: { ...configMap('a'), apiVersion: 'v2' } },
      400,
      'the API version in the data (v2)',
    ],
    [
      'another namespace',
      'POST',
      maps,
      { body: configMap('a', { namespace: 'other' }) },
      400,
      'the namespace of the provided object (other)',
    ],
    ['another name', 'PUT', `${maps}/a`, { body: configMap('b') }, 400, 'the name of the object (b)'],
    [
      'an unknown field',
      'POST',
      `${maps}?fieldValidation=Strict`,
      { body: { ...configMap('a'), x: 1 } },
      400,
      'unknown field "x"',
    ],
    [
      'a wrong type of a kind built in',
      'POST',
      maps,
      { body: { ...configMap('a'), data: 1 } },
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      'a wrong type below one',
      'POST',
      maps,
      { body: { ...configMap('a'), data: { x: 1 } } },
      400,
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'a wrong type of a port',
      'POST',
      maps.replace('configmaps', 'services'),
      { body: { metadata: { name: 'a' }, spec: { ports: [{ port: '80' }] } } },
      400,
      'json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      'an unknown namespace',
      'POST',
      maps.replace('app', 'nowhere'),
      { body: configMap('a') },
      404,
      'namespaces "nowhere" not found',
    ],
    [
      'a body nested without end',
      'POST',
      maps,
      { body: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
      400,
      'nests deeper',
    ],
    [
      'a strategic patch of a kind that is not built in',
      'PATCH',
      `${services}/a`,
      { type: 'application/strategic-merge-patch+json', body: {} },
      415,
      'application/merge-patch+json',
    ],
    [
      'a merge patch that is a list',
      'PATCH',
      `${maps}/a`,
      { type: 'application/merge-patch+json', body: [] },
      400,
      'a merge patch is',
    ],
    [
      'a JSON patch that is none',
      'PATCH',
      `${maps}/a`,
      { type: 'application/json-patch+json', body: {} },
      400,
      'a JSON patch is',
    ],
    ['a method nobody serves', 'PUT', maps, { body: {} }, 405, 'does not allow this method'],
    ['a subresource nobody serves', 'GET', `${maps}/a/scale`, {}, 404, 'could not find the requested resource'],
    [
      'a stale version',
      'PUT',
      `${maps}/kept`,
      { body: configMap('kept', { resourceVersion: '1' }) },
      409,
      'the object has been modified',
    ],
    [
      'a precondition that fails',
      'DELETE',
      `${maps}/kept`,
      { body: { preconditions: { uid: 'x' } } },
      409,
      'the UID in the precondition (x) does not match the UID in record',
    ],
    ['delete options that are none', 'DELETE', `${maps}/kept`, { body: [] }, 400, 'DeleteOptions'],
    ['a dry run that is no list', 'DELETE', `${maps}/kept`, { body: { dryRun: 'All' } }, 400, 'dryRun: expected array'],
    ['preconditions that are none', 'DELETE', `${maps}/kept`, { body: { preconditions: 1 } }, 400, 'preconditions'],
    ['another dry run of a deletion', 'DELETE', `${maps}/kept`, { body: { dryRun: ['Some'] } }, 400, 'dryRun'],
    ['an unknown propagation', 'DELETE', `${maps}/kept?propagationPolicy=X`, {}, 422, 'propagationPolicy'],
    ['an unknown dry run', 'POST', `${maps}?dryRun=Some`, { body: configMap('a') }, 400, 'dryRun'],
    ['a label selector that is none', 'GET', `${maps}?labelSelector=a%20b`, {}, 400, 'unable to parse requirement'],
    [
      'a field nobody selects by',
      'GET',
      `${maps}?fieldSelector=spec.x%3Dy`,
      {},
      400,
      'field label not supported: spec.x',
    ],
    ['a watch from nowhere', 'GET', `${maps}?watch=1&resourceVersion=x`, {}, 400, 'resourceVersion'],
    ['a watch of no length', 'GET', `${maps}?watch=1&timeoutSeconds=x`, {}, 400, 'timeoutSeconds'],
  ])('%s', async (_, method, path, options, code, sentence) => {
    await create('kept')
    const answer = await call(method, path, options)
    expect(answer).toMatchObject({
      code,
      body: { kind: 'Status', status: 'Failure', code, message: expect.stringContaining(sentence) },
    })
    expect(api.logged).toEqual([])
  })

  it('a body beyond 3 MiB, announced or not', async () => {
    const announced = await call('POST', maps, {
      headers: { 'content-length': String(largestBody + 1), connection: 'close' },
    }).catch(error => error)
    expect(announced.code === 413 || announced instanceof Error).toBe(true)
    const chunked = await call('POST', maps, {
      body: ' '.repeat(largestBody + 1),
      headers: { 'transfer-encoding': 'chunked' },
    }).catch(error => error)
    expect(chunked.code === 413 || chunked.code === 'EPIPE' || chunked.code === 'ECONNRESET').toBe(true)
    expect((await call('GET', '/healthz')).code).toBe(200)
  })
})

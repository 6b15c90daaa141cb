import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { Schema } from '../../api/schema.ts'
import { call, open, runApi } from '../api-under-test.ts'
import { decode } from '../protobuf/decode.ts'
import { messagesOf } from '../protobuf/table.ts'
import { openApiSchema } from './openapi-schema.ts'

runApi()

const document = async (path: string) => (await call('GET', `/openapi/v3/${path}`)).body

describe('OpenAPI v3', () => {
  it('has a document a group and version, under a URL with its hash', async () => {
    const { paths } = await document('')
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['api/v1', 'apis/serving.knative.dev/v1', 'apis/apps/v1', 'apis/networking.istio.io/v1']),
    )
    for (const { serverRelativeURL } of Object.values(paths) as { serverRelativeURL: string }[]) {
      expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/(api|apis\/[\w.]+)\/\w+\?hash=[0-9A-F]{32}$/)
    }
    const { serverRelativeURL } = paths['apis/serving.knative.dev/v1']
    expect((await call('GET', serverRelativeURL)).body.openapi).toBe('3.0.0')
  })

  it('says of each kind what `kubectl explain` looks for', async () => {
    const { components } = await document('apis/serving.knative.dev/v1')
    const service = components.schemas['dev.knative.serving.v1.Service']
    expect(service.description).toMatch(/^A function or program with its traffic/)
    expect(service['x-kubernetes-group-version-kind']).toEqual([
      { group: 'serving.knative.dev', version: 'v1', kind: 'Service' },
    ])
    expect(service.properties.spec.properties.traffic).toMatchObject({
      type: 'array',
      items: { properties: { percent: { type: 'integer', description: expect.stringContaining('share') } } },
    })
  })

  it.each(['post', 'put', 'patch'])('tells by %s that the server validates fields', async verb => {
    const { paths } = await document('api/v1')
    const base = '/api/v1/namespaces/{namespace}/configmaps'
    const operation = paths[verb === 'post' ? base : `${base}/{name}`][verb]
    expect(operation['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'ConfigMap' })
    expect(operation.parameters.map((one: { name: string }) => one.name)).toContain('fieldValidation')
  })

  it('names the schemas of kinds as Kubernetes does', async () => {
    expect(Object.keys((await document('api/v1')).components.schemas)).toContain('io.k8s.api.core.v1.ConfigMap')
    expect(Object.keys((await document('apis/apps/v1')).components.schemas)).toContain('io.k8s.api.apps.v1.Deployment')
  })

  it('knows no other version', async () => {
    expect(await call('GET', '/openapi/v3/apis/serving.knative.dev/v9')).toMatchObject({ code: 404 })
  })

  it.each<[Schema, object]>([
    [
      { type: 'string', enum: ['a', 'b'] },
      { type: 'string', enum: ['a', 'b'] },
    ],
    [{ type: 'integer' }, { type: 'integer', format: 'int64' }],
    [
      { type: 'integer', format: 'int32' },
      { type: 'integer', format: 'int32' },
    ],
    [{ type: 'int-or-string' }, { 'x-kubernetes-int-or-string': true }],
    [
      { type: 'any', description: 'x' },
      { description: 'x', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ],
    [
      { type: 'map', values: { type: 'boolean' } },
      { type: 'object', additionalProperties: { type: 'boolean' } },
    ],
    [
      { type: 'array', items: { type: 'number' } },
      { type: 'array', items: { type: 'number' } },
    ],
    [
      { type: 'object', fields: { a: { type: 'string' } }, required: ['a'] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
  ])('%j reads as OpenAPI', (schema, wanted) => expect(openApiSchema(schema)).toEqual(wanted))
})

describe('OpenAPI v2', () => {
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
  // The fields that kubectl 1.28 looks at, by their numbers in gnostic's OpenAPIv2.proto.
  const messages = messagesOf(`
Document: 1 swagger, 2 info ignored, 8 paths Paths, 9 definitions ignored
Paths: 2 path NamedPathItem[]
NamedPathItem: 1 name, 2 value PathItem
PathItem: 8 patch Operation
Operation: 8 parameters ParametersItem[], 13 vendorExtension NamedAny[]
ParametersItem: 1 parameter Parameter
Parameter: 2 nonBody NonBodyParameter
NonBodyParameter: 3 query Query
Query: 2 in, 4 name, 6 type
NamedAny: 1 name, 2 value Any
Any: 2 yaml
`)

  it('tells old kubectls in protobuf which kinds take fieldValidation', async () => {
    const response = await open('GET', '/openapi/v2', { headers: { accept } })
    expect(response.headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const { swagger, paths } = decode(messages, 'Document', Buffer.concat(chunks)) as {
      swagger: string
      paths: { path: { name: string }[] }
    }
    expect(swagger).toBe('2.0')
    const name = '/apis/serving.knative.dev/v1/namespaces/{namespace}/services/{name}'
    const query = (parameter: string) => ({
      parameter: { nonBody: { query: { in: 'query', name: parameter, type: 'string' } } },
    })
    expect(paths.path.find(one => one.name === name)).toEqual({
      name,
      value: {
        patch: {
          parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(query),
          vendorExtension: [
            {
              name: 'x-kubernetes-group-version-kind',
              value: { yaml: '{"group":"serving.knative.dev","kind":"Service","version":"v1"}' },
            },
          ],
        },
      },
    })
  })

  it('is not given as JSON', async () => {
    const response = await open('GET', '/openapi/v2', { headers: { accept: 'application/json' } })
    expect(response.statusCode).toBe(406)
    expect(JSON.parse(await text(response))).toMatchObject({
      reason: 'NotAcceptable',
      message: expect.stringContaining(accept),
    })
  })
})

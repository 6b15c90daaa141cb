// OpenAPI v3: one document a group and version, made from the kinds' own schemas when somebody asks.
import { createHash } from 'node:crypto'
import type { Kind } from '../../api/kind.ts'
import { anything, objectSchema, type Schema } from '../../api/schema.ts'
import { openApiSchema } from './openapi-schema.ts'

interface GroupVersion {
  group: string
  version: string
}

/** `/openapi/v3`: where the document of each group and version lies. */
export function openApiIndex(kinds: readonly Kind[]): unknown {
  const paths = groupVersions(kinds).map(one => {
    const path = pathOf(one)
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(documentOf(kinds, one))}` }]
  })
  return { paths: Object.fromEntries(paths) }
}

/** `/openapi/v3/apis/G/V` and `/openapi/v3/api/v1`; undefined for a version nobody serves. */
export function openApiDocument(kinds: readonly Kind[], path: string): unknown {
  const found = groupVersions(kinds).find(one => pathOf(one) === path)
  return found && documentOf(kinds, found)
}

function groupVersions(kinds: readonly Kind[]): GroupVersion[] {
  const all = kinds.flatMap(({ group, versions }) => versions.map(version => ({ group, version })))
  return [...new Map(all.map(one => [pathOf(one), one])).values()]
}

function pathOf({ group, version }: GroupVersion): string {
  return group ? `apis/${group}/${version}` : `api/${version}`
}

function hashOf(document: unknown): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 32).toUpperCase()
}

function documentOf(kinds: readonly Kind[], groupVersion: GroupVersion): unknown {
  const { group, version } = groupVersion
  const served = kinds.filter(kind => kind.group === group && kind.versions.includes(version))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.0' },
    paths: Object.fromEntries(served.flatMap(kind => pathsOf(kind, groupVersion))),
    components: { schemas: Object.fromEntries(served.map(kind => schemaOf(kind, groupVersion))) },
  }
}

function schemaOf(kind: Kind, { group, version }: GroupVersion): [string, unknown] {
  const schema: Schema = kind.schema.type === 'object' ? kind.schema : objectSchema({ spec: anything })
  const names = [{ group, version, kind: kind.kind }]
  const described = kind.description ? { description: kind.description } : {}
  return [nameOf(kind, version), { ...openApiSchema(schema), ...described, 'x-kubernetes-group-version-kind': names }]
}

/** `dev.knative.serving.v1.Service`: the group backwards, as Go packages of kinds are named. */
function nameOf({ group, kind }: Kind, version: string): string {
  const own = group === 'apps' ? ['io', 'k8s', 'api', 'apps'] : group.split('.').reverse()
  const parts = group ? own : ['io', 'k8s', 'api', 'core']
  return [...parts, version, kind].join('.')
}

function pathsOf(kind: Kind, groupVersion: GroupVersion): [string, unknown][] {
  const base = `/${pathOf(groupVersion)}`
  const collection = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.plural}` : `${base}/${kind.plural}`
  const gvk = { 'x-kubernetes-group-version-kind': { ...groupVersion, kind: kind.kind } }
  const schema = { $ref: `#/components/schemas/${nameOf(kind, groupVersion.version)}` }
  const content = { 'application/json': { schema } }
  const responses = { 200: { description: 'OK', content } }
  const operation = (action: string) => ({ ...gvk, 'x-kubernetes-action': action, responses })
  const writing = (action: string) => ({ ...operation(action), parameters: writeParameters })
  const body = { requestBody: { content } }
  return [
    [collection, { get: operation('list'), post: { ...writing('post'), ...body } }],
    [
      `${collection}/{name}`,
      {
        get: operation('get'),
        put: { ...writing('put'), ...body },
        patch: writing('patch'),
        delete: operation('delete'),
      },
    ],
  ]
}

// That `fieldValidation` is taken tells kubectl to leave the validation to the server.
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(name => ({
  ...{ name, in: 'query', schema: { type: 'string', uniqueItems: true } },
}))

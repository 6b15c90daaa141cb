import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/kind.ts'
import { createRegistry } from '../../api/registry.ts'
import { collectionPath, namespaceOf, objectPath, qualifiedName } from './kind-paths.ts'

const registry = createRegistry()
function kindOf(apiVersion: string, kind: string): Kind {
  const found = registry.of({ apiVersion, kind })
  if (!found) throw new Error(`no ${kind}`)
  return found
}
const configMap = kindOf('v1', 'ConfigMap')
const namespace = kindOf('v1', 'Namespace')
const service = kindOf('serving.knative.dev/v1', 'Service')
const named = (metadata: object) => ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'a', ...metadata } })

describe('a path', () => {
  it.each([
    ['of all of a kind of the core group', configMap, undefined, '/api/v1/configmaps'],
    ['of those of a namespace', configMap, 'app', '/api/v1/namespaces/app/configmaps'],
    ['of a kind of another group', service, 'app', '/apis/serving.knative.dev/v1/namespaces/app/services'],
    ['of a kind without namespaces', namespace, 'app', '/api/v1/namespaces'],
    ['of a namespace that is no name', configMap, 'a/b', '/api/v1/namespaces/a%2Fb/configmaps'],
  ])('%s', (_, kind, where, path) => expect(collectionPath(kind, where)).toBe(path))

  it('of an object leads nowhere else, whatever its name is', () => {
    expect(objectPath(configMap, 'app', '../pods/x')).toBe('/api/v1/namespaces/app/configmaps/..%2Fpods%2Fx')
  })
})

it.each([
  [configMap, 'configmap/a'],
  [service, 'service.serving.knative.dev/a'],
])('an object is named as kubectl does: %#', (kind, name) => expect(qualifiedName(kind, 'a')).toBe(name))

it.each([
  ['its own', configMap, { namespace: 'app' }, 'app'],
  ['the default one', configMap, {}, 'default'],
  ['none where its kind has none', namespace, { namespace: 'app' }, ''],
])('an object of a manifest goes to a namespace: %s', (_, kind, metadata, where) => {
  expect(namespaceOf(kind, named(metadata))).toBe(where)
})

// The API over the socket, as the ordered apply of manifests needs it: get, and kubectl's client-side apply.
import { applyPatchOf, withLastApplied } from '../../api/apply.ts'
import type { Kind } from '../../api/kind.ts'
import type { Registry } from '../../api/registry.ts'
import { SkiffError, StatusError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ManifestClient } from '../../manifests/apply.ts'
import type { ApiClient } from './api-client.ts'
import { collectionPath, namespaceOf, objectPath } from './kind-paths.ts'

/** A client of `applyManifests` over `api`. */
export function socketClient(api: ApiClient, registry: Registry): ManifestClient {
  const read = async (kind: Kind, namespace: string, name: string) => {
    try {
      return await api.request<KubeObject>('GET', objectPath(kind, namespace, name))
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'NotFound') return undefined
      throw error
    }
  }
  return {
    async get({ group, kind }, namespace, name) {
      const known = registry.kinds.find(one => one.group === group && one.kind === kind)
      if (!known) throw new SkiffError(`the API has no kind "${kind}" in group "${group}"`)
      return api.request<KubeObject>('GET', objectPath(known, namespace, name))
    },
    async apply(object, { dryRun = false, keepTemplate = false } = {}) {
      const kind = registry.of(object)
      if (!kind) throw new SkiffError(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`)
      const namespace = namespaceOf(kind, object)
      const query = dryRun ? '?dryRun=All' : ''
      const current = await read(kind, namespace, object.metadata.name)
      if (!current) {
        await api.request('POST', collectionPath(kind, namespace) + query, withLastApplied(object))
        return { outcome: 'created' }
      }
      const patch = applyPatchOf(current, object, { keepTemplate })
      if (patch === undefined) return { outcome: 'unchanged' }
      const path = objectPath(kind, namespace, object.metadata.name) + query
      await api.request('PATCH', path, patch, 'application/merge-patch+json')
      return { outcome: 'configured' }
    },
  }
}

// Discovery: which groups, versions and resources there are.
import type { Kind } from '../api/kind.ts'
import type { Registry } from '../api/registry.ts'

const writing = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const ofStatus = ['get', 'patch', 'update']

/** `/api` */
export function coreVersions(): unknown {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

/** `/apis` */
export function groupList(registry: Registry): unknown {
  const names = new Set(registry.kinds.map(kind => kind.group).filter(group => group !== ''))
  const groups = [...names].sort().map(group => groupOf(registry, group))
  return { kind: 'APIGroupList', apiVersion: 'v1', groups }
}

/** `/apis/G`; undefined for a group nobody serves. */
export function group(registry: Registry, name: string): unknown {
  const found = name === '' ? undefined : groupOf(registry, name)
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found }
}

/** `/api/v1` and `/apis/G/V`; undefined for a version nobody serves. */
export function resourceList(registry: Registry, group: string, version: string): unknown {
  const kinds = registry.kinds.filter(kind => kind.group === group && kind.versions.includes(version))
  if (kinds.length === 0) return undefined
  const groupVersion = group ? `${group}/${version}` : version
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: kinds.flatMap(resourcesOf) }
}

function groupOf(registry: Registry, name: string): Record<string, unknown> | undefined {
  const kinds = registry.kinds.filter(kind => kind.group === name)
  const names = [...new Set(kinds.flatMap(kind => kind.versions))]
  if (names.length === 0) return undefined
  const versions = names.map(version => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

function resourcesOf(kind: Kind): unknown[] {
  const base = { namespaced: kind.namespaced, kind: kind.kind }
  const short = kind.shortNames ? { shortNames: kind.shortNames } : {}
  const categories = kind.categories ? { categories: kind.categories } : {}
  return [
    { name: kind.plural, singularName: kind.singular, ...base, verbs: writing, ...short, ...categories },
    ...(kind.status ? [{ name: `${kind.plural}/status`, singularName: '', ...base, verbs: ofStatus }] : []),
    ...(kind.kind === 'Pod' ? [{ name: 'pods/log', singularName: '', ...base, verbs: ['get'] }] : []),
  ]
}

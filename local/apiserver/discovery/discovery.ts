// Discovery: which groups, versions and resources there are, document by document or all in one.
import { acceptedTypes, isJson } from '../http/accept.ts'
import type { Resource, Subresource } from './resource.ts'

/** `/api` */
export function coreVersions(): unknown {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

/** `/apis` */
export function groupList(resources: readonly Resource[]): unknown {
  const groups = groupNames(resources).map(name => groupOf(resources, name))
  return { kind: 'APIGroupList', apiVersion: 'v1', groups }
}

/** `/apis/G`; undefined for a group nobody serves. */
export function group(resources: readonly Resource[], name: string): unknown {
  const found = name === '' ? undefined : groupOf(resources, name)
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found }
}

/** `/api/v1` and `/apis/G/V`; undefined for a version nobody serves. */
export function resourceList(resources: readonly Resource[], group: string, version: string): unknown {
  const found = inVersion(resources, group, version)
  if (found.length === 0) return undefined
  const groupVersion = group ? `${group}/${version}` : version
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: found.flatMap(entriesOf) }
}

/** The version of aggregated discovery that a client asks for; undefined when it takes the plain form first. */
export function aggregatedVersion(accept: string | undefined): string | undefined {
  const best = acceptedTypes(accept).find(isJson)
  const { g, v, as } = best?.parameters ?? {}
  return g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && (v === 'v2' || v === 'v2beta1')
    ? v
    : undefined
}

/** `/api` and `/apis` in the aggregated form: everything below in one document. */
export function aggregated(resources: readonly Resource[], core: boolean, version: string): unknown {
  const names = core ? [''] : groupNames(resources)
  const items = names.map(name => ({
    metadata: { name, creationTimestamp: null },
    versions: versionsOf(resources, name).map(each => ({
      version: each,
      resources: inVersion(resources, name, each).map(one => aggregatedEntry(one, each)),
      freshness: 'Current',
    })),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }
}

function groupNames(resources: readonly Resource[]): string[] {
  return [...new Set(resources.map(({ kind }) => kind.group).filter(name => name !== ''))].sort()
}

/** The versions of a group, the stored ones of its first kinds first. */
function versionsOf(resources: readonly Resource[], group: string): string[] {
  return [...new Set(resources.filter(({ kind }) => kind.group === group).flatMap(({ kind }) => kind.versions))]
}

/** By plural, as the real server lists them: `kubectl get all` prints in this order. */
function inVersion(resources: readonly Resource[], group: string, version: string): Resource[] {
  const found = resources.filter(({ kind }) => kind.group === group && kind.versions.includes(version))
  return found.toSorted((a, b) => (a.kind.plural < b.kind.plural ? -1 : 1))
}

function groupOf(resources: readonly Resource[], name: string): Record<string, unknown> | undefined {
  const versions = versionsOf(resources, name).map(version => ({ groupVersion: `${name}/${version}`, version }))
  return versions.length === 0 ? undefined : { name, versions, preferredVersion: versions[0] }
}

function entriesOf({ kind, verbs, subresources }: Resource): unknown[] {
  const base = { namespaced: kind.namespaced, kind: kind.kind }
  const below = subresources.map(({ name, kind: own, verbs: allowed }) => {
    return { name: `${kind.plural}/${name}`, singularName: '', ...base, ...own, verbs: allowed }
  })
  return [{ name: kind.plural, singularName: kind.singular, ...base, verbs, ...namesOf(kind) }, ...below]
}

function aggregatedEntry({ kind, verbs, subresources }: Resource, version: string): unknown {
  const responseKind = { group: kind.group, version, kind: kind.kind }
  const below = subresources.map(({ name, kind: own, verbs: allowed }: Subresource) => {
    return { subresource: name, responseKind: own ?? responseKind, verbs: allowed }
  })
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...namesOf(kind),
    ...(below.length > 0 ? { subresources: below } : {}),
  }
}

function namesOf({ shortNames, categories }: Resource['kind']): Record<string, unknown> {
  return { ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}) }
}

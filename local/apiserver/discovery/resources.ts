// Every resource the API serves, as discovery tells of it: verbs and subresources.
import type { Kind } from '../../api/kind.ts'
import type { Registry } from '../../api/registry.ts'
import type { Computed } from '../computed/computed.ts'
import { reviewKinds } from '../computed/reviews.ts'
import type { Resource, Subresource } from './resource.ts'

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const reading = ['get', 'list', 'watch']
// Writing is named as well, or clients would not even ask and so not hear what to do instead.
const refused = ['create', 'delete', 'patch', 'update', ...reading]

/** The resources of a registry, then those worked out, then the reviews. */
export function resourcesOf(registry: Registry, computed: readonly Computed[]): Resource[] {
  return [
    ...registry.kinds.map(kind => ({ kind, verbs: all, subresources: subresourcesOf(kind) })),
    ...computed.map(({ kind, instead }) => ({ kind, verbs: instead ? refused : reading, subresources: [] })),
    ...reviewKinds.map(kind => ({ kind, verbs: ['create'], subresources: [] })),
  ]
}

const podSubresources: readonly Subresource[] = [
  { name: 'log', verbs: ['get'] },
  { name: 'exec', kind: { group: '', version: 'v1', kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
]

function subresourcesOf(kind: Kind): Subresource[] {
  return [
    ...(kind.status ? [{ name: 'status', verbs: ['get', 'patch', 'update'] }] : []),
    ...(kind.group === '' && kind.kind === 'Pod' ? podSubresources : []),
  ]
}

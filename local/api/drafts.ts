// What becomes of an object that is to be written, before admission sees it: its place, its status, its name.
import { StatusError } from '../kernel/errors.ts'
import type { KubeObject, ObjectKey, ObjectMeta } from '../kernel/object.ts'
import { invalid } from './admission.ts'
import type { Kind } from './kind.ts'
import type { Registry } from './registry.ts'

/** The object under its stored version and, where its kind has one, with its namespace. */
export function placed<T extends KubeObject>(kind: Kind, draft: T): T {
  const apiVersion = kind.group ? `${kind.group}/${kind.versions[0]}` : (kind.versions[0] ?? 'v1')
  const { selfLink: _link, ...metadata } = draft.metadata as T['metadata'] & Record<string, unknown>
  const namespace = kind.namespaced ? { namespace: draft.metadata.namespace || 'default' } : {}
  return { ...draft, apiVersion, metadata: { ...metadata, ...namespace } }
}

/** Where status is a subresource, plain writes do not reach it. */
export function withoutStatus<T extends KubeObject>(kind: Kind, object: T): T {
  if (!kind.status) return object
  const { status: _status, ...rest } = object as T & { status?: unknown }
  return rest as unknown as T
}

/** What is applied under the name of its path. Throws BadRequest where the two disagree. */
export function namedAs<T extends KubeObject>({ kind, namespace, name }: ObjectKey, wanted: T): T {
  const metadata = wanted.metadata ?? { name }
  const named = {
    ...metadata,
    name: metadata.name ?? name,
    ...(namespace ? { namespace: metadata.namespace ?? namespace } : {}),
  }
  if (wanted.kind === kind && named.name === name && (named.namespace ?? '') === namespace) {
    return { ...wanted, metadata: named }
  }
  throw new StatusError('BadRequest', `the applied object is not ${kind} ${namespace ? `${namespace}/` : ''}${name}`)
}

/** Metadata that says nothing but which object it is. */
export const bare = ({ name, namespace }: ObjectMeta): ObjectMeta => ({ name, ...(namespace ? { namespace } : {}) })

/** Throws Invalid when an object that is to go would wait for more than it waits for already. */
export function mustNotWaitForMore(kind: Kind, before: KubeObject, after: KubeObject): void {
  if (!before.metadata.deletionTimestamp) return
  const { finalizers = [] } = before.metadata
  const added = after.metadata.finalizers?.filter(one => !finalizers.includes(one)) ?? []
  if (added.length === 0) return
  const sentence = 'no new finalizers can be added if the object is being deleted, found new finalizers'
  const list = `[]string{${added.map(one => JSON.stringify(one)).join(', ')}}`
  throw invalid(kind, after, [{ path: 'metadata.finalizers', message: `Forbidden: ${sentence} ${list}` }])
}

/** Throws BadRequest when a patch changed what the object is, which is all that it may not change. */
export function mustStay(registry: Registry, before: KubeObject, after: KubeObject): void {
  const same = (field: 'name' | 'namespace') => before.metadata[field] === after?.metadata?.[field]
  const sameKind = before.kind === after?.kind && registry.of(after) === registry.of(before)
  if (sameKind && same('name') && same('namespace')) return
  throw new StatusError('BadRequest', 'a patch may not change apiVersion, kind, metadata.name or metadata.namespace')
}

/** The refusal of a server-side apply that does not say for whom (Kubernetes' ValidatePatchOptions). */
export function fieldManagerRequired(): StatusError {
  const message = 'Required value: is required for apply patch'
  return new StatusError('Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }],
  })
}

/** Throws Conflict when a deletion is meant for another object, or for an older version of this one. */
export function mustBeMeant(object: KubeObject, wanted: { uid?: string; resourceVersion?: string }): void {
  const { name, uid, resourceVersion } = object.metadata
  const wrongUid = wanted.uid && wanted.uid !== uid
  const wrongVersion = wanted.resourceVersion && wanted.resourceVersion !== resourceVersion
  if (!wrongUid && !wrongVersion) return
  const why = wrongUid
    ? `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    : `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
  const group = object.apiVersion.split('/').at(-2)
  const subject = group ? `${object.kind}.${group}` : object.kind
  throw new StatusError('Conflict', `Operation cannot be fulfilled on ${subject} "${name}": ${why}`)
}

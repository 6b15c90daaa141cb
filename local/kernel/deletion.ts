// What a deletion makes of objects that stay: marks, finalizers taken away, owners forgotten.
import type { KubeObject, ObjectMeta } from './object.ts'

/** The finalizer of an owner that waits for the end of what it owns (Kubernetes' garbage collector). */
export const foregroundDeletion = 'foregroundDeletion'

/** The object as one that is to go; `waits` when its dependents go first. */
export function markedForDeletion(object: KubeObject, now: string, waits: boolean): KubeObject {
  const { finalizers = [] } = object.metadata
  return changed(object, {
    deletionTimestamp: now,
    deletionGracePeriodSeconds: 0,
    ...(waits ? { finalizers: [...finalizers, foregroundDeletion] } : {}),
  })
}

export function withoutFinalizer(object: KubeObject, finalizer: string): KubeObject {
  return changed(object, { finalizers: object.metadata.finalizers?.filter(one => one !== finalizer) ?? [] })
}

export function withoutOwner(dependent: KubeObject, owner: KubeObject): KubeObject {
  const left = dependent.metadata.ownerReferences?.filter(one => one.uid !== owner.metadata.uid) ?? []
  return changed(dependent, { ownerReferences: left })
}

function changed(object: KubeObject, metadata: Partial<ObjectMeta>): KubeObject {
  const copy = structuredClone(object)
  return { ...copy, metadata: { ...copy.metadata, ...metadata } }
}

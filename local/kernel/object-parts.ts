// The parts of an object that the store treats apart: its identity, its status, its content.
import type { GroupKind, KubeObject } from './object.ts'

/** Gives `object` what the store alone decides, from the object it replaces. */
export function keepIdentity(object: KubeObject, before: KubeObject): void {
  const { uid, creationTimestamp, generation, deletionTimestamp } = before.metadata
  Object.assign(object.metadata, { uid, creationTimestamp })
  if (generation) object.metadata.generation = generation
  else delete object.metadata.generation
  if (deletionTimestamp) object.metadata.deletionTimestamp = deletionTimestamp
  else delete object.metadata.deletionTimestamp
}

/** Of Kubernetes' core kinds pods alone count their generations. */
export function countsGenerations({ group, kind }: GroupKind): boolean {
  return group !== '' || kind === 'Pod'
}

export const statusOf = (object: KubeObject): unknown => (object as { status?: unknown }).status

export function setStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete (object as { status?: unknown }).status
  else (object as { status?: unknown }).status = status
}

/** All that a change of counts as a new generation. */
export function content(object: KubeObject): Record<string, unknown> {
  const { metadata: _metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown }
  return rest
}

/** The object apart from its version: what two equal writes have in common. */
export function unversioned(object: KubeObject): unknown {
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } }
}

/** Freezes a JSON value through and through; parts that are frozen already are taken as such. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

/** A copy whose own fields and metadata may be changed. What is frozen through and through is shared, not copied. */
export function draftOf<T extends KubeObject>(object: T): T {
  const draft = copied(object)
  return { ...draft, metadata: { ...draft.metadata } }
}

/** A JSON value's own copy, but for the frozen parts of it. */
export function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) return value.map(copied) as T
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part)])) as T
}

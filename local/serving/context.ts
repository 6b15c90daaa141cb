// What every reconciler of Serving is given, and how they all write.
import type { StatusBase } from '../api/serving/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { equal } from '../kernel/equal.ts'
import type { Log } from '../kernel/log.ts'
import { controllerOf, type KubeObject, type ObjectMeta } from '../kernel/object.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { LiveConfigs } from './config/live.ts'

export interface ServingContext {
  store: ObjectStore
  clock: Clock
  log: Log
  configs: LiveConfigs
  /** The gateway's port for plain HTTP, as clients see it: public URLs carry it unless it is 80. */
  publicPort: number
}

/** An object's metadata and spec as a maker wants them. */
export interface Desired extends KubeObject {
  spec: unknown
}

/** True when `owner` is the controller of `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

/** Makes spec, labels and annotations what `desired` says; an object that is already so is not written. */
export function applyDesired<T extends Desired>(store: ObjectStore, found: T | undefined, desired: T): T {
  if (!found) return store.create(desired)
  const { labels, annotations } = desired.metadata
  const same =
    equal(found.spec, desired.spec) &&
    equal(found.metadata.labels ?? {}, labels ?? {}) &&
    equal(found.metadata.annotations ?? {}, annotations ?? {})
  return same
    ? found
    : store.update({ ...found, spec: desired.spec, metadata: { ...found.metadata, labels, annotations } })
}

/** Writes a status with the generation it was made for; returns the object as it then stands. */
export function writeStatus<T extends KubeObject & { status?: StatusBase }>(
  store: ObjectStore,
  object: T,
  status: T['status'],
): T {
  return store.updateStatus({
    ...object,
    status: withoutAbsent({ ...status, observedGeneration: object.metadata.generation }),
  })
}

function withoutAbsent<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** A map without the keys of which `excluded` holds. */
export function without(map: Record<string, string> | undefined, ...excluded: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !excluded.includes(key)))
}

/** The name and namespace that a queue's key stands for. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** A queue's key. */
export function keyFor({ namespace, name }: Pick<ObjectMeta, 'name' | 'namespace'>): string {
  return `${namespace ?? ''}/${name}`
}

/** Puts a finalizer on an object, or takes it off. */
export function setFinalizer<T extends KubeObject>(
  store: ObjectStore,
  object: T,
  finalizer: string,
  wanted: boolean,
): T {
  const before = object.metadata.finalizers ?? []
  if (before.includes(finalizer) === wanted) return object
  const finalizers = wanted ? [...before, finalizer] : before.filter(one => one !== finalizer)
  return store.update({
    ...object,
    metadata: { ...object.metadata, finalizers: finalizers.length ? finalizers : undefined },
  })
}

// Writes that are tried and forgotten (`dryRun=All`).
import type { Clock } from '../kernel/clock.ts'
import { type KubeObject, keyOf } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import type { Random } from '../kernel/random.ts'

/** What `write` would make of an object: it gets a store that knows nothing but this object, and forgets all. */
export function tried<T extends KubeObject>(
  object: T,
  { store, clock, random }: { store: ObjectStore; clock: Clock; random: Random },
  write: (store: ObjectStore) => T,
): T {
  const key = keyOf(object)
  const before = store.get(key, key.namespace, key.name)
  const load = () => ({ objects: before ? [before] : [], version: store.version })
  const persistence = { load, save() {} }
  return unwritten(write(new ObjectStore({ clock, random, persistence })), before)
}

/** It has the version of the one that stays. */
function unwritten<T extends KubeObject>(object: T, before: KubeObject | undefined): T {
  const { resourceVersion: _new, ...metadata } = object.metadata
  const resourceVersion = before?.metadata.resourceVersion
  return { ...object, metadata: { ...metadata, ...(resourceVersion ? { resourceVersion } : {}) } }
}

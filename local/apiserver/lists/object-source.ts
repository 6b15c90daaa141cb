// Where lists and watches read from: the store, or objects that are worked out when asked for.
import { equal } from '../../kernel/equal.ts'
import { formatKind, type GroupKind, type KubeObject, keyOf } from '../../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../../kernel/object-store.ts'
import type { ListOptions } from '../../kernel/object-table.ts'

/** The reading side of the store. */
export type ObjectSource = Pick<ObjectStore, 'version' | 'since' | 'watch'> & {
  list(kind: GroupKind, options?: ListOptions): KubeObject[]
}

/** Objects that are worked out from others. */
export interface Derived {
  objects(): readonly KubeObject[]
  /** The kinds whose changes may change them; what has none never changes. */
  from?: readonly GroupKind[]
}

/** What `derived` gives at this moment, at the store's version. Changes are found by comparing while somebody watches. */
export function derivedSource(store: ObjectSource, derived: Derived): ObjectSource {
  const objects = () => [...derived.objects()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  return {
    get version() {
      return store.version
    },
    watch: listener => watchDerived(store, derived, listener),
    list: (_kind, { namespace } = {}) =>
      objects().filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    since: version => (store.since(version) ? objects().flatMap(object => changedAfter(version, object)) : undefined),
  }
}

/** What is gone since then is not told: nothing remembers what once followed from objects of the past. */
function changedAfter(version: number, object: KubeObject): StoreEvent[] {
  const changed = Number(object.metadata.resourceVersion)
  return changed > version ? [{ type: 'MODIFIED', object, before: object, version: changed }] : []
}

function watchDerived(
  store: ObjectSource,
  { objects, from = [] }: Derived,
  listener: (event: StoreEvent) => void,
): () => void {
  const kinds = new Set(from.map(formatKind))
  let known = byName(objects())
  let waiting = false
  const compare = () => {
    waiting = false
    const now = byName(objects())
    for (const event of differences(known, now, store.version)) listener(event)
    known = now
  }
  return store.watch(({ object }) => {
    if (waiting || !kinds.has(formatKind(keyOf(object)))) return
    // One comparison for all changes of a turn.
    waiting = true
    queueMicrotask(compare)
  })
}

type Known = ReadonlyMap<string, KubeObject>

function differences(before: Known, after: Known, version: number): StoreEvent[] {
  const gone = [...before].filter(([name]) => !after.has(name))
  return [
    ...gone.map(([, object]): StoreEvent => ({ type: 'DELETED', object: atVersion(object, version), version })),
    ...[...after].flatMap(([name, object]): StoreEvent[] => {
      const known = before.get(name)
      if (!known) return [{ type: 'ADDED', object, version }]
      if (equal(known, object)) return []
      return [{ type: 'MODIFIED', object: atVersion(object, version), before: known, version }]
    }),
  ]
}

function atVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
}

function byName(objects: readonly KubeObject[]): Known {
  return new Map(objects.map(object => [nameOf(object), object]))
}

const nameOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}\0${metadata.name}`

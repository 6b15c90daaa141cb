// Objects by kind and place, and by their owners: what a store finds its objects in.
import { Dependents } from './dependents.ts'
import {
  formatKind,
  type GroupKind,
  groupOf,
  hasLabels,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type OwnerReference,
} from './object.ts'

export interface ListOptions {
  namespace?: string
  labels?: Record<string, string>
}

export class ObjectTable {
  readonly #kinds = new Map<string, Map<string, KubeObject>>()
  /** The places of a kind's objects in order, until one comes or goes: lists are read far more often than that. */
  readonly #sorted = new WeakMap<Map<string, KubeObject>, string[]>()
  readonly #dependents = new Dependents()

  get(kind: GroupKind, namespace: string, name: string): KubeObject | undefined {
    return this.#kinds.get(formatKind(kind))?.get(placeOf(namespace, name))
  }

  /** Sorted by namespace and name. */
  list(kind: GroupKind, { namespace, labels }: ListOptions): KubeObject[] {
    const objects = this.#kinds.get(formatKind(kind))
    if (!objects) return []
    const found: KubeObject[] = []
    for (const place of this.#placesOf(objects)) {
      const object = objects.get(place)
      if (!object || (namespace !== undefined && object.metadata.namespace !== namespace)) continue
      if (!labels || hasLabels(object, labels)) found.push(object)
    }
    return found
  }

  /** Adds an object, or puts it in place of its earlier state. */
  put(object: KubeObject): void {
    const key = keyOf(object)
    const kind = formatKind(key)
    const before = this.get(key, key.namespace, key.name)
    if (before) this.#dependents.remove(before)
    const objects = this.#kinds.get(kind) ?? new Map<string, KubeObject>()
    if (!before) this.#sorted.delete(objects)
    this.#kinds.set(kind, objects.set(placeOf(key.namespace, key.name), object))
    this.#dependents.add(object)
  }

  drop(object: KubeObject): void {
    const key = keyOf(object)
    this.#dependents.remove(object)
    const objects = this.#kinds.get(formatKind(key))
    if (objects?.delete(placeOf(key.namespace, key.name))) this.#sorted.delete(objects)
  }

  /** The objects that name this one as an owner, as they are now: changes meanwhile do not change the list. */
  dependentsOf(owner: KubeObject): ObjectKey[] {
    return this.#dependents.of(owner)
  }

  /** The living object that an owner reference means: one of the dependent's namespace, or of none. */
  ownerOf(dependent: KubeObject, { apiVersion, kind, name, uid }: OwnerReference): KubeObject | undefined {
    const named = { group: groupOf(apiVersion), kind }
    const { namespace = '' } = dependent.metadata
    const found = this.get(named, namespace, name) ?? this.get(named, '', name)
    return found?.metadata.uid === uid ? found : undefined
  }

  #placesOf(objects: Map<string, KubeObject>): readonly string[] {
    const places = this.#sorted.get(objects) ?? [...objects.keys()].sort()
    this.#sorted.set(objects, places)
    return places
  }
}

/** Sorts by namespace, then by name: no character of either comes before the separator. */
const placeOf = (namespace: string, name: string) => `${namespace}\0${name}`

// Which objects name which other as their owner: what follows when that one is deleted.
import { type KubeObject, keyOf, type ObjectKey } from './object.ts'

export class Dependents {
  /** By the owner's uid, then by the dependent's key as text. */
  readonly #byOwner = new Map<string, Map<string, ObjectKey>>()

  add(object: KubeObject): void {
    const key = keyOf(object)
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#byOwner.get(uid) ?? new Map<string, ObjectKey>()
      this.#byOwner.set(uid, dependents.set(textOf(key), key))
    }
  }

  remove(object: KubeObject): void {
    const key = textOf(keyOf(object))
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const dependents = this.#byOwner.get(uid)
      dependents?.delete(key)
      if (dependents?.size === 0) this.#byOwner.delete(uid)
    }
  }

  /** The objects that name `owner`, as they are now: changes meanwhile do not change the list. */
  of(owner: KubeObject): ObjectKey[] {
    return [...(this.#byOwner.get(owner.metadata.uid ?? '')?.values() ?? [])]
  }
}

const textOf = ({ group, kind, namespace, name }: ObjectKey) => `${group}|${kind}|${namespace}|${name}`

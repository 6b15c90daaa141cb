// Keeps what did not change: objects by identity or resourceVersion, and what was compiled from them.
import type { KubeObject } from '../../kernel/object.ts'

/**
 * The same objects, but those that did not change keep the identity they had before, and the list too when nothing did:
 * what was compiled from them is then found by identity.
 */
export function carryOver<T extends KubeObject>(objects: readonly T[], previous: readonly T[]): readonly T[] {
  const before = new Map(previous.map(object => [nameOf(object), object]))
  const kept = objects.map(object => {
    const old = before.get(nameOf(object))
    return old && unchanged(object, old) ? old : object
  })
  return kept.length === previous.length && kept.every((object, index) => object === previous[index]) ? previous : kept
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function unchanged(a: KubeObject, b: KubeObject): boolean {
  if (a === b) return true
  const { resourceVersion, uid } = a.metadata
  return resourceVersion !== undefined && resourceVersion === b.metadata.resourceVersion && uid === b.metadata.uid
}

/** Remembers one result an object, for as long as the object lives and the inputs named are the same. */
export interface Memo<K extends object, T> {
  /** `make` is given the result made from other inputs, to keep what it can of it. */
  get(key: K, inputs: readonly unknown[], make: (previous: T | undefined) => T): T
}

export function createMemo<K extends object, T>(): Memo<K, T> {
  const entries = new WeakMap<K, { inputs: readonly unknown[]; value: T }>()
  return {
    get(key, inputs, make) {
      const found = entries.get(key)
      if (found && sameItems(found.inputs, inputs)) return found.value
      const value = make(found?.value)
      entries.set(key, { inputs, value })
      return value
    },
  }
}

/** True when both lists hold the same things in the same order, by identity. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

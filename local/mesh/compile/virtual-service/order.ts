// Which of two objects goes first: the older one.
import type { KubeObject } from '../../../kernel/object.ts'

/** By creationTimestamp, then name, then namespace; an object without a stamp, as from a file, goes before all others. */
export function olderFirst(a: KubeObject, b: KubeObject): number {
  return (
    compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '')
  )
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

// Where lists and watches read from: the store, or objects that are worked out when asked for.
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import type { ListOptions, ObjectStore } from '../kernel/object-store.ts'

/** The reading side of the store. */
export type ObjectSource = Pick<ObjectStore, 'version' | 'since' | 'watch'> & {
  list(kind: GroupKind, options?: ListOptions): KubeObject[]
}

/** Objects that `compute` gives at this moment, at the store's version; their changes are not told. */
export function computedSource(store: ObjectSource, compute: () => readonly KubeObject[]): ObjectSource {
  return {
    version: store.version,
    since: () => [],
    watch: () => () => {},
    list: (_kind, { namespace } = {}) =>
      compute().filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
  }
}

// The end of a namespace: nothing new enters, what is in it goes first, and the namespace goes when it is empty.
import { StatusError } from '../kernel/errors.ts'
import type { KubeObject, ObjectKey } from '../kernel/object.ts'
import { keyOf } from '../kernel/object.ts'
import type { DeleteOptions, ObjectStore } from '../kernel/object-store.ts'
import { notFound } from '../kernel/refusals.ts'
import type { Registry } from './registry.ts'

const group = { group: '', kind: 'Namespace' }

/** Keeps a namespace that still holds objects with finalizers; the store takes it away with its removal. */
const finalizer = 'kubernetes'

/** Refuses objects without a namespace to live in, and empties namespaces that are deleted. */
export class NamespaceEnd {
  readonly #store: ObjectStore
  readonly #registry: Registry

  constructor(store: ObjectStore, registry: Registry) {
    this.#store = store
    this.#registry = registry
    store.watch(({ type, object }) => {
      const { namespace } = object.metadata
      // Later, so that every watcher sees this deletion before the one that follows from it.
      if (type === 'DELETED' && namespace) queueMicrotask(() => this.#finish(namespace))
    })
  }

  /** Throws NotFound without the namespace, Forbidden while it ends. */
  mustTake(object: KubeObject): void {
    const { name, namespace = '' } = object.metadata
    const found = this.#store.get(group, '', namespace)
    if (!found) throw notFound({ ...group, namespace: '', name: namespace })
    if (!found.metadata.deletionTimestamp) return
    const sentence = `unable to create new content in namespace ${namespace} because it is being terminated`
    throw new StatusError('Forbidden', `${object.kind} "${name}" is forbidden: ${sentence}`)
  }

  /** Deletes everything in the namespace, then the namespace: at once, or when the last finalizer is gone. */
  end(key: ObjectKey, options: DeleteOptions): KubeObject {
    const before = this.#store.get(group, '', key.name)
    if (!before) throw notFound(key)
    if (!before.metadata.finalizers?.includes(finalizer)) {
      const finalizers = [...(before.metadata.finalizers ?? []), finalizer]
      this.#store.update({ ...before, metadata: { ...before.metadata, finalizers } })
    }
    const marked = this.#store.delete(key, options)
    this.#store.updateStatus({
      ...marked,
      metadata: withoutVersion(marked),
      status: { phase: 'Terminating' },
    } as KubeObject)
    for (const object of this.#contents(key.name)) {
      const inside = keyOf(object)
      if (this.#store.get(inside, inside.namespace, inside.name)) this.#store.delete(inside)
    }
    this.#finish(key.name)
    return this.#store.get(group, '', key.name) ?? marked
  }

  #finish(name: string): void {
    const namespace = this.#store.get(group, '', name)
    if (!namespace?.metadata.deletionTimestamp || this.#contents(name).length > 0) return
    const finalizers = namespace.metadata.finalizers?.filter(one => one !== finalizer) ?? []
    this.#store.update({ ...namespace, metadata: { ...namespace.metadata, finalizers } })
  }

  #contents(namespace: string): KubeObject[] {
    return this.#registry.kinds
      .filter(kind => kind.namespaced)
      .flatMap(kind => this.#store.list({ group: kind.group, kind: kind.kind }, { namespace }))
  }
}

function withoutVersion({ metadata }: KubeObject): KubeObject['metadata'] {
  const { resourceVersion: _version, ...rest } = metadata
  return rest
}

// Keeps the mesh's routes in step with the Ingress objects: one recompilation for all changes of a turn.
import { type Ingress, networking } from './api/networking/types.ts'
import type { ObjectStore } from './kernel/object-store.ts'

export interface RouteFeed {
  /** True once the mesh routes by this version of the Ingress: at once, since asking brings it up to date. */
  programmed(ingress: Ingress): boolean
  stop(): void
}

export function feedRoutes(store: ObjectStore, setIngresses: (ingresses: readonly Ingress[]) => void): RouteFeed {
  const generations = new Map<string, number>()
  let stale = true
  const refresh = () => {
    if (!stale) return
    stale = false
    setIngresses(store.list<Ingress>(networking.ingress))
  }
  const stop = store.watch(({ type, object }) => {
    if (object.kind !== networking.ingress.kind || !object.apiVersion.startsWith(networking.ingress.group)) return
    const { uid = '', generation = 0 } = object.metadata
    if (type === 'MODIFIED' && generations.get(uid) === generation) return
    if (type === 'DELETED') generations.delete(uid)
    else generations.set(uid, generation)
    if (!stale) queueMicrotask(refresh)
    stale = true
  })
  refresh()
  return {
    programmed(ingress) {
      refresh()
      return generations.get(ingress.metadata.uid ?? '') === ingress.metadata.generation
    },
    stop,
  }
}

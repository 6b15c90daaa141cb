// Runs the controllers of the room's kinds: one queue each, fed by what happens in the store.
import type { Clock } from '../../kernel/clock.ts'
import { type ReconcileResult, WorkQueue } from '../../kernel/controller.ts'
import type { Log } from '../../kernel/log.ts'
import { type GroupKind, groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

/** What keeps the objects of one kind in line. */
export interface KindController<T extends KubeObject = KubeObject> {
  kind: GroupKind
  /** Brings everything in line with the object; throwing means: try again later. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to ask for
  reconcile(object: T): ReconcileResult | void
  /** The object, by its key `NAMESPACE/NAME`, is gone. */
  gone?(key: string): void
  /** True when `changed`, another object, may concern `object`. */
  concerns?(object: T, changed: KubeObject): boolean
  /** Ends what it runs beside its objects. */
  stop?(): void | Promise<void>
}

export interface ControllerOptions {
  store: ObjectStore
  clock: Clock
  log: Log
}

export interface Controllers {
  /** Looks at an object again although nothing in the store changed. */
  again(kind: GroupKind, key: string): void
  /** Resolves when all queues are empty. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Starts with everything that is in the store. */
export function startControllers(
  { store, clock, log }: ControllerOptions,
  controllers: readonly KindController[],
): Controllers {
  const queues = controllers.map(controller => queueOf(controller, { store, clock, log }))
  /** What changed in this turn of the event loop, each object once: a start changes thousands, and most concern nobody. */
  const changed = new Map<string, KubeObject>()
  const consider = () => {
    for (const queue of queues) queue.consider([...changed.values()])
    changed.clear()
  }
  const stopWatching = store.watch(({ object }) => {
    if (isRestless(object)) return
    for (const queue of queues) if (is(object, queue.kind)) queue.add(keyOf(object))
    if (changed.size === 0) setImmediate(consider)
    changed.set(`${object.apiVersion}/${object.kind}/${keyOf(object)}`, object)
  })
  for (const queue of queues) queue.addAll()
  return {
    again: (kind, key) => queues.find(queue => same(queue.kind, kind))?.add(key),
    async settled() {
      // What one controller writes may wake the ones before it.
      for (const _round of queues) {
        await endOfTurn()
        for (const queue of queues) await queue.settled()
      }
    },
    async stop() {
      stopWatching()
      changed.clear()
      for (const queue of queues) queue.stop()
      for (const controller of controllers) await controller.stop?.()
    },
  }
}

function queueOf(controller: KindController, { store, clock, log }: ControllerOptions) {
  const { kind } = controller
  const queue = new WorkQueue({ name: kind.kind, clock, log, reconcile })
  function reconcile(key: string): ReconcileResult {
    const [namespace = '', name = ''] = key.split('/')
    const object = store.get(kind, namespace, name)
    if (object) return controller.reconcile(object) ?? undefined
    controller.gone?.(key)
    return undefined
  }
  // What cannot be told is looked at: whoever wrote the change must not suffer from an object that is not as it should be.
  function mayConcern(object: KubeObject, changed: KubeObject): boolean {
    try {
      return controller.concerns?.(object, changed) ?? false
    } catch {
      return true
    }
  }
  return {
    kind,
    add: (key: string) => queue.add(key),
    addAll() {
      for (const object of store.list(kind)) queue.add(keyOf(object))
    },
    /** Looks again at the objects that the change of another one may concern. */
    consider(changed: readonly KubeObject[]) {
      if (!controller.concerns) return
      for (const object of store.list(kind)) {
        if (changed.some(one => one !== object && mayConcern(object, one))) queue.add(keyOf(object))
      }
    },
    settled: () => queue.settled(),
    stop: () => queue.stop(),
  }
}

const endOfTurn = () => new Promise<void>(resolve => setImmediate(resolve))

// Nothing refers to these, and they change with every request.
const isRestless = ({ apiVersion, kind }: KubeObject) => apiVersion === 'v1' && (kind === 'Pod' || kind === 'Event')

const same = (a: GroupKind, b: GroupKind) => a.kind === b.kind && a.group === b.group

/** True when the object is of that kind. */
export function is(object: KubeObject, { group, kind }: GroupKind): boolean {
  return object.kind === kind && groupOf(object.apiVersion) === group
}

/** `NAMESPACE/NAME` */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

// All objects, as etcd and the API machinery keep them: versions, generations, watches with history, finalizers, owners.
import type { Clock } from './clock.ts'
import { foregroundDeletion, markedForDeletion, withoutFinalizer, withoutOwner } from './deletion.ts'
import { equal } from './equal.ts'
import { type GroupKind, type KubeObject, keyOf, type ObjectKey, type OwnerReference, timestamp } from './object.ts'
import {
  content,
  copied,
  countsGenerations,
  draftOf,
  freeze,
  keepIdentity,
  setStatus,
  statusOf,
  unversioned,
} from './object-parts.ts'
import { type ListOptions, ObjectTable } from './object-table.ts'
import { nameSuffix, type Random, uuid } from './random.ts'
import { alreadyExists, modifiedMeanwhile, mustBeUid, notFound } from './refusals.ts'

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object after the change; of a deletion the last state, with the deletion's resourceVersion. */
  object: KubeObject
  /** The object before the change; absent when it was created. */
  before?: KubeObject
  version: number
}

/** Where the store keeps what must survive a restart. */
export interface Persistence {
  load(): { objects: KubeObject[]; version: number }
  /** Called once a change; may write later, in order. */
  save(event: StoreEvent): void
}

export interface DeleteOptions {
  uid?: string
  resourceVersion?: string
  /** Leaves dependents alive and without this owner. */
  orphan?: boolean
  /** Deletes dependents first: the object stays, marked, until the last of them is gone. */
  foreground?: boolean
}

const historyLimit = 5_000

/**
 * The object store. Objects handed out are frozen and shared: change a `structuredClone`.
 * Errors are `StatusError`: NotFound, AlreadyExists, Conflict.
 */
export class ObjectStore {
  readonly #objects = new ObjectTable()
  readonly #watchers = new Set<(event: StoreEvent) => void>()
  readonly #history: StoreEvent[] = []
  readonly #clock: Clock
  readonly #random: Random
  readonly #persistence: Persistence | undefined
  #version = 0

  constructor(options: { clock: Clock; random: Random; persistence?: Persistence }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#persistence = options.persistence
    const loaded = this.#persistence?.load()
    if (!loaded) return
    this.#version = loaded.version
    for (const object of loaded.objects) this.#objects.put(freeze(object))
  }

  /** The version of the newest change, as a list's resourceVersion. */
  get version(): number {
    return this.#version
  }

  get<T extends KubeObject = KubeObject>(kind: GroupKind, namespace: string, name: string): T | undefined {
    return this.#objects.get(kind, namespace, name) as T | undefined
  }

  /** Sorted by namespace and name, as the real API lists. */
  list<T extends KubeObject = KubeObject>(kind: GroupKind, options: ListOptions = {}): T[] {
    return this.#objects.list(kind, options) as T[]
  }

  create<T extends KubeObject>(draft: T): T {
    const object = draftOf(draft)
    const meta = object.metadata
    if (!meta.name && meta.generateName) meta.name = meta.generateName + nameSuffix(this.#random)
    const key = keyOf(object)
    if (this.get(key, key.namespace, key.name)) throw alreadyExists(key)
    meta.uid = uuid(this.#random)
    meta.creationTimestamp = timestamp(this.#clock.now())
    if (countsGenerations(key)) meta.generation = 1
    else delete meta.generation
    delete meta.deletionTimestamp
    return this.#commit('ADDED', object)
  }

  /** Replaces all but status. Counts the generation up when anything outside metadata and status changed. */
  update<T extends KubeObject>(draft: T): T {
    const before = this.#current(draft)
    const object = draftOf(draft)
    keepIdentity(object, before)
    setStatus(object, statusOf(before))
    const { generation } = before.metadata
    if (generation && !equal(content(object), content(before))) object.metadata.generation = generation + 1
    if (object.metadata.deletionTimestamp && !object.metadata.finalizers?.length) return this.#remove(before) as T
    return equal(unversioned(object), unversioned(before)) ? (before as T) : this.#commit('MODIFIED', object)
  }

  /** Replaces status alone. */
  updateStatus<T extends KubeObject>(draft: T): T {
    const before = this.#current(draft)
    if (equal(statusOf(draft), statusOf(before))) return before as T
    const object = draftOf(before)
    setStatus(object, copied(statusOf(draft)))
    return this.#commit('MODIFIED', object as T)
  }

  /** Removes the object, or marks it when something must end before; its dependents follow. Returns the last state. */
  delete(key: ObjectKey, options: DeleteOptions = {}): KubeObject {
    const before = this.#need(key)
    mustBeUid(key, options.uid, before.metadata.uid)
    if (options.orphan) this.#orphan(before)
    const waits = options.foreground === true && this.#objects.dependentsOf(before).length > 0
    if (!waits && !before.metadata.finalizers?.length) return this.#remove(before)
    if (before.metadata.deletionTimestamp) return before
    const marked = this.#commit('MODIFIED', markedForDeletion(before, timestamp(this.#clock.now()), waits))
    if (waits) this.#deleteDependents(before, { foreground: true })
    return marked
  }

  /** Calls `listener` on each change from now on, in order. Returns how to stop. */
  watch(listener: (event: StoreEvent) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  /** The changes after `version`; undefined when they are no longer all remembered (the API answers 410). */
  since(version: number): StoreEvent[] | undefined {
    const first = this.#history[0]
    if (version > this.#version) return undefined
    if (version < this.#version && (!first || version < first.version - 1)) return undefined
    return this.#history.filter(event => event.version > version)
  }

  #current(draft: KubeObject): KubeObject {
    const key = keyOf(draft)
    const before = this.#need(key)
    const { uid, resourceVersion } = draft.metadata
    mustBeUid(key, uid, before.metadata.uid)
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) throw modifiedMeanwhile(key)
    return before
  }

  #need(key: ObjectKey): KubeObject {
    const found = this.get(key, key.namespace, key.name)
    if (!found) throw notFound(key)
    return found
  }

  #commit<T extends KubeObject>(type: StoreEvent['type'], object: T): T {
    const { group, kind, namespace, name } = keyOf(object)
    const before = this.get({ group, kind }, namespace, name)
    object.metadata.resourceVersion = String(++this.#version)
    freeze(object)
    if (type === 'DELETED') this.#objects.drop(object)
    else this.#objects.put(object)
    const event = { type, object, ...(before ? { before } : {}), version: this.#version }
    this.#history.push(event)
    if (this.#history.length > historyLimit * 2) this.#history.splice(0, historyLimit)
    this.#persistence?.save(event)
    for (const watcher of [...this.#watchers]) watcher(event)
    return object
  }

  #remove(before: KubeObject): KubeObject {
    const removed = this.#commit('DELETED', draftOf(before))
    this.#deleteDependents(before)
    for (const owner of before.metadata.ownerReferences ?? []) this.#endForeground(before, owner)
    return removed
  }

  /** What another living object owns as well only loses this owner. */
  #deleteDependents(owner: KubeObject, options: DeleteOptions = {}): void {
    for (const key of this.#objects.dependentsOf(owner)) {
      const dependent = this.get(key, key.namespace, key.name)
      if (!dependent) continue
      const others = dependent.metadata.ownerReferences?.filter(one => one.uid !== owner.metadata.uid) ?? []
      if (others.some(one => this.#objects.ownerOf(dependent, one))) this.update(withoutOwner(dependent, owner))
      else this.delete(key, options)
    }
  }

  /** An owner that only waited for its dependents goes with the last of them. */
  #endForeground(dependent: KubeObject, reference: OwnerReference): void {
    const owner = this.#objects.ownerOf(dependent, reference)
    if (!owner?.metadata.finalizers?.includes(foregroundDeletion)) return
    if (this.#objects.dependentsOf(owner).length === 0) this.update(withoutFinalizer(owner, foregroundDeletion))
  }

  #orphan(owner: KubeObject): void {
    for (const key of this.#objects.dependentsOf(owner)) {
      const dependent = this.get(key, key.namespace, key.name)
      if (dependent) this.update(withoutOwner(dependent, owner))
    }
  }
}

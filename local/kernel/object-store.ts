// All objects, as etcd and the API machinery keep them: versions, generations, watches with history, finalizers, owners.
import type { Clock } from './clock.ts'
import { StatusError } from './errors.ts'
import { formatKind, type GroupKind, hasLabels, type KubeObject, keyOf, type ObjectKey, timestamp } from './object.ts'
import { nameSuffix, type Random, uuid } from './random.ts'

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

export interface ListOptions {
  namespace?: string
  labels?: Record<string, string>
}

export interface DeleteOptions {
  uid?: string
  resourceVersion?: string
  /** Leaves dependents alive and without this owner. */
  orphan?: boolean
}

const historyLimit = 5_000

/**
 * The object store. Objects handed out are frozen and shared: change a `structuredClone`.
 * Errors are `StatusError`: NotFound, AlreadyExists, Conflict.
 */
export class ObjectStore {
  readonly #kinds = new Map<string, Map<string, KubeObject>>()
  readonly #dependents = new Map<string, Set<string>>()
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
    for (const object of loaded.objects) this.#put(freeze(object))
  }

  /** The version of the newest change, as a list's resourceVersion. */
  get version(): number {
    return this.#version
  }

  get<T extends KubeObject = KubeObject>(kind: GroupKind, namespace: string, name: string): T | undefined {
    return this.#kinds.get(formatKind(kind))?.get(`${namespace}/${name}`) as T | undefined
  }

  /** Sorted by namespace and name, as the real API lists. */
  list<T extends KubeObject = KubeObject>(kind: GroupKind, options: ListOptions = {}): T[] {
    const all = [...(this.#kinds.get(formatKind(kind))?.values() ?? [])]
    return all
      .filter(object => options.namespace === undefined || object.metadata.namespace === options.namespace)
      .filter(object => !options.labels || hasLabels(object, options.labels))
      .sort((a, b) => (order(a) < order(b) ? -1 : 1)) as T[]
  }

  create<T extends KubeObject>(draft: T): T {
    const object = structuredClone(draft)
    const meta = object.metadata
    if (!meta.name && meta.generateName) meta.name = meta.generateName + nameSuffix(this.#random)
    const key = keyOf(object)
    if (this.get(key, key.namespace, key.name)) {
      throw new StatusError('AlreadyExists', `${resourceName(key)} "${key.name}" already exists`, { name: key.name })
    }
    meta.uid = uuid(this.#random)
    meta.creationTimestamp = timestamp(this.#clock.now())
    meta.generation = 1
    delete meta.deletionTimestamp
    return this.#commit('ADDED', object)
  }

  /** Replaces all but status. Counts the generation up when anything outside metadata and status changed. */
  update<T extends KubeObject>(draft: T): T {
    const before = this.#current(draft)
    const object = structuredClone(draft)
    keepIdentity(object, before)
    setStatus(object, statusOf(before))
    if (!equal(content(object), content(before))) object.metadata.generation = (before.metadata.generation ?? 1) + 1
    if (object.metadata.deletionTimestamp && !object.metadata.finalizers?.length) return this.#remove(before) as T
    return equal(unversioned(object), unversioned(before)) ? (before as T) : this.#commit('MODIFIED', object)
  }

  /** Replaces status alone. */
  updateStatus<T extends KubeObject>(draft: T): T {
    const before = this.#current(draft)
    if (equal(statusOf(draft), statusOf(before))) return before as T
    const object = structuredClone(before)
    setStatus(object, structuredClone(statusOf(draft)))
    return this.#commit('MODIFIED', object as T)
  }

  /** Removes the object, or marks it when finalizers stand; its dependents follow (background propagation). */
  delete(key: ObjectKey, options: DeleteOptions = {}): KubeObject {
    const before = this.#need(key)
    if (options.uid && options.uid !== before.metadata.uid) throw staleUid(key, options.uid, before.metadata.uid)
    if (options.orphan) this.#orphan(before)
    if (!before.metadata.finalizers?.length) return this.#remove(before)
    if (before.metadata.deletionTimestamp) return before
    const object = structuredClone(before)
    object.metadata.deletionTimestamp = timestamp(this.#clock.now())
    object.metadata.deletionGracePeriodSeconds = 0
    return this.#commit('MODIFIED', object)
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
    if (uid && uid !== before.metadata.uid) throw staleUid(key, uid, before.metadata.uid)
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
      const sentence = 'the object has been modified; please apply your changes to the latest version and try again'
      throw new StatusError(
        'Conflict',
        `Operation cannot be fulfilled on ${resourceName(key)} "${key.name}": ${sentence}`,
      )
    }
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
    if (type === 'DELETED') this.#drop(object)
    else this.#put(object)
    const event = { type, object, ...(before ? { before } : {}), version: this.#version }
    this.#history.push(event)
    if (this.#history.length > historyLimit * 2) this.#history.splice(0, historyLimit)
    this.#persistence?.save(event)
    for (const watcher of [...this.#watchers]) watcher(event)
    return object
  }

  #remove(before: KubeObject): KubeObject {
    const removed = this.#commit('DELETED', structuredClone(before))
    for (const key of [...(this.#dependents.get(before.metadata.uid ?? '') ?? [])]) {
      const dependent = parseKey(key)
      if (this.get(dependent, dependent.namespace, dependent.name)) this.delete(dependent)
    }
    return removed
  }

  #orphan(owner: KubeObject): void {
    for (const key of [...(this.#dependents.get(owner.metadata.uid ?? '') ?? [])]) {
      const { group, kind, namespace, name } = parseKey(key)
      const dependent = this.get({ group, kind }, namespace, name)
      if (!dependent) continue
      const freed = structuredClone(dependent)
      freed.metadata.ownerReferences =
        freed.metadata.ownerReferences?.filter(one => one.uid !== owner.metadata.uid) ?? []
      this.update(freed)
    }
  }

  #put(object: KubeObject): void {
    const key = keyOf(object)
    const kind = formatKind(key)
    const before = this.get(key, key.namespace, key.name)
    if (before) this.#unlink(before)
    const objects = this.#kinds.get(kind) ?? new Map<string, KubeObject>()
    this.#kinds.set(kind, objects.set(`${key.namespace}/${key.name}`, object))
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set()
      this.#dependents.set(owner.uid, dependents.add(formatKey(key)))
    }
  }

  #drop(object: KubeObject): void {
    const key = keyOf(object)
    this.#unlink(object)
    this.#kinds.get(formatKind(key))?.delete(`${key.namespace}/${key.name}`)
  }

  #unlink(object: KubeObject): void {
    const key = formatKey(keyOf(object))
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid)
      dependents?.delete(key)
      if (dependents?.size === 0) this.#dependents.delete(owner.uid)
    }
  }
}

/** The error of a missing object, in the API's words: `services.serving.knative.dev "x" not found`. */
export function notFound(key: ObjectKey): StatusError {
  return new StatusError('NotFound', `${resourceName(key)} "${key.name}" not found`, {
    name: key.name,
    ...(key.group ? { group: key.group } : {}),
    kind: plural(key.kind),
  })
}

/** Structural equality of JSON values; an absent field equals `undefined`. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].every(key => equal(left[key], right[key]))
}

function keepIdentity(object: KubeObject, before: KubeObject): void {
  const { uid, creationTimestamp, generation, deletionTimestamp } = before.metadata
  Object.assign(object.metadata, { uid, creationTimestamp, generation })
  if (deletionTimestamp) object.metadata.deletionTimestamp = deletionTimestamp
  else delete object.metadata.deletionTimestamp
}

const statusOf = (object: KubeObject): unknown => (object as { status?: unknown }).status

function setStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete (object as { status?: unknown }).status
  else (object as { status?: unknown }).status = status
}

function content(object: KubeObject): Record<string, unknown> {
  const { metadata: _metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown }
  return rest
}

function unversioned(object: KubeObject): unknown {
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } }
}

function staleUid(key: ObjectKey, wanted: string, found: string | undefined): StatusError {
  const sentence = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${resourceName(key)} "${key.name}": ${sentence}`)
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

const order = (object: KubeObject) => `${object.metadata.namespace ?? ''}\0${object.metadata.name}`
const formatKey = (key: ObjectKey) => `${key.group}|${key.kind}|${key.namespace}|${key.name}`

function parseKey(key: string): ObjectKey {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('|')
  return { group, kind, namespace, name }
}

/** `services.serving.knative.dev` of a key; the plural is regular for every kind stored here. */
function resourceName({ group, kind }: GroupKind): string {
  return group ? `${plural(kind)}.${group}` : plural(kind)
}

function plural(kind: string): string {
  const lower = kind.toLowerCase()
  if (/(s|x|ch)$/.test(lower)) return lower === 'endpoints' ? lower : `${lower}es`
  return lower.endsWith('y') && !/[aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`
}

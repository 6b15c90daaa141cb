// The API in the process itself: the store behind admission, with the rules of namespaces, patches and apply.
import type { Clock } from '../kernel/clock.ts'
import { StatusError } from '../kernel/errors.ts'
import type { GroupKind, Json, KubeObject, ObjectKey } from '../kernel/object.ts'
import { keyOf } from '../kernel/object.ts'
import type { DeleteOptions, ObjectStore } from '../kernel/object-store.ts'
import type { ListOptions } from '../kernel/object-table.ts'
import { type Random, systemRandom } from '../kernel/random.ts'
import { notFound } from '../kernel/refusals.ts'
import { admit, pruned } from './admission.ts'
import { type ApplyOutcome, type ApplyPatchOptions, applyPatchOf, withLastApplied } from './apply.ts'
import {
  bare,
  fieldManagerRequired,
  mustBeMeant,
  mustNotWaitForMore,
  mustStay,
  namedAs,
  placed,
  withoutStatus,
} from './drafts.ts'
import { tried } from './dry-run.ts'
import type { AdmissionContext, Kind } from './kind.ts'
import { applyFields } from './managed-fields/apply.ts'
import type { Writer } from './managed-fields/managers.ts'
import { recorded, withSettledRecord } from './managed-fields/record.ts'
import { NamespaceEnd } from './namespace-end.ts'
import { type ApplyPatch, applyPatch, type ChangePatch } from './patch.ts'
import type { Registry } from './registry.ts'

export interface ApiClientOptions {
  store: ObjectStore
  registry: Registry
  clock: Clock
  /** Names of dry runs; the system's chance when left out. */
  random?: Random
  /** Who asks; `admin` when left out. */
  user?: string
}

export interface WriteOptions {
  /** Goes through admission and every check, and stores nothing. */
  dryRun?: boolean
  /** What becomes of fields the kind does not have: refused unless it says otherwise, else dropped. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
  /** Hears of what was dropped. */
  warn?(text: string): void
  /** Who writes, for the record of managed fields; without a name none is kept of this write. */
  fieldManager?: string
}

export interface PatchOptions extends WriteOptions {
  /** Patches the status alone. */
  status?: boolean
  /** The version the patch sees the object in; the stored one when left out. */
  apiVersion?: string
}

/**
 * Reads and writes objects as a client of the API server does. Errors are `StatusError`s in the words of a cluster.
 * Objects handed out are frozen and shared.
 */
export class ApiClient {
  readonly registry: Registry
  readonly #store: ObjectStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #user: string
  readonly #namespaces: NamespaceEnd

  constructor(options: ApiClientOptions) {
    this.registry = options.registry
    this.#store = options.store
    this.#clock = options.clock
    this.#random = options.random ?? systemRandom
    this.#user = options.user ?? 'admin'
    this.#namespaces = new NamespaceEnd(options.store, options.registry)
  }

  /** The version of the newest change, as a list's resourceVersion. */
  get version(): number {
    return this.#store.version
  }

  /** Throws NotFound. */
  get<T extends KubeObject = KubeObject>(kind: GroupKind, namespace: string, name: string): T {
    const found = this.#store.get<T>(kind, namespace, name)
    if (!found) throw notFound({ group: kind.group, kind: kind.kind, namespace, name })
    return found
  }

  list<T extends KubeObject = KubeObject>(kind: GroupKind, options: ListOptions = {}): T[] {
    return this.#store.list<T>(kind, options)
  }

  create<T extends KubeObject>(draft: T, options: WriteOptions = {}): T {
    const kind = this.#kindOf(draft)
    if (draft.metadata?.resourceVersion) {
      throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created')
    }
    return this.#insert(kind, recorded(kind, draft, undefined, this.#writer(draft, 'Update', options)), options)
  }

  /** Replaces all but status. With a resourceVersion it must be the newest one (Conflict). */
  update<T extends KubeObject>(draft: T, options: WriteOptions = {}): T {
    const kind = this.#kindOf(draft)
    const key = keyOf(placed(kind, draft))
    const before = this.get<T>(key, key.namespace, key.name)
    const writer = this.#writer(draft, 'Update', options)
    return this.#replace(kind, recorded(kind, draft, before, writer), before, options)
  }

  /** Replaces status alone. */
  updateStatus<T extends KubeObject>(draft: T, options: WriteOptions = {}): T {
    const kind = this.#kindOf(draft)
    if (!kind.status) throw new StatusError('NotFound', 'the server could not find the requested resource')
    const wanted = placed(kind, draft)
    const key = keyOf(wanted)
    const before = this.get<T>(key, key.namespace, key.name)
    const status = (wanted as { status?: unknown }).status
    const { resourceVersion } = wanted.metadata
    const object = { ...before, metadata: { ...before.metadata, resourceVersion }, status } as T
    return this.#write(object, options, store => store.updateStatus(object))
  }

  /** Patches the newest state. */
  patch<T extends KubeObject = KubeObject>(key: ObjectKey, patch: ChangePatch, options: PatchOptions = {}): T {
    const stored = this.get<T>(key, key.namespace, key.name)
    const before = { ...stored, apiVersion: options.apiVersion ?? stored.apiVersion }
    const { strategic } = this.#kindOf(stored)
    const after = applyPatch(before as unknown as Json, patch, strategic) as unknown as T
    mustStay(this.registry, before, after)
    return options.status ? this.updateStatus(after, options) : this.update(after, options)
  }

  /**
   * Server-side apply: creates the object, or merges what `patch` wants of it. Throws Conflict where others manage a
   * field with another value.
   */
  applyFields<T extends KubeObject = KubeObject>(
    key: ObjectKey,
    { patch, force }: ApplyPatch,
    options: PatchOptions = {},
  ): { object: T; created: boolean } {
    const before = this.#store.get<T>(key, key.namespace, key.name)
    const wanted = namedAs(key, patch as unknown as T)
    const kind = this.#kindOf(wanted)
    const clean = this.#pruned(kind, withoutStatus(kind, wanted), options)
    const current = before ?? ({ ...clean, metadata: bare(clean.metadata) } as T)
    const writer = this.#writer(clean, 'Apply', options)
    if (!writer) throw fieldManagerRequired()
    const keys = kind.strategic ?? {}
    const object = applyFields({ ...current, apiVersion: wanted.apiVersion } as T, clean, keys, writer, force)
    if (!before) return { object: this.#insert(kind, object, options), created: true }
    return { object: this.#replace(kind, object, before, options), created: false }
  }

  /** Deletes, with what the object owns; of a namespace everything in it. Returns the last state. */
  delete(key: ObjectKey, options: DeleteOptions & WriteOptions = {}): KubeObject {
    const before = this.get(key, key.namespace, key.name)
    mustBeMeant(before, options)
    if (options.dryRun) return this.#write(before, options, store => store.delete(key, options))
    return key.group === '' && key.kind === 'Namespace'
      ? this.#namespaces.end(key, options)
      : this.#store.delete(key, options)
  }

  /** kubectl's client-side apply: creates, or merges what changed since the last apply. */
  apply<T extends KubeObject>(
    draft: T,
    options: WriteOptions & ApplyPatchOptions = {},
  ): { object: T; outcome: ApplyOutcome } {
    const wanted = placed(this.#kindOf(draft), draft)
    const key = keyOf(wanted)
    const current = this.#store.get<T>(key, key.namespace, key.name)
    if (!current) return { object: this.create(withLastApplied(wanted), options), outcome: 'created' }
    const patch = applyPatchOf(current, wanted, options)
    if (patch === undefined) return { object: current, outcome: 'unchanged' }
    const object = this.patch<T>(key, { type: 'merge', patch }, options)
    const same = object.metadata.resourceVersion === current.metadata.resourceVersion
    return { object, outcome: same ? 'unchanged' : 'configured' }
  }

  #kindOf(object: KubeObject): Kind {
    const kind = this.registry.of(object)
    if (kind) return kind
    throw new StatusError('NotFound', `no matches for kind "${object.kind}" in version "${object.apiVersion}"`)
  }

  #insert<T extends KubeObject>(kind: Kind, draft: T, options: WriteOptions): T {
    if (kind.instead) {
      throw new StatusError('MethodNotAllowed', `nothing starts a ${kind.kind} made by hand: ${kind.instead}`)
    }
    const object = this.#admit(kind, withoutStatus(kind, placed(kind, draft)), options)
    if (kind.namespaced) this.#namespaces.mustTake(object)
    return this.#write(object, options, store => store.create(object)) as T
  }

  #replace<T extends KubeObject>(kind: Kind, draft: T, before: T, options: WriteOptions): T {
    const object = this.#admit(kind, withoutStatus(kind, placed(kind, draft)), options, before)
    mustNotWaitForMore(kind, before, object)
    const written = withSettledRecord(object as T, before)
    return this.#write(written, options, store => store.update(written))
  }

  #writer(
    { apiVersion }: KubeObject,
    operation: Writer['operation'],
    { fieldManager }: WriteOptions,
  ): Writer | undefined {
    return fieldManager ? { manager: fieldManager, operation, apiVersion, now: this.#clock.now() } : undefined
  }

  #pruned<T extends KubeObject>(kind: Kind, draft: T, { fieldValidation, warn }: WriteOptions): T {
    if (fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') return draft
    return pruned(kind, draft, text => fieldValidation === 'Warn' && warn?.(text)) as T
  }

  #admit(kind: Kind, draft: KubeObject, options: WriteOptions, before?: KubeObject): KubeObject {
    const context: AdmissionContext = {
      ...(before ? { before } : {}),
      user: this.#user,
      now: this.#clock.now(),
      config: (namespace, name) => this.config(namespace, name),
    }
    const admitted = admit(kind, this.#pruned(kind, draft, options), context)
    for (const text of options.warn ? (kind.warnings?.(admitted, context) ?? []) : []) options.warn?.(text)
    return admitted
  }

  /** Data of a ConfigMap; empty when there is none. */
  config(namespace: string, name: string): Record<string, string> {
    const found = this.#store.get<KubeObject & { data?: Record<string, string> }>(
      { group: '', kind: 'ConfigMap' },
      namespace,
      name,
    )
    return found?.data ?? {}
  }

  #write<T extends KubeObject>(object: T, { dryRun = false }: WriteOptions, write: (store: ObjectStore) => T): T {
    if (!dryRun) return write(this.#store)
    return tried(object, { store: this.#store, clock: this.#clock, random: this.#random }, write)
  }
}

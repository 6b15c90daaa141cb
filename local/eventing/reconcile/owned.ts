// Objects that a controller makes for another: created as Knative's controller would, and kept as wanted.
import type { AdmissionContext, Kind } from '../../api/kind.ts'
import type { Clock } from '../../kernel/clock.ts'
import { equal } from '../../kernel/equal.ts'
import { controllerOf, groupOf, type KubeObject, type ObjectMeta, ownedBy } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

/** Knative's own name, as its annotations and refusals quote it. */
export const controllerUser = 'system:serviceaccount:knative-eventing:eventing-controller'

export interface Draft extends KubeObject {
  spec?: unknown
  metadata: ObjectMeta
}

/**
 * Creates `draft` as a part of `owner`, or brings the spec of the one that stands there in line; the subscribers of a
 * channel are not the owner's business. Returns it as it is now.
 */
export function ensureOwned<T extends KubeObject>(
  { store, clock }: { store: ObjectStore; clock: Clock },
  kind: Kind,
  owner: KubeObject,
  draft: Draft,
): T {
  const { name, namespace = '' } = draft.metadata
  const key = { group: groupOf(draft.apiVersion), kind: draft.kind }
  const before = store.get<Draft>(key, namespace, name)
  const wanted = structuredClone(draft)
  kind.setDefaults?.(wanted, contextOf(store, clock, before))
  if (!before) {
    wanted.metadata.ownerReferences = [ownedBy(owner)]
    return store.create(wanted) as unknown as T
  }
  if (controllerOf(before)?.uid !== owner.metadata.uid) {
    throw new Error(`${draft.kind} ${namespace}/${name} is not owned by ${owner.kind} ${owner.metadata.name}`)
  }
  const { subscribers } = before.spec as { subscribers?: unknown }
  const spec = { ...(subscribers === undefined ? {} : { subscribers }), ...(wanted.spec as object) }
  if (equal(spec, before.spec)) return before as unknown as T
  return store.update({ ...before, spec } as Draft) as unknown as T
}

/** Deletes the objects of a kind that `owner` controls and that are not named in `kept`. */
export function dropOthers(
  store: ObjectStore,
  kind: { group: string; kind: string },
  owner: KubeObject,
  kept: readonly string[],
): void {
  const namespace = owner.metadata.namespace ?? ''
  for (const object of store.list(kind, { namespace })) {
    const isOwn = controllerOf(object)?.uid === owner.metadata.uid
    if (isOwn && !kept.includes(object.metadata.name)) store.delete({ ...kind, namespace, name: object.metadata.name })
  }
}

function contextOf(store: ObjectStore, clock: Clock, before: KubeObject | undefined): AdmissionContext {
  return {
    ...(before ? { before } : {}),
    user: controllerUser,
    now: clock.now(),
    config(namespace, name) {
      type ConfigMap = KubeObject & { data?: Record<string, string> }
      return store.get<ConfigMap>({ group: '', kind: 'ConfigMap' }, namespace, name)?.data ?? {}
    },
  }
}

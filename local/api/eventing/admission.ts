// What objects of Eventing are given when they come in: who changed them, and the namespaces references leave out.
import { equal } from '../../kernel/equal.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { AdmissionContext } from '../kind.ts'
import type { Destination } from './types.ts'

/** Writes who made the object, and who changed its spec last, under the object's group (knative.dev/pkg webhook). */
export function setUserInfo(object: KubeObject & { spec?: unknown }, context: AdmissionContext): void {
  const before = context.before as (KubeObject & { spec?: unknown }) | undefined
  const old = before?.metadata.annotations
  const group = groupOf(object.apiVersion)
  const [creator, lastModifier] = [`${group}/creator`, `${group}/lastModifier`]
  const changed = !before || !equal(before.spec, object.spec)
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [creator]: old?.[creator] ?? context.user,
    [lastModifier]: (changed ? undefined : old?.[lastModifier]) ?? context.user,
  }
}

/** A reference without namespace means the one of the object that holds it. */
export function setDestinationDefaults(destination: Destination | undefined, holder: KubeObject): void {
  if (destination?.ref) destination.ref.namespace ??= holder.metadata.namespace ?? 'default'
}

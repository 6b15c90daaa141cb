// Who made and last changed an object: the annotations creator and lastModifier, which nobody may forge.

import { equal } from '../../kernel/equal.ts'
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { AdmissionContext } from '../kind.ts'
import { annotations } from './labels.ts'

/** Writes creator and lastModifier; an update that leaves the spec alone keeps both. */
export function setUserInfo(object: KubeObject, { before, user }: AdmissionContext): void {
  if (before && equal(specOf(before), specOf(object))) return
  object.metadata.annotations ??= {}
  if (!before) object.metadata.annotations[annotations.creator] = user
  object.metadata.annotations[annotations.lastModifier] = user
}

/** creator never changes; lastModifier only together with the spec (knative.dev/pkg apis ValidateCreatorAndModifier). */
export function userInfoFlaws(object: KubeObject, before: KubeObject | undefined): FieldError[] {
  if (!before) return []
  const flaws: FieldError[] = []
  if (changed(annotations.creator, object, before)) flaws.push(immutable(annotations.creator))
  const sameSpec = equal(specOf(before), specOf(object))
  if (sameSpec && changed(annotations.lastModifier, object, before)) flaws.push(immutable(annotations.lastModifier))
  return flaws
}

function changed(key: string, object: KubeObject, before: KubeObject): boolean {
  return object.metadata.annotations?.[key] !== before.metadata.annotations?.[key]
}

function immutable(key: string): FieldError {
  return { path: `metadata.annotations.${key}`, message: 'annotation value is immutable' }
}

const specOf = (object: KubeObject): unknown => (object as { spec?: unknown }).spec

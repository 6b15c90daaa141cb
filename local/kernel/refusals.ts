// The store's refusals, in the words of the Kubernetes API.
import { StatusError } from './errors.ts'
import type { GroupKind, ObjectKey } from './object.ts'

/** The error of a missing object, in the API's words: `services.serving.knative.dev "x" not found`. */
export function notFound(key: ObjectKey): StatusError {
  return new StatusError('NotFound', `${resourceName(key)} "${key.name}" not found`, {
    name: key.name,
    ...(key.group ? { group: key.group } : {}),
    kind: plural(key.kind),
  })
}

/** The error of a name that is taken. */
export function alreadyExists(key: ObjectKey): StatusError {
  return new StatusError('AlreadyExists', `${resourceName(key)} "${key.name}" already exists`, { name: key.name })
}

/** The error of a write that knew another version of the object; `why` is a sentence. */
export function conflict(key: ObjectKey, why: string): StatusError {
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${resourceName(key)} "${key.name}": ${why}`)
}

/** The error of a write that began from an older version. */
export function modifiedMeanwhile(key: ObjectKey): StatusError {
  const sentence = 'the object has been modified; please apply your changes to the latest version and try again'
  return conflict(key, sentence)
}

/** Throws Conflict when a write is meant for another object that had the same name. */
export function mustBeUid(key: ObjectKey, wanted: string | undefined, found: string | undefined): void {
  if (!wanted || wanted === found) return
  throw conflict(key, `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`)
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

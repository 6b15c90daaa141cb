// Server-side apply: the wanted fields merged into an object, with conflicts against those who manage them.
import { equal } from '../../kernel/equal.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { FieldSet, Json, KubeObject, ManagedFields } from '../../kernel/object.ts'
import { keyIn, type ListKeys, metadataListKeys } from '../list-keys.ts'
import { formatPath, holds, isEmpty, leavesOf, minus, names, type Path, valueAt, withoutLeaf } from './field-set.ts'
import { entryOf, isWriter, managedSetOf, type Writer, withFields } from './managers.ts'

/** A field that somebody else manages with another value. */
interface Conflict {
  entry: ManagedFields
  leaf: Path
}

/**
 * The object after `wanted` was applied: what the writer applied before and wants no more goes, unless others manage it
 * too. Throws Conflict for fields that others manage with other values, unless `force` takes them over.
 */
export function applyFields<T extends KubeObject>(
  current: T,
  wanted: KubeObject,
  keys: ListKeys,
  writer: Writer,
  force: boolean,
): T {
  const entries = current.metadata.managedFields ?? []
  const fields = managedSetOf(wanted, keys)
  const conflicts = conflictsOf(entries, changedLeaves(current, wanted, fields, keys), writer)
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)
  const own = entries.find(entry => isWriter(entry, writer))
  const others = entries.filter(entry => entry !== own)
  const left = others.map(entry => withFields(entry, minus(entry.fieldsV1, setOf(conflicts, entry)), entry.time))
  const dropped = leavesOf(own?.fieldsV1 ?? {}).filter(
    leaf => !holds(fields, leaf) && !left.some(({ fieldsV1 }) => holds(fieldsV1, leaf)),
  )
  const kept = dropped.reduce(withoutLeaf, current as unknown as Json)
  const merged = mergeFields(kept, wanted as unknown as Json, { ...metadataListKeys, ...keys }) as unknown as T
  const same = own && equal(own.fieldsV1, fields)
  const managedFields = [...left.filter(entry => !isEmpty(entry.fieldsV1)), same ? own : entryOf(writer, fields)]
  return { ...merged, metadata: { ...merged.metadata, managedFields } }
}

/** The fields that would have another value than now. */
function changedLeaves(current: KubeObject, wanted: KubeObject, fields: FieldSet, keys: ListKeys): Path[] {
  const [now, then] = [current, wanted] as unknown as [Json, Json]
  return leavesOf(fields).filter(leaf => {
    const [before, after] = [valueAt(now, leaf), valueAt(then, leaf)]
    return leaf.at(-1) !== '.' && !equal(before, after) && !addsNothing(before, after, keys[namesIn(leaf)])
  })
}

/** Nothing merged into an object, or into a list with keys, leaves it as it is. */
function addsNothing(before: Json | undefined, after: Json | undefined, keys: readonly string[] | undefined): boolean {
  if (Array.isArray(after)) return after.length === 0 && Array.isArray(before) && keys !== undefined
  const isObject = typeof before === 'object' && before !== null && !Array.isArray(before)
  return isObject && typeof after === 'object' && after !== null && Object.keys(after).length === 0
}

/** `spec.ports` of a leaf below it, as lists with keys are named. */
function namesIn(leaf: Path): string {
  return leaf
    .filter(step => step.startsWith('f:'))
    .map(step => step.slice(2))
    .join('.')
}

function conflictsOf(entries: readonly ManagedFields[], changed: readonly Path[], writer: Writer): Conflict[] {
  const others = entries.filter(entry => !isWriter(entry, writer))
  return others.flatMap(entry => changed.filter(leaf => names(entry.fieldsV1, leaf)).map(leaf => ({ entry, leaf })))
}

function setOf(conflicts: readonly Conflict[], entry: ManagedFields): FieldSet {
  const set: FieldSet = {}
  for (const one of conflicts.filter(conflict => conflict.entry === entry)) {
    let at = set
    for (const step of one.leaf) {
      at[step] ??= {}
      at = at[step]
    }
  }
  return set
}

/** In the words of the API server (structured-merge-diff and its field manager). */
function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ entry, leaf }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(entry)}`,
    field: formatPath(leaf),
  }))
  const [first] = causes
  if (causes.length === 1 && first) {
    const sentence = `Apply failed with 1 conflict: ${first.message}: ${first.field}`
    return new StatusError('Conflict', sentence, { causes })
  }
  const managers = [...new Set(conflicts.map(({ entry }) => entry))].sort((a, b) => (a.manager < b.manager ? -1 : 1))
  const parts = managers.map(entry => {
    const paths = conflicts.filter(one => one.entry === entry).map(({ leaf }) => `- ${formatPath(leaf)}`)
    return `conflicts with ${managerText(entry)}:\n${paths.join('\n')}`
  })
  return new StatusError('Conflict', `Apply failed with ${causes.length} conflicts: ${parts.join('\n')}`, { causes })
}

function managerText({ manager, subresource, apiVersion, operation, time }: ManagedFields): string {
  const below = subresource ? ` with subresource "${subresource}"` : ''
  const how = operation === 'Update' ? ` using ${apiVersion}${time ? ` at ${time}` : ''}` : ''
  return `"${manager}"${below}${how}`
}

/** `wanted` over `current`: objects are merged, lists with keys item by item, everything else replaced. */
function mergeFields(current: Json | undefined, wanted: Json, keys: ListKeys, path = ''): Json {
  if (Array.isArray(wanted)) return mergeList(current, wanted, keys, path)
  if (typeof wanted !== 'object' || wanted === null) return wanted
  const base = typeof current === 'object' && current !== null && !Array.isArray(current) ? current : {}
  const merged = Object.entries(wanted).map(([name, value]) => {
    const below = Object.hasOwn(base, name) ? base[name] : undefined
    return [name, mergeFields(below, value, keys, path ? `${path}.${name}` : name)]
  })
  return { ...base, ...Object.fromEntries(merged) }
}

function mergeList(current: Json | undefined, wanted: Json[], keys: ListKeys, path: string): Json {
  const own = keys[path]
  if (!own || !Array.isArray(current)) return wanted
  const idOf = (item: Json) =>
    JSON.stringify(own.length === 0 ? item : own.map(key => keyIn((item ?? {}) as { [key: string]: Json }, key)))
  const items = new Map(current.map(item => [idOf(item), item]))
  for (const item of wanted) items.set(idOf(item), mergeFields(items.get(idOf(item)), item, keys, path))
  return [...items.values()]
}

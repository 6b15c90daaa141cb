// Strategic merge patches: merge patches that know the keys of lists, as Kubernetes' built-in kinds take them.
import { equal } from '../kernel/equal.ts'
import { StatusError } from '../kernel/errors.ts'
import type { Json } from '../kernel/object.ts'
import type { ListKeys } from './list-keys.ts'

type Fields = { [key: string]: Json }

const directive = '$patch'
const deletedValues = '$deleteFromPrimitiveList/'
const order = '$setElementOrder/'
const retained = '$retainKeys'

/** `target` after the patch. Throws BadRequest for directives that are none. */
export function strategicMerge(target: Json | undefined, patch: Json, keys: ListKeys, path = ''): Json {
  if (!isFields(patch)) return patch
  const mode = patch[directive]
  if (mode === 'replace') return without(patch, directive)
  if (mode === 'delete') return {}
  if (mode !== undefined && mode !== 'merge') throw badDirective(mode)
  const merged = new Map(isFields(target) ? Object.entries(target) : [])
  if (Array.isArray(patch[retained])) retain(merged, patch[retained])
  for (const change of Object.entries(patch)) changeField(merged, change, keys, path)
  for (const [name, wanted] of Object.entries(patch)) {
    if (name.startsWith(order)) reorder(merged, name.slice(order.length), wanted, keys, path)
  }
  return Object.fromEntries(merged)
}

function changeField(merged: Map<string, Json>, [name, value]: [string, Json], keys: ListKeys, path: string): void {
  if (name === directive || name === retained || name.startsWith(order)) return
  if (name.startsWith(deletedValues)) removeValues(merged, name.slice(deletedValues.length), value)
  else if (value === null) merged.delete(name)
  else merged.set(name, mergeField(merged.get(name), value, keys, path ? `${path}.${name}` : name))
}

function mergeField(target: Json | undefined, patch: Json, keys: ListKeys, path: string): Json {
  if (!Array.isArray(patch)) return strategicMerge(target, patch, keys, path)
  const own = keys[path]
  const present = Array.isArray(target) ? target : []
  if (!own) return patch
  const [key] = own
  if (key === undefined) return [...present, ...patch.filter(item => !present.some(one => equal(one, item)))]
  return mergeItems(present, patch, key, keys, path)
}

/** Items with the same key are merged, further ones are added; `$patch` deletes one or replaces the list. */
function mergeItems(present: Json[], patch: Json[], key: string, keys: ListKeys, path: string): Json[] {
  const replaces = patch.some(item => isFields(item) && item[directive] === 'replace')
  const items = replaces ? [] : [...present]
  for (const item of patch) {
    if (!isFields(item)) throw new StatusError('BadRequest', `${path}: items of a strategic merge patch are objects`)
    if (item[directive] === 'replace' && item[key] === undefined) continue
    if (item[key] === undefined) throw new StatusError('BadRequest', `${path}: an item of the patch has no ${key}`)
    const at = items.findIndex(one => isFields(one) && one[key] === item[key])
    if (item[directive] === 'delete') {
      if (at >= 0) items.splice(at, 1)
    } else if (at < 0) items.push(strategicMerge(undefined, without(item, directive), keys, path))
    else items[at] = strategicMerge(items[at], item, keys, path)
  }
  return items
}

function removeValues(merged: Map<string, Json>, name: string, values: Json): void {
  const present = merged.get(name)
  if (!Array.isArray(present) || !Array.isArray(values)) return
  merged.set(
    name,
    present.filter(one => !values.some(value => equal(value, one))),
  )
}

/** Items the order names stand as it says; those it does not name keep their places behind them. */
function reorder(merged: Map<string, Json>, name: string, wanted: Json, keys: ListKeys, path: string): void {
  const items = merged.get(name)
  if (!Array.isArray(items) || !Array.isArray(wanted)) return
  const key = keys[path ? `${path}.${name}` : name]?.[0]
  const idOf = (item: Json) => (key !== undefined && isFields(item) ? item[key] : item)
  const rankOf = (item: Json) => {
    const at = wanted.findIndex(one => equal(idOf(one), idOf(item)))
    return at < 0 ? wanted.length : at
  }
  merged.set(
    name,
    items.toSorted((a, b) => rankOf(a) - rankOf(b)),
  )
}

function retain(merged: Map<string, Json>, names: Json[]): void {
  for (const name of [...merged.keys()]) if (!names.includes(name)) merged.delete(name)
}

function badDirective(mode: Json): StatusError {
  return new StatusError('BadRequest', `$patch: "${mode}" is none of "merge", "replace", "delete"`)
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

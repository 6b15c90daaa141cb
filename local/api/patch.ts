// Patches: JSON merge patch (RFC 7386), JSON patch (RFC 6902), strategic ones, and kubectl's three-way merge.

import { equal } from '../kernel/equal.ts'
import { StatusError } from '../kernel/errors.ts'
import type { Json } from '../kernel/object.ts'
import { type ListKeys, metadataListKeys } from './list-keys.ts'
import { strategicMerge } from './strategic-merge.ts'

export interface JsonPatchStep {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  path: string
  from?: string
  value?: Json
}

/** A patch that says what is to change. */
export type ChangePatch =
  | { type: 'merge'; patch: Json }
  | { type: 'strategic'; patch: Json }
  | { type: 'json'; patch: JsonPatchStep[] }

/** A patch that says what its sender wants of an object, be it there or not (server-side apply). */
export interface ApplyPatch {
  type: 'apply'
  patch: { [key: string]: Json }
  /** Takes fields over that others manage with other values. */
  force: boolean
}

export type Patch = ChangePatch | ApplyPatch

/**
 * `target` after the patch; the target is left as it is. `keys` are those of lists, for strategic patches.
 * Throws BadRequest or Invalid when a step cannot be done.
 */
export function applyPatch(target: Json, patch: ChangePatch, keys: ListKeys = {}): Json {
  if (patch.type === 'merge') return mergePatch(target, patch.patch)
  if (patch.type === 'strategic') return strategicMerge(target, patch.patch, { ...metadataListKeys, ...keys })
  return patch.patch.reduce(applyStep, target)
}

/** RFC 7386: objects are merged, null removes, anything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

/**
 * What kubectl's client-side apply sends for a kind without strategic merging: what differs between `current` and
 * `wanted`, and null for what stood in `last` (the annotation of the last apply) and is wanted no more. Arrays are
 * replaced whole. Undefined when nothing is to be done.
 */
export function threeWayMerge(last: Json | undefined, current: Json, wanted: Json): Json | undefined {
  if (!isObject(wanted) || !isObject(current)) return equal(current, wanted) ? undefined : wanted
  const patch = new Map<string, Json>()
  for (const [name, value] of Object.entries(wanted)) {
    const now = own(current, name)
    const change = now === undefined ? value : threeWayMerge(own(last, name), now, value)
    if (change !== undefined && value !== null) patch.set(name, change)
  }
  for (const name of isObject(last) ? Object.keys(last) : []) {
    if (own(wanted, name) === undefined && own(current, name) !== undefined) patch.set(name, null)
  }
  return patch.size > 0 ? Object.fromEntries(patch) : undefined
}

function applyStep(target: Json, step: JsonPatchStep): Json {
  switch (step.op) {
    case 'add':
      return insert(target, pointer(step.path), need(step))
    case 'remove':
      return remove(target, pointer(step.path))
    case 'replace':
      read(target, pointer(step.path))
      return replace(target, pointer(step.path), need(step))
    case 'move':
      return insert(remove(target, pointer(step.from)), pointer(step.path), read(target, pointer(step.from)))
    case 'copy':
      return insert(target, pointer(step.path), read(target, pointer(step.from)))
    case 'test':
      if (equal(read(target, pointer(step.path)), step.value)) return target
      throw new StatusError('Invalid', `testing path ${step.path} failed: the value there is another one`)
    default:
      throw new StatusError('BadRequest', `unknown operation "${(step as { op?: unknown }).op}" in a JSON patch`)
  }
}

function need(step: JsonPatchStep): Json {
  if (step.value !== undefined) return step.value
  throw new StatusError('BadRequest', `the operation "${step.op}" of a JSON patch needs a value: ${step.path}`)
}

/** The segments of a JSON pointer (RFC 6901). */
function pointer(path: string | undefined): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) {
    throw new StatusError('BadRequest', `"${path}" is not a JSON pointer: it starts with a slash, like /spec/traffic/0`)
  }
  return path
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(target: Json, path: string[]): Json {
  return path.reduce((value, part) => child(value, part, path), target)
}

function child(value: Json, part: string, path: string[]): Json {
  const found = Array.isArray(value) ? value[indexIn(value, part, path)] : own(value, part)
  if (found === undefined) throw missing(path)
  return found
}

type Edit = (container: Json, part: string) => Json

/** A copy of `target` in which `edit` changed the container that the path's last segment points into. */
function edited(target: Json, path: string[], edit: Edit, at = 0): Json {
  const part = path[at]
  if (part === undefined) throw missing(path)
  if (at === path.length - 1) return edit(target, part)
  const inner = edited(child(target, part, path), path, edit, at + 1)
  return withChild(target, part, inner, path)
}

function withChild(container: Json, part: string, value: Json, path: string[]): Json {
  if (Array.isArray(container)) return container.with(indexIn(container, part, path), value)
  if (!isObject(container)) throw missing(path)
  return Object.fromEntries(new Map(Object.entries(container)).set(part, value))
}

function insert(target: Json, path: string[], value: Json): Json {
  if (path.length === 0) return value
  return edited(target, path, (container, part) => {
    if (!Array.isArray(container)) return withChild(container, part, value, path)
    const index = part === '-' ? container.length : indexIn(container, part, path, container.length)
    return container.toSpliced(index, 0, value)
  })
}

function replace(target: Json, path: string[], value: Json): Json {
  if (path.length === 0) return value
  return edited(target, path, (container, part) => withChild(container, part, value, path))
}

function remove(target: Json, path: string[]): Json {
  return edited(target, path, (container, part) => {
    child(container, part, path)
    if (Array.isArray(container)) return container.toSpliced(indexIn(container, part, path), 1)
    return Object.fromEntries(Object.entries(container as object).filter(([name]) => name !== part))
  })
}

function indexIn(array: Json[], part: string, path: string[], largest = array.length - 1): number {
  const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN
  if (!(index <= largest)) throw missing(path)
  return index
}

function missing(path: string[]): StatusError {
  return new StatusError('Invalid', `the JSON patch names a path that does not exist: /${path.join('/')}`)
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

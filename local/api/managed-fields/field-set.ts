// Sets of fields as server-side apply writes them (FieldsV1): made of objects, joined, taken apart, and read as paths.
import { equal } from '../../kernel/equal.ts'
import type { FieldSet, Json } from '../../kernel/object.ts'
import { keyIn, type ListKeys } from '../list-keys.ts'

/** A step to a field: a name, the key of a list's item, or a value of a set. */
export type Path = readonly string[]

type Fields = { [key: string]: Json }

/** Every leaf of a value. Lists without keys count as one leaf. */
export function fieldSetOf(value: Json, keys: ListKeys, path = ''): FieldSet {
  if (isFields(value)) {
    const entries = Object.entries(value).map(([name, field]) => [
      `f:${name}`,
      fieldSetOf(field, keys, path ? `${path}.${name}` : name),
    ])
    return Object.fromEntries(entries)
  }
  const own = Array.isArray(value) ? keys[path] : undefined
  if (!own || !Array.isArray(value)) return {}
  return Object.fromEntries(value.map(item => [stepTo(item, own), itemSet(item, keys, path)]))
}

function itemSet(item: Json, keys: ListKeys, path: string): FieldSet {
  return isFields(item) ? { '.': {}, ...fieldSetOf(item, keys, path) } : {}
}

/** `k:{"name":"http"}` of an item with keys, `v:"x"` of a plain value. */
function stepTo(item: Json, own: readonly string[]): string {
  if (own.length === 0 || !isFields(item)) return `v:${JSON.stringify(item)}`
  const present = own.filter(key => keyIn(item, key) !== undefined)
  return `k:${JSON.stringify(Object.fromEntries(present.toSorted().map(key => [key, keyIn(item, key)])))}`
}

/** The paths of all leaves. */
export function leavesOf(set: FieldSet, path: Path = []): Path[] {
  const entries = Object.entries(set)
  if (entries.length === 0) return path.length === 0 ? [] : [path]
  return entries.flatMap(([step, below]) => (step === '.' ? [[...path, step]] : leavesOf(below, [...path, step])))
}

/** A set of these leaves. */
export function setOfLeaves(leaves: readonly Path[]): FieldSet {
  const root: FieldSet = {}
  for (const leaf of leaves) {
    let at = root
    for (const step of leaf) {
      at[step] ??= {}
      at = at[step]
    }
  }
  return root
}

/** True when the set holds the leaf, or one that it lies in or above. */
export function holds(set: FieldSet, leaf: Path): boolean {
  let at: FieldSet = set
  for (const step of leaf) {
    const below = at[step]
    if (!below) return Object.keys(at).length === 0 && at !== set
    at = below
  }
  return true
}

/** True when the set has the leaf itself, or something below it. */
export function names(set: FieldSet, leaf: Path): boolean {
  let at: FieldSet | undefined = set
  for (const step of leaf) at = at?.[step]
  return at !== undefined
}

/** The leaves of the one set that the other does not hold. */
export function minus(set: FieldSet, taken: FieldSet): FieldSet {
  return setOfLeaves(leavesOf(set).filter(leaf => !holds(taken, leaf)))
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0
}

/** What stands at a leaf; undefined when nothing does. */
export function valueAt(value: Json | undefined, [step, ...rest]: Path): Json | undefined {
  if (step === undefined || step === '.') return value
  const below = child(value, step)
  return rest.length === 0 ? below : valueAt(below, rest)
}

function child(value: Json | undefined, step: string): Json | undefined {
  const name = step.slice(2)
  if (step.startsWith('f:')) return isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return Array.isArray(value) ? value.find(item => matches(item, step)) : undefined
}

function matches(item: Json, step: string): boolean {
  const wanted = JSON.parse(step.slice(2)) as Json
  if (step.startsWith('v:')) return equal(item, wanted)
  return (
    isFields(item) && isFields(wanted) && Object.entries(wanted).every(([key, one]) => equal(keyIn(item, key), one))
  )
}

/** The value without what stands at the leaf; containers that this empties stay. */
export function withoutLeaf(value: Json, [step, ...rest]: Path): Json {
  if (step === undefined || step === '.') return value
  const whole = rest.length === 0 || (rest.length === 1 && rest[0] === '.')
  if (step.startsWith('f:')) {
    const name = step.slice(2)
    if (!isFields(value) || !Object.hasOwn(value, name)) return value
    const { [name]: below = null, ...others } = value
    return whole ? others : { ...others, [name]: withoutLeaf(below, rest) }
  }
  if (!Array.isArray(value)) return value
  if (whole) return value.filter(item => !matches(item, step))
  return value.map(item => (matches(item, step) ? withoutLeaf(item, rest) : item))
}

/** A leaf as people read it: `.spec.ports[port=80].name`. */
export function formatPath(path: Path): string {
  return path.map(formatStep).join('')
}

function formatStep(step: string): string {
  if (step.startsWith('f:')) return `.${step.slice(2)}`
  if (step.startsWith('v:')) return `[=${step.slice(2)}]`
  if (step === '.') return ''
  const keys = JSON.parse(step.slice(2)) as Record<string, Json>
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

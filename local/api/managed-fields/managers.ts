// Who manages which fields: what a plain write takes over from others, and what it leaves.
import { equal } from '../../kernel/equal.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { FieldSet, Json, KubeObject, ManagedFields } from '../../kernel/object.ts'
import { timestamp } from '../../kernel/object.ts'
import { type ListKeys, metadataListKeys } from '../list-keys.ts'
import { fieldSetOf, isEmpty, leavesOf, minus, setOfLeaves, valueAt } from './field-set.ts'

/** Whose write it is. */
export interface Writer {
  manager: string
  operation: ManagedFields['operation']
  /** The version of the object that the writer sees. */
  apiVersion: string
  subresource?: string
  /** Milliseconds since the epoch. */
  now: number
}

/** What the API itself decides of an object is managed by nobody. */
const unmanaged = [
  ...['apiVersion', 'kind'].map(name => [`f:${name}`]),
  ...[
    ...['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink'],
    ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'],
  ].map(name => ['f:metadata', `f:${name}`]),
]

/**
 * The record an object carries. An entry without a manager, which clients send to begin anew, is none.
 * Throws BadRequest for what is no record.
 */
export function recordIn({ metadata }: KubeObject): ManagedFields[] | undefined {
  const record: unknown = metadata?.managedFields
  if (record === undefined || record === null) return undefined
  if (Array.isArray(record) && record.every(isEntry)) return record.filter(entry => entry.manager !== undefined)
  const shape = 'a list of entries with manager, operation, apiVersion and fieldsV1'
  throw new StatusError('BadRequest', `metadata.managedFields: expected ${shape}`)
}

function isEntry(entry: unknown): entry is ManagedFields {
  if (typeof entry !== 'object' || entry === null) return false
  const { manager, operation, fieldsV1 } = entry as Partial<ManagedFields>
  if (manager === undefined) return true
  const known = operation === 'Apply' || operation === 'Update'
  return typeof manager === 'string' && known && typeof fieldsV1 === 'object' && fieldsV1 !== null
}

/** The fields of an object that somebody can manage. */
export function managedSetOf(object: KubeObject, keys: ListKeys): FieldSet {
  const all = fieldSetOf(object as unknown as Json, { ...metadataListKeys, ...keys })
  const leaves = leavesOf(all).filter(leaf => !unmanaged.some(path => path.every((step, at) => leaf[at] === step)))
  return setOfLeaves(leaves)
}

/** The entries after a plain write: the writer manages what it added or changed, others no more. */
export function afterUpdate(
  entries: readonly ManagedFields[],
  before: KubeObject | undefined,
  after: KubeObject,
  keys: ListKeys,
  writer: Writer,
): ManagedFields[] {
  const changed = setOfLeaves(leavesOf(managedSetOf(after, keys)).filter(leaf => differs(before, after, leaf)))
  const standing = managedSetOf(after, keys)
  const left = entries.map(entry => {
    const kept = isWriter(entry, writer) ? entry.fieldsV1 : minus(entry.fieldsV1, changed)
    return withFields(entry, intersection(kept, standing), entry.time)
  })
  return joined(left, changed, writer)
}

function differs(before: KubeObject | undefined, after: KubeObject, leaf: readonly string[]): boolean {
  if (!before) return true
  const [one, other] = [before, after].map(object => valueAt(object as unknown as Json, leaf))
  return leaf.at(-1) === '.' ? one === undefined : !equal(one, other)
}

function intersection(set: FieldSet, other: FieldSet): FieldSet {
  return minus(set, minus(set, other))
}

/** The entries with these fields added to the writer's own; entries without fields are dropped. */
function joined(entries: readonly ManagedFields[], added: FieldSet, writer: Writer): ManagedFields[] {
  const own = entries.find(entry => isWriter(entry, writer))
  const others = entries.filter(entry => entry !== own && !isEmpty(entry.fieldsV1))
  const fields = setOfLeaves([...leavesOf(own?.fieldsV1 ?? {}), ...leavesOf(added)])
  if (isEmpty(fields)) return others
  return [...others, isEmpty(added) && own ? withFields(own, fields, own.time) : entryOf(writer, fields)]
}

export function entryOf({ manager, operation, apiVersion, subresource, now }: Writer, fields: FieldSet): ManagedFields {
  const below = subresource ? { subresource } : {}
  return { manager, operation, apiVersion, time: timestamp(now), fieldsType: 'FieldsV1', fieldsV1: fields, ...below }
}

export function withFields(entry: ManagedFields, fieldsV1: FieldSet, time: string | undefined): ManagedFields {
  return { ...entry, fieldsV1, ...(time === undefined ? {} : { time }) }
}

export function isWriter(entry: ManagedFields, { manager, operation, subresource }: Writer): boolean {
  return entry.manager === manager && entry.operation === operation && entry.subresource === subresource
}

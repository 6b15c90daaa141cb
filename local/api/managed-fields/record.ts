// The record of managed fields on an object that is to be written.
import { equal } from '../../kernel/equal.ts'
import type { KubeObject, ManagedFields } from '../../kernel/object.ts'
import { withoutStatus } from '../drafts.ts'
import type { Kind } from '../kind.ts'
import { afterUpdate, recordIn, type Writer } from './managers.ts'

/** The draft with the record of who manages its fields after this write; without a writer the record stays. */
export function recorded<T extends KubeObject>(
  kind: Kind,
  draft: T,
  before: T | undefined,
  writer: Writer | undefined,
): T {
  const given = recordIn(draft)
  const known = before ? (given ?? recordIn(before) ?? []) : []
  const keys = kind.strategic ?? {}
  const entries = writer ? afterUpdate(known, before, withoutStatus(kind, draft), keys, writer) : known
  const { managedFields: _given, ...metadata } = draft.metadata ?? { name: '' }
  return { ...draft, metadata: { ...metadata, ...(entries.length > 0 ? { managedFields: entries } : {}) } }
}

/** A write that changes nothing but the times of the record keeps the record as it was, and so changes nothing. */
export function withSettledRecord<T extends KubeObject>(object: T, before: T): T {
  const record: ManagedFields[] | undefined = equal(untimed(object), untimed(before))
    ? before.metadata.managedFields
    : object.metadata.managedFields
  return { ...object, metadata: { ...object.metadata, ...(record ? { managedFields: record } : {}) } }
}

/** What of an object is not its version, nor when its managers wrote it. */
function untimed({ metadata, ...rest }: KubeObject): unknown {
  const {
    resourceVersion: _version,
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    ...kept
  } = metadata
  const managedFields = metadata.managedFields?.map(({ time: _time, ...entry }) => entry)
  const { status: _status, ...content } = rest as { status?: unknown }
  return { ...content, metadata: { ...kept, managedFields } }
}

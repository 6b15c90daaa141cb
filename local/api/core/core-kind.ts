// What the kinds of Kubernetes' core group share: group, version and the column of the age.
import type { Column, Kind } from '../kind.ts'
import { anything, objectSchema, type Schema } from '../schema.ts'

/** The column every kind of the core group ends with. */
export const ageColumn: Column = { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' }

export type CoreKind = Pick<Kind, 'kind' | 'plural'> &
  Partial<
    Pick<
      Kind,
      | 'description'
      | 'shortNames'
      | 'categories'
      | 'namespaced'
      | 'status'
      | 'columns'
      | 'nameLast'
      | 'strategic'
      | 'instead'
      | 'setDefaults'
      | 'validate'
    >
  > & {
    /** The kind's own top-level fields, `status` aside. */
    fields: Record<string, Schema>
  }

/** A kind of `v1`: namespaced and without a status unless it says otherwise. */
export function coreKind({ fields, ...kind }: CoreKind): Kind {
  return {
    group: '',
    versions: ['v1'],
    singular: kind.kind.toLowerCase(),
    namespaced: true,
    status: false,
    schema: objectSchema(kind.status ? { ...fields, status: anything } : fields),
    columns: [ageColumn],
    strategic: {},
    ...kind,
  }
}

/** The first found of `values`, as kubectl prints what may be missing. */
export function shown(value: string | number | undefined, otherwise = '<none>'): string {
  return value === undefined || value === '' ? otherwise : String(value)
}

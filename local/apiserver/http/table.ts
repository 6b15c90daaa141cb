// Tables as the API server prints them: a kind's printer columns, and a row of cells an object.
import { formatCell } from '../../api/columns.ts'
import type { Column, Kind } from '../../api/kind.ts'
import type { KubeObject } from '../../kernel/object.ts'

/** How much of an object a row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

interface ColumnDefinition {
  name: string
  type: string
  format: string
  description: string
  priority: number
}

const nameColumn: ColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
}

/** Columns and rows of objects of one kind; `shown` gives what a row carries of its object. */
export function tableOf(
  kind: Kind,
  objects: readonly KubeObject[],
  now: number,
  shown?: (object: KubeObject) => unknown,
): { columnDefinitions: ColumnDefinition[]; rows: { cells: unknown[]; object?: unknown }[] } {
  const definitions = kind.columns.map(definitionOf)
  const cells = (object: KubeObject) => kind.columns.map(column => cellOf(column, object, now))
  const name = ({ metadata }: KubeObject) => metadata.name
  return {
    columnDefinitions: kind.nameLast ? [...definitions, { ...nameColumn, priority: 1 }] : [nameColumn, ...definitions],
    rows: objects.map(object => ({
      cells: kind.nameLast ? [...cells(object), name(object)] : [name(object), ...cells(object)],
      ...(shown ? { object: shown(object) } : {}),
    })),
  }
}

function definitionOf({ name, type, description, priority }: Column): ColumnDefinition {
  return { name, type, format: '', description: description ?? name, priority: priority ?? 0 }
}

/** Numbers and booleans stay what they are; what an object does not have is null. */
function cellOf(column: Column, object: KubeObject, now: number): unknown {
  const text = formatCell(column, object, now)
  if (text === '') return null
  if (column.type === 'integer' && /^-?\d+$/.test(text)) return Number(text)
  return column.type === 'boolean' ? text === 'true' : text
}

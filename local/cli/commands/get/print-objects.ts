// Objects as kubectl prints them: tables by printer columns, YAML and JSON with sorted keys, names.
import { stringify } from 'yaml'
import { sorted } from '../../../api/apply.ts'
import { formatCell } from '../../../api/columns.ts'
import type { Column, Kind } from '../../../api/kind.ts'
import type { Json, KubeObject } from '../../../kernel/object.ts'
import { qualifiedName } from '../../client/kind-paths.ts'
import { formatTable } from '../../table.ts'

/** The objects of one kind. */
export interface Found {
  kind: Kind
  objects: readonly KubeObject[]
}

export interface TableOptions {
  /** Columns of priority 1 too. */
  wide: boolean
  withNamespace: boolean
  /** Milliseconds since the epoch, for ages. */
  now: number
}

/** One table a kind that has objects; with several kinds, names say theirs and an empty line stands between. */
export function formatTables(found: readonly Found[], options: TableOptions): string {
  const shown = found.filter(one => one.objects.length > 0)
  return shown.map(one => formatKind(one, options, shown.length > 1)).join('\n')
}

function formatKind({ kind, objects }: Found, options: TableOptions, qualified: boolean): string {
  const columns = kind.columns.filter(column => options.wide || (column.priority ?? 0) === 0)
  const withNamespace = options.withNamespace && kind.namespaced
  const name = ({ metadata }: KubeObject) => (qualified ? qualifiedName(kind, metadata.name) : metadata.name)
  const line = (namespace: string, named: string, cells: readonly string[]) => [
    ...(withNamespace ? [namespace] : []),
    ...(kind.nameLast ? [...cells, ...(options.wide ? [named] : [])] : [named, ...cells]),
  ]
  const rows = objects.map(object => {
    const cells = columns.map(column => formatCell(column, object, options.now))
    return line(object.metadata.namespace ?? '', name(object), cells)
  })
  return formatTable(line('NAMESPACE', 'NAME', headings(columns)), rows)
}

function headings(columns: readonly Column[]): string[] {
  return columns.map(column => column.name.toUpperCase())
}

/** One object, or a `List` of all. */
export function formatObjects(found: readonly Found[], single: boolean): string {
  return `${JSON.stringify(document(found, single), null, 4)}\n`
}

/** One document, or a `List` of all. */
export function formatYaml(found: readonly Found[], single: boolean): string {
  return stringify(document(found, single), { lineWidth: 0 })
}

/** `service.serving.knative.dev/hello`, one a line. */
export function formatNames(found: readonly Found[]): string {
  return found
    .flatMap(({ kind, objects }) => objects.map(one => `${qualifiedName(kind, one.metadata.name)}\n`))
    .join('')
}

function document(found: readonly Found[], single: boolean): Json {
  const objects = found.flatMap(one => one.objects)
  const list = { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }
  return sorted((single ? objects[0] : list) as unknown as Json)
}

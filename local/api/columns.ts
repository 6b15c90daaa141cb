// Cells of a kind's printer columns: the JSONPath subset that CRDs use, read from an object.

import type { KubeObject } from '../kernel/object.ts'
import { formatAge } from './age.ts'
import type { Column } from './kind.ts'

/** The text of one cell; empty when the object has no such value. `now` in milliseconds since the epoch. */
export function formatCell(column: Column, object: KubeObject, now: number): string {
  if (column.cell) return column.cell(object)
  const value = readPath(object, column.path)
  if (value === undefined || value === null) return ''
  if (column.type === 'date') return formatAge(now - Date.parse(String(value)))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * The first value a path such as `.status.conditions[?(@.type=='Ready')].status` names; undefined when there is none.
 * Understood: `.field`, `['field']` and `.escaped\.field`, `[n]`, `[*]` and `[?(@.field=='value')]`.
 */
export function readPath(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown[]>((values, step) => values.flatMap(step), [object])[0]
}

type Step = (value: unknown) => unknown[]

const token =
  /\.((?:[^.[\\]|\\.)+)|\[\?\(\s*@\.([\w.-]+)\s*==\s*(?:'([^']*)'|"([^"]*)")\s*\)\]|\['([^']+)'\]|\[(\d+)\]|\[(\*)\]/y

function stepsOf(path: string): Step[] {
  const text = path.replace(/^\{|\}$/g, '')
  const steps: Step[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const match = token.exec(text)
    if (!match) throw new Error(`not a path of a printer column: ${path}`)
    steps.push(stepOf(match))
  }
  return steps
}

function stepOf([, field, filter, single, double, quoted, index, every]: RegExpExecArray): Step {
  if (filter !== undefined) return value => itemsOf(value).filter(item => member(item, filter) === (single ?? double))
  if (index !== undefined) return value => itemsOf(value).slice(Number(index), Number(index) + 1)
  if (every !== undefined) return itemsOf
  const name = (quoted ?? field ?? '').replaceAll('\\', '')
  return value => present(member(value, name))
}

function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function present(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value]
}

// The checks of a trigger's filters, in the words and with the field paths of Knative's webhook.
import { type Expression, ParseError, parse } from '../../cesql/cesql.ts'
import type { FieldError } from '../../kernel/errors.ts'
import type { SubscriptionsFilter } from './types.ts'

const dialects = ['exact', 'prefix', 'suffix', 'all', 'any', 'not', 'cesql'] as const
type Dialect = (typeof dialects)[number]

// Deeper nesting serves nobody, and each level is a call on the stack.
const maxDepth = 50

/** Flaws of attribute names: letters and digits, a letter first. */
export function attributeNameFlaws(attributes: unknown, path: string): FieldError[] {
  const wrong = Object.keys(recordOf(attributes)).filter(name => !/^[a-z][a-z0-9]*$/.test(name))
  return wrong.map(name => ({
    path: `${path}[${name}]`,
    message: `invalid key name ${JSON.stringify(name)}`,
    details: 'Attribute name must start with a letter and can only contain lowercase alphanumeric',
  }))
}

/** Flaws of a list of filters (eventing pkg/apis/eventing/v1/trigger_validation.go). */
export function filterListFlaws(filters: unknown, path: string, depth = 0): FieldError[] {
  if (filters === undefined || filters === null) return []
  if (!Array.isArray(filters)) return [{ path, message: 'expected a list of filters' }]
  return filters.flatMap((filter, index) => filterFlaws(filter, `${path}[${index}]`, depth))
}

function filterFlaws(filter: unknown, path: string, depth: number): FieldError[] {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
    return [{ path, message: 'expected a filter' }]
  }
  if (depth > maxDepth) return [{ path, message: `filters are nested deeper than ${maxDepth} levels` }]
  const given = filter as SubscriptionsFilter
  const unknown = Object.keys(filter).filter(name => !dialects.includes(name as Dialect))
  return [
    ...unknown.map(name => ({ path: `${path}.${name}`, message: 'unknown field' })),
    ...(dialectsOf(given).length > 1 ? [{ path, message: multipleDialects }] : []),
    ...attributeFlaws(given, path),
    ...filterListFlaws(given.all, `${path}.all`, depth + 1),
    ...filterListFlaws(given.any, `${path}.any`, depth + 1),
    ...(given.not === undefined || given.not === null ? [] : filterFlaws(given.not, `${path}.not`, depth + 1)),
    ...expressionFlaws(given.cesql, `${path}.cesql`),
  ]
}

const multipleDialects = 'multiple dialects found, filters can have only one dialect set'

/** The dialects a filter uses: one, when it is sound; an empty one is none. */
export function dialectsOf(filter: SubscriptionsFilter): Dialect[] {
  return dialects.filter(name => {
    const value = filter[name]
    if (typeof value !== 'object' || value === null || name === 'not') return Boolean(value)
    return Object.keys(value).length > 0
  })
}

function attributeFlaws(filter: SubscriptionsFilter, path: string): FieldError[] {
  return (['exact', 'prefix', 'suffix'] as const).flatMap(name => {
    const values = Object.entries(recordOf(filter[name]))
    const wrong = values.filter(([, value]) => typeof value !== 'string')
    const typeFlaws = wrong.map(([key]) => ({ path: `${path}.${name}[${key}]`, message: 'expected a string' }))
    return [...attributeNameFlaws(filter[name], `${path}.${name}`), ...typeFlaws]
  })
}

function expressionFlaws(expression: unknown, path: string): FieldError[] {
  if (expression === undefined || expression === null || expression === '') return []
  if (typeof expression !== 'string') return [{ path, message: 'expected a string' }]
  const parsed = parseOrError(expression)
  return parsed instanceof ParseError
    ? [{ path, message: `invalid value: ${expression}`, details: parsed.message }]
    : []
}

function parseOrError(expression: string): Expression | ParseError {
  try {
    return parse(expression)
  } catch (error) {
    if (error instanceof ParseError) return error
    throw error
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

// The casts between the three types (section 3.7): total, a failed one gives the zero value and an error.
import type { Value } from './ast.ts'
import type { EvaluationError } from './errors.ts'

export type Type = 'string' | 'integer' | 'boolean'

/** What an evaluation gives: always a value, and the error that made it the one it is. */
export interface Result {
  value: Value
  error?: EvaluationError
}

const zeros: Record<Type, Value> = { string: '', integer: 0, boolean: false }

/** The value of `type` that stands where an error left none. */
export function zeroOf(type: Type): Value {
  return zeros[type]
}

export function typeOf(value: Value): Type {
  if (typeof value === 'number') return 'integer'
  return typeof value === 'string' ? 'string' : 'boolean'
}

/** `value` as `type`. */
export function cast(value: Value, type: Type): Result {
  if (typeOf(value) === type) return { value }
  if (type === 'string') return { value: String(value) }
  if (type === 'integer') return typeof value === 'boolean' ? { value: Number(value) } : integerOf(String(value))
  return typeof value === 'number' ? { value: value !== 0 } : booleanOf(String(value))
}

function integerOf(text: string): Result {
  const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN
  if (value >= -(2 ** 31) && value < 2 ** 31) return { value: value === 0 ? 0 : value }
  return { value: 0, error: { kind: 'cast', message: `${JSON.stringify(text)} is no 32-bit integer` } }
}

function booleanOf(text: string): Result {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
  return { value: false, error: { kind: 'cast', message: `${JSON.stringify(text)} is neither true nor false` } }
}

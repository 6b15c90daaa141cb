// The built-in functions: casts (section 3.7), strings (3.5.1) and ABS (3.5.2). Lengths count characters, not UTF-16 units.
import { type Result, type Type, typeOf } from './cast.ts'

/** A function of one name and arity. Arguments arrive cast to `parameters`, unless a parameter is `any`. */
export interface BuiltIn {
  parameters: readonly (Type | 'any')[]
  /** The type of all arguments after `parameters`; without it there are none. */
  rest?: Type
  returns: Type
  call(values: readonly never[]): Result
}

type TypeOf = { string: string; integer: number; boolean: boolean; any: string | number | boolean }
type Values<T extends readonly (keyof TypeOf)[]> = { readonly [K in keyof T]: TypeOf[T[K]] }

function builtIn<const T extends readonly (Type | 'any')[]>(
  parameters: T,
  returns: Type,
  call: (...values: Values<T>) => Result['value'] | Result,
): BuiltIn {
  return {
    parameters,
    returns,
    call(values) {
      const result = call(...(values as unknown as Values<T>))
      return typeof result === 'object' ? result : { value: result }
    },
  }
}

function variadic(parameters: readonly Type[], call: (...values: string[]) => string): BuiltIn {
  return {
    ...{ parameters, rest: 'string' as const, returns: 'string' as const },
    call: values => ({ value: call(...(values as readonly string[])) }),
  }
}

const functions: Record<string, readonly BuiltIn[]> = {
  INT: [builtIn(['integer'], 'integer', value => value)],
  BOOL: [builtIn(['boolean'], 'boolean', value => value)],
  STRING: [builtIn(['string'], 'string', value => value)],
  IS_INT: [builtIn(['any'], 'boolean', value => /^[+-]?[0-9]+$/.test(String(value)))],
  IS_BOOL: [builtIn(['any'], 'boolean', value => typeOf(value) === 'boolean' || /^(true|false)$/i.test(String(value)))],
  ABS: [builtIn(['integer'], 'integer', absolute)],
  LENGTH: [builtIn(['string'], 'integer', text => [...text].length)],
  CONCAT: [variadic([], (...texts) => texts.join(''))],
  CONCAT_WS: [variadic(['string'], (delimiter = '', ...texts) => texts.join(delimiter))],
  LOWER: [builtIn(['string'], 'string', text => text.toLowerCase())],
  UPPER: [builtIn(['string'], 'string', text => text.toUpperCase())],
  TRIM: [builtIn(['string'], 'string', text => text.trim())],
  LEFT: [builtIn(['string', 'integer'], 'string', (text, count) => part(text, count, all => all.slice(0, count)))],
  RIGHT: [
    builtIn(['string', 'integer'], 'string', (text, count) =>
      part(text, count, all => all.slice(Math.max(0, all.length - count))),
    ),
  ],
  SUBSTRING: [
    builtIn(['string', 'integer'], 'string', (text, from) => substring(text, from, Number.POSITIVE_INFINITY)),
    builtIn(['string', 'integer', 'integer'], 'string', substring),
  ],
}

/** The function of that name (in upper case) that takes `count` arguments. */
export function findFunction(name: string, count: number): BuiltIn | undefined {
  const named = Object.hasOwn(functions, name) ? functions[name] : undefined
  return named?.find(one => (one.rest ? count >= one.parameters.length : count === one.parameters.length))
}

function absolute(value: number): Result {
  if (value !== -(2 ** 31)) return { value: Math.abs(value) }
  return { value: 2 ** 31 - 1, error: { kind: 'math', message: `ABS(${value}) is no 32-bit integer` } }
}

function part(text: string, count: number, take: (characters: string[]) => string[]): Result {
  if (count >= 0) return { value: take([...text]).join('') }
  return { value: text, error: outOfRange(`${count} characters`) }
}

function substring(text: string, from: number, count: number): Result {
  const characters = [...text]
  if (Math.abs(from) > characters.length) return { value: '', error: outOfRange(`position ${from}`) }
  if (count < 0) return { value: '', error: outOfRange(`${count} characters`) }
  if (from === 0) return { value: '' }
  const start = from > 0 ? from - 1 : characters.length + from
  return { value: characters.slice(start, start + count).join('') }
}

const outOfRange = (what: string) => ({ kind: 'functionEvaluation' as const, message: `${what}: out of range` })

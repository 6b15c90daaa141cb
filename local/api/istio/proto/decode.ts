// Strict proto-JSON decoding: what of a spec is no field of its message, or of another type, in the decoder's words.
import type { SchemaFlaw } from '../../schema.ts'
import { readDuration } from './go-duration.ts'
import { type EnumField, type Field, jsonName, type MapField, type Message, type Scalar } from './message.ts'

/** Every unknown field and wrong value below `value`, in document order. Null stands for an empty value. */
export function decodingFlaws(field: Field, value: unknown, path: string): SchemaFlaw[] {
  if (value === null || value === undefined) return []
  switch (field.type) {
    case 'message':
      return isRecord(value) ? messageFlaws(field, value, path) : [unfit(value, rawObject, 'object', path)]
    case 'map':
      return isRecord(value) ? mapFlaws(field, value, path) : [unfit(value, rawObject, 'object', path)]
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((item, index) => decodingFlaws(field.of, item, `${path}[${index}]`))
        : [unfit(value, '[]json.RawMessage', 'array', path)]
    case 'enum':
      return enumFlaws(field, value, path)
    default:
      return scalarFlaws(field, value, path)
  }
}

/** How the decoder names a JSON object it has not looked into yet. */
const rawObject = 'map[string]json.RawMessage'

function messageFlaws(message: Message, value: Record<string, unknown>, path: string): SchemaFlaw[] {
  return Object.entries(value).flatMap(([name, entry]) => {
    const at = path ? `${path}.${name}` : name
    const known = fieldNamed(message, name)
    if (known) return decodingFlaws(known[1], entry, at)
    return [{ path: at, kind: 'unknown' as const, message: `unknown field ${JSON.stringify(name)} in ${message.name}` }]
  })
}

/** A field by its JSON or its proto name, with its JSON name. */
export function fieldNamed({ fields }: Message, name: string): [string, Field] | undefined {
  const field = [name, jsonName(name)].find(one => Object.hasOwn(fields, one))
  return field === undefined ? undefined : [field, fields[field] as Field]
}

function mapFlaws({ of, numbered }: MapField, value: Record<string, unknown>, path: string): SchemaFlaw[] {
  return Object.entries(value).flatMap(([key, entry]) => {
    const at = `${path}[${key}]`
    return [...(numbered ? numberFlaws('uint32', key, at) : []), ...decodingFlaws(of, entry, at)]
  })
}

function enumFlaws({ name, values }: EnumField, value: unknown, path: string): SchemaFlaw[] {
  if (typeof value === 'string') {
    if (values.includes(value)) return []
    return [flaw(`unknown value ${JSON.stringify(JSON.stringify(value))} for enum ${name}`, value, name, path)]
  }
  return Number.isInteger(value) ? [] : [unfit(value, 'protoreflect.EnumNumber', 'string', path)]
}

function scalarFlaws({ type }: Scalar, value: unknown, path: string): SchemaFlaw[] {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? [] : [unfit(value, 'bool', 'boolean', path)]
    case 'string':
      return typeof value === 'string' ? [] : [unfit(value, 'string', 'string', path)]
    case 'bytes':
      return bytesFlaws(value, path)
    case 'duration':
      return durationFlaws(value, path)
    case 'struct':
      return isRecord(value) ? [] : [flaw(`bad StructValue: ${mismatch(value, rawObject)}`, value, 'object', path)]
    default:
      return numberFlaws(type, value, path)
  }
}

function bytesFlaws(value: unknown, path: string): SchemaFlaw[] {
  if (typeof value !== 'string') return [unfit(value, '[]uint8', 'string', path)]
  const valid = /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0
  return valid ? [] : [flaw('illegal base64 data', value, 'string', path)]
}

function durationFlaws(value: unknown, path: string): SchemaFlaw[] {
  if (typeof value !== 'string') return [unfit(value, 'string', 'string', path)]
  const reading = readDuration(value)
  return 'flaw' in reading ? [flaw(`bad Duration: ${reading.flaw}`, value, 'string', path)] : []
}

const ranges = { int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1], uint64: [0, 2 ** 64] } as const

/** Numbers may be written as strings, as proto-JSON allows. */
function numberFlaws(type: 'double' | keyof typeof ranges, value: unknown, path: string): SchemaFlaw[] {
  const goType = type === 'double' ? 'float64' : type
  const wanted = type === 'double' ? 'number' : 'integer'
  const number = typeof value === 'string' ? numberOf(value) : value
  if (number === undefined) return [flaw(badNumber(String(value)), value, wanted, path)]
  if (typeof number !== 'number') return [unfit(number, goType, wanted, path)]
  if (type === 'double') return []
  const [least, most] = ranges[type]
  if (Number.isInteger(number) && number >= least && number <= most) return []
  return [flaw(`json: cannot unmarshal number ${number} into Go value of type ${goType}`, value, wanted, path)]
}

/** The number a string holds in JSON's form. */
export function numberOf(text: string): number | undefined {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined
}

function badNumber(text: string): string {
  return text === ''
    ? 'unexpected end of JSON input'
    : `invalid character '${text.slice(0, 1)}' looking for beginning of value`
}

function unfit(value: unknown, goType: string, wanted: string, path: string): SchemaFlaw {
  return flaw(mismatch(value, goType), value, wanted, path)
}

function mismatch(value: unknown, goType: string): string {
  return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${goType}`
}

function flaw(sentence: string, value: unknown, wanted: string, path: string): SchemaFlaw {
  return { path, kind: 'type', message: sentence, wanted, got: jsonTypeOf(value) }
}

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

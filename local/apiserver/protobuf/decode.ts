// Protobuf messages as the JSON that Kubernetes would write of the same object.
import type { Json } from '../../kernel/object.ts'
import type { Field, Message } from './table.ts'
import { varints, WireError, type WireField, wireFields } from './wire.ts'

/** Deeper than any object of the API. */
const deepest = 64

type Messages = ReadonlyMap<string, Message>
type Fields = { [name: string]: Json }

/** The JSON of a message. Throws WireError for broken bytes, and for fields its table does not have. */
export function decode(messages: Messages, name: string, bytes: Buffer, depth = 0): Fields {
  const message = messages.get(name)
  if (!message || depth > deepest) throw new WireError(`${name} nests deeper than ${deepest} levels`)
  // Names come from the tables alone, so none of them is special to JavaScript; keys of maps may be.
  const object: Fields = {}
  const maps: Maps = new Map()
  const inner: Decode = (type, part) => decode(messages, type, part, depth + 1)
  for (const { number, value } of wireFields(bytes)) {
    const field = message.get(number)
    if (!field) throw new WireError(`field ${number} of ${name} is not read from protobuf here; send JSON`)
    if (field.shape === 'map') addEntry(maps, field, bytesOf(value), inner)
    else if (field.shape === 'list') addItems(object, field, value, inner)
    else addField(object, field, value, inner)
  }
  for (const [field, entries] of maps) object[field] = Object.fromEntries(entries)
  return object
}

type Decode = (type: string, bytes: Buffer) => Fields

function addField(object: Fields, { name, type, optional }: Field, value: WireField['value'], inner: Decode): void {
  if (name === '...') return void Object.assign(object, inner(type, bytesOf(value)))
  const decoded = readValue(type, value, inner)
  if (decoded !== undefined && (optional || !isZero(decoded))) object[name] = decoded
}

/** Of what is no pointer in Go, zero means that it is not there. */
function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false
}

function addItems(object: Fields, { name, type }: Field, value: WireField['value'], inner: Decode): void {
  object[name] ??= []
  const items = object[name] as Json[]
  // Lists of numbers may come as one run of bytes.
  if (type === 'int' && typeof value !== 'bigint') for (const one of varints(value)) items.push(Number(one))
  else items.push(readValue(type, value, inner) ?? '')
}

type Maps = Map<string, Map<string, Json>>

function addEntry(maps: Maps, { name, type }: Field, bytes: Buffer, inner: Decode): void {
  let key = ''
  let entry: Json | undefined
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1) key = bytesOf(value).toString()
    else if (number === 2) entry = readValue(type, value, inner)
  }
  maps.set(name, (maps.get(name) ?? new Map<string, Json>()).set(key, entry ?? ''))
}

function readValue(type: string, value: WireField['value'], inner: Decode): Json | undefined {
  switch (type) {
    case 'ignored':
      return undefined
    case 'int':
      return Number(numberOf(value))
    case 'bool':
      return numberOf(value) !== 0n
    case 'string':
      return bytesOf(value).toString()
    case 'bytes':
      return bytesOf(value).toString('base64')
    case 'time':
      return timeOf(bytesOf(value), 0)
    case 'microTime':
      return timeOf(bytesOf(value), 6)
    case 'quantity':
      return textIn(bytesOf(value), 1)
    case 'fieldsV1':
      return jsonOf(textIn(bytesOf(value), 1))
    case 'intOrString':
      return intOrString(bytesOf(value))
    default:
      return inner(type, bytesOf(value))
  }
}

function bytesOf(value: WireField['value']): Buffer {
  if (typeof value === 'bigint') throw new WireError('a number stands where bytes should')
  return value
}

function numberOf(value: WireField['value']): bigint {
  if (typeof value !== 'bigint') throw new WireError('bytes stand where a number should')
  return value
}

function partsOf(bytes: Buffer): Map<number, WireField['value']> {
  return new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]))
}

function textIn(bytes: Buffer, number: number): string {
  return bytesOf(partsOf(bytes).get(number) ?? Buffer.alloc(0)).toString()
}

/** Seconds and nanoseconds since the epoch; nothing at all is no time. */
function timeOf(bytes: Buffer, digits: number): string | undefined {
  if (bytes.length === 0) return undefined
  const parts = partsOf(bytes)
  const seconds = Number(numberOf(parts.get(1) ?? 0n))
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) throw new WireError(`${seconds} seconds since the epoch are no time`)
  const fraction = String(parts.get(2) ?? 0n).padStart(9, '0')
  return `${date.toISOString().slice(0, 19)}${digits > 0 ? `.${fraction.slice(0, digits)}` : ''}Z`
}

function intOrString(bytes: Buffer): Json {
  const parts = partsOf(bytes)
  if (parts.get(1) === 1n) return bytesOf(parts.get(3) ?? Buffer.alloc(0)).toString()
  return Number(numberOf(parts.get(2) ?? 0n))
}

function jsonOf(text: string): Json {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new WireError('managed fields are JSON')
  }
}

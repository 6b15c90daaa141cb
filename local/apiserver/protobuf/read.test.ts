import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../kernel/object.ts'
import { readProtobuf } from './read.ts'
import { type Written, writeMessage } from './write.ts'

/** Objects as Go's client library (k8s.io/api 0.35) writes them in protobuf and in JSON. */
const written: { kind: string; base64: string; json: Json }[] = JSON.parse(
  readFileSync(new URL('../../../test/golden/protobuf.json', import.meta.url), 'utf8'),
)

/** Go writes these in JSON even when nothing is in them. */
const alwaysWritten = ['status', 'reportingComponent', 'reportingInstance']

/** What both say: Go's JSON writes some empty structs and nulls that mean nothing. */
function meant(value: Json): Json {
  if (Array.isArray(value)) return value.map(meant)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, entry]) => [name, meant(entry)] as const)
  const keep = ([name, entry]: readonly [string, Json]) =>
    entry !== null &&
    !alwaysWritten.includes(name) &&
    (name === 'emptyDir' || typeof entry !== 'object' || Object.keys(entry as object).length > 0)
  return Object.fromEntries(entries.filter(keep))
}

const envelope = (...fields: Written[]) => Buffer.concat([Buffer.from('k8s\0'), writeMessage(fields)])
const typed = (kind: string, apiVersion = 'v1'): Written => [
  1,
  [
    [1, apiVersion],
    [2, kind],
  ],
]

describe('a body of a Go client', () => {
  it.each(written)('$kind reads as its JSON', ({ base64, json }) => {
    expect(meant(readProtobuf(Buffer.from(base64, 'base64')))).toEqual(meant(json))
  })

  it.each(written)('$kind cut short is refused or less, and never hangs', ({ base64 }) => {
    const bytes = Buffer.from(base64, 'base64')
    for (let length = 0; length < bytes.length; length += 3) {
      try {
        expect(readProtobuf(bytes.subarray(0, length))).toBeTypeOf('object')
      } catch (error) {
        expect(error).toMatchObject({ code: expect.any(Number), name: 'StatusError' })
      }
    }
  })

  it.each(written)('$kind with any byte changed is an object or refused', ({ base64 }) => {
    const bytes = Buffer.from(base64, 'base64')
    for (let at = 0; at < bytes.length; at++) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ 0xff
      try {
        expect(readProtobuf(broken)).toBeTypeOf('object')
      } catch (error) {
        expect(error).toMatchObject({ name: 'StatusError' })
      }
    }
  })
})

describe('a body is refused', () => {
  it.each<[string, Buffer, string, string]>([
    ['without the magic bytes', Buffer.from('{"a":1}'), 'BadRequest', "does not begin with 'k8s' and zero"],
    ['of a kind that is not read', envelope(typed('Lease')), 'UnsupportedMediaType', 'objects of kind "Lease"'],
    ['of a part of objects', envelope(typed('Container')), 'UnsupportedMediaType', 'objects of kind "Container"'],
    ['without a kind', envelope(), 'UnsupportedMediaType', 'objects of kind ""'],
    ['with bytes that are no message', Buffer.from('k8s\0\xff', 'latin1'), 'BadRequest', 'is not the protobuf it says'],
    [
      'with a field nobody reads',
      envelope(typed('Namespace'), [2, [[9, 'x']]]),
      'BadRequest',
      'field 9 of Namespace is not read from protobuf here; send JSON',
    ],
  ])('%s', (_, body, reason, sentence) => {
    expect(() => readProtobuf(body)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(sentence) }),
    )
  })
})

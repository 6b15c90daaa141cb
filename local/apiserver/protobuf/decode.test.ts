import { describe, expect, it } from 'vitest'
import { decode } from './decode.ts'
import { messagesOf } from './table.ts'
import { varints, wireFields } from './wire.ts'
import { type Written, writeMessage } from './write.ts'

const messages = messagesOf(`
Toy: 1 name, 2 size int, 3 wanted int?, 4 parts Toy[], 5 tags string[], 6 labels string{}, 7 blob bytes, 8 made time,
  9 seen microTime, 10 port intOrString, 11 share quantity, 12 on bool?, 13 off bool, 14 numbers int[], 15 own Toy,
  16 ... Extra, 17 limits quantity{}, 18 fields fieldsV1, 19 notes ignored
Extra: 1 more
`)
const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex')
const toy = (...fields: Written[]) => decode(messages, 'Toy', writeMessage(fields))

describe('a message', () => {
  it.each<[string, string, object]>([
    ['of nothing', '', {}],
    ['a text', '0a 01 61', { name: 'a' }],
    ['an empty text, which is absent', '0a 00', {}],
    ['a number', '10 96 01', { size: 150 }],
    ['a negative number', `10 ${'ff'.repeat(9)}01`, { size: -1 }],
    ['zero, which is absent', '10 00', {}],
    ['zero behind a pointer, which is there', '18 00', { wanted: 0 }],
    ['no behind a pointer', '60 00 68 00', { on: false }],
    ['bytes', '3a 02 00 ff', { blob: 'AP8=' }],
    ['numbers packed and not', '72 03 01 96 01 70 07', { numbers: [1, 150, 7] }],
    ['a time', '42 06 08 91 80 ec 9b 06', { made: '2022-11-21T04:35:29Z' }],
    ['a time of nothing, which is absent', '42 00', {}],
    ['a time with its fraction', '4a 0a 08 91 80 ec 9b 06 10 c0 84 3d', { seen: '2022-11-21T04:35:29.001000Z' }],
    ['a port by number', '52 04 08 00 10 50', { port: 80 }],
    ['a port by name', '52 07 08 01 1a 03 77 65 62', { port: 'web' }],
    ['the last of two', '0a 01 61 0a 01 62', { name: 'b' }],
  ])('%s', (_, bytes, wanted) => expect(decode(messages, 'Toy', hex(bytes))).toEqual(wanted))

  it('nests, lists and maps', () => {
    const made = toy(
      [15, [[1, 'inner']]],
      [4, [[1, 'a']]],
      [4, []],
      [5, 'x'],
      [5, ''],
      [
        6,
        [
          [1, 'k'],
          [2, 'v'],
        ],
      ],
      [6, [[1, 'empty']]],
      [
        6,
        [
          [1, '__proto__'],
          [2, 'harmless'],
        ],
      ],
      [16, [[1, 'beside']]],
      [
        17,
        [
          [1, 'cpu'],
          [2, [[1, '400m']]],
        ],
      ],
      [18, [[1, '{"f:a":{}}']]],
      [19, 'not looked at'],
    )
    expect(made).toEqual({
      own: { name: 'inner' },
      parts: [{ name: 'a' }, {}],
      tags: ['x', ''],
      labels: JSON.parse('{"k":"v","empty":"","__proto__":"harmless"}'),
      more: 'beside',
      limits: { cpu: '400m' },
      fields: { 'f:a': {} },
    })
  })

  it('keeps many entries of a map in time that grows with them', () => {
    const entries = Array.from(
      { length: 20_000 },
      (_, index): Written => [
        6,
        [
          [1, `k${index}`],
          [2, 'v'],
        ],
      ],
    )
    expect(Object.keys(toy(...entries).labels as object)).toHaveLength(20_000)
  })

  it.each<[string, string, string]>([
    ['a field no table has', '98 06 01', 'field 99 of Toy is not read from protobuf here; send JSON'],
    ['a text longer than the message', '0a 05 61', 'a field of 5 bytes does not fit'],
    ['a number without an end', '10 80', 'a number ends in the middle'],
    ['a number beyond 64 bits', `10 ${'80'.repeat(10)}01`, 'a number has more than ten bytes'],
    ['a packed number without an end', '72 01 80', 'a number ends in the middle'],
    ['the number of no field', '02 00', 'no field has the number 0'],
    ['a wire type nobody knows', '0b', 'no wire type has the number 3'],
    ['a text where a number should be', '12 01 61', 'bytes stand where a number should'],
    ['a number where a text should be', '08 01', 'a number stands where bytes should'],
    ['a time outside of all calendars', `42 0a 08 ${'ff'.repeat(8)}7f`, 'are no time'],
    ['managed fields that are no JSON', '92 01 03 0a 01 7b', 'managed fields are JSON'],
    ['a length below zero', `0a ${'ff'.repeat(9)}01`, 'does not fit'],
  ])('with %s is refused', (_, bytes, sentence) => {
    expect(() => decode(messages, 'Toy', hex(bytes))).toThrow(sentence)
  })

  it('that nests without end is refused', () => {
    let nested: Written = [15, []]
    for (let depth = 0; depth < 100; depth++) nested = [15, [nested]]
    expect(() => toy(nested)).toThrow('nests deeper than 64 levels')
  })
})

it('fixed fields are passed over in whole', () => {
  const fields = [...wireFields(hex('09 0102030405060708 15 01020304 08 01'))]
  expect(fields.map(({ number, value }) => [number, typeof value === 'bigint' ? value : value.length])).toEqual([
    [1, 8],
    [2, 4],
    [1, 1n],
  ])
  expect([...varints(hex('00 ac 02'))]).toEqual([0n, 300n])
})

it('what is written is read again, whatever its length', () => {
  for (const length of [0, 1, 127, 128, 16_384, 70_000]) {
    const name = 'x'.repeat(length)
    expect(toy([1, name])).toEqual(length === 0 ? {} : { name })
  }
})

it.each([['A: 1 b Nobody', 'A names no message: Nobody']])('a table of %j is no table', (table, sentence) => {
  expect(() => messagesOf(`\n${table}\n`)).toThrow(sentence)
})

import { describe, expect, it } from 'vitest'
import { decodeBinary, encodeBinary } from './binary.ts'
import { NotACloudEvent } from './event.ts'
import { decodeMessage, modeOf } from './message.ts'

const required = { 'ce-specversion': '1.0', 'ce-id': 'A234', 'ce-source': '/me', 'ce-type': 'com.example' }
const flat = (headers: Record<string, string>) => Object.entries(headers).flat()
const binary = (headers: Record<string, string>, body = '') =>
  decodeMessage(flat({ ...required, ...headers }), Buffer.from(body))[0]
const json = (event: unknown, type = 'application/cloudevents+json') =>
  decodeMessage(['content-type', type], Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)))
const event = { specversion: '1.0', id: 'A234', source: '/me', type: 'com.example' }

describe('binary mode', () => {
  it('takes attributes from ce- headers and the data’s type from content-type, as the binding’s example', () => {
    const time = '2018-04-05T03:56:24Z'
    const got = binary({ 'ce-time': time, 'content-type': 'application/json; charset=utf-8', 'user-agent': 'x' }, '{}')
    expect(got?.attributes).toEqual({ ...event, time, datacontenttype: 'application/json; charset=utf-8' })
    expect(got?.data?.toString()).toBe('{}')
  })

  it.each([
    ['percent-encoded UTF-8', 'Euro%20%E2%82%AC', 'Euro%20%E2%82%AC'],
    ['a value with spaces', 'plain value', 'plain value'],
    ['a percent sign', '100%', '100%'],
    ['a quoted string', '"a \\"b\\""', '"a \\"b\\""'],
  ])('keeps %s as Knative does, byte for byte', (_sentence, header, value) => {
    const got = binary({ 'ce-subject': header })
    expect(got?.attributes.subject).toBe(value)
    expect(encodeBinary({ attributes: got?.attributes ?? {}, data: undefined })).toContain(header)
  })

  it.each([['raw UTF-8', Buffer.from('Euro €').toString('latin1'), 'Euro €']])(
    'reads %s',
    (_sentence, header, value) => {
      expect(binary({ 'ce-subject': header })?.attributes.subject).toBe(value)
    },
  )

  it.each(['a b', 'say "no"', '100%', 'plain'])('what goes out comes back: %s', subject => {
    const headers = encodeBinary({ attributes: { ...event, subject }, data: undefined })
    expect(decodeBinary(headers, Buffer.alloc(0)).attributes.subject).toBe(subject)
  })

  it('percent-encodes what no header can carry, and then all the binding names', () => {
    const headers = encodeBinary({ attributes: { subject: '100% "Euro" € 😀' }, data: undefined })
    expect(headers).toEqual(['ce-subject', '100%25%20%22Euro%22%20%E2%82%AC%20%F0%9F%98%80'])
  })

  it.each([
    ['no id', { 'ce-id': '' }, 'id is missing or empty'],
    ['no type', { 'ce-type': '' }, 'type is missing or empty'],
    ['no source', { 'ce-source': '' }, 'source is missing or empty'],
    ['a version unheard of', { 'ce-specversion': '2.0' }, 'specversion is 2.0'],
    ['an attribute name with a dash', { 'ce-my-ext': 'x' }, 'names consist of lower-case letters and digits'],
    ['a time that is none', { 'ce-time': 'yesterday' }, 'time is yesterday'],
    ['a time in month 13', { 'ce-time': '2018-13-05T03:56:24Z' }, 'time is 2018-13'],
    ['a source with broken encoding', { 'ce-source': '<x>' }, 'source is <x>'],
    ['broken UTF-8', { 'ce-subject': '\xff' }, 'is no UTF-8'],
    ['an empty subject', { 'ce-subject': '' }, 'subject is empty'],
  ])('refuses %s', (_sentence, headers, message) => {
    expect(() => binary(headers)).toThrow(NotACloudEvent)
    expect(() => binary(headers)).toThrow(message)
  })

  it('refuses an attribute given twice', () => {
    expect(() => decodeMessage([...flat(required), 'ce-id', 'B'], Buffer.alloc(0))).toThrow('id is given twice')
  })

  it('takes version 0.3 as Knative does', () => {
    expect(binary({ 'ce-specversion': '0.3', 'ce-schemaurl': 'http://x/y' })?.attributes.schemaurl).toBe('http://x/y')
  })
})

describe('structured mode', () => {
  it.each([
    ['JSON data', { ...event, datacontenttype: 'application/json', data: { a: [1, null] } }, '{"a":[1,null]}'],
    ['JSON data without a type', { ...event, data: 'text' }, '"text"'],
    ['null as JSON data', { ...event, data: null }, 'null'],
    ['text', { ...event, datacontenttype: 'text/plain', data: 'much wow' }, 'much wow'],
    ['XML', { ...event, datacontenttype: 'application/xml', data: '<much wow="xml"/>' }, '<much wow="xml"/>'],
    ['bytes', { ...event, datacontenttype: 'image/png', data_base64: 'AQID' }, '\x01\x02\x03'],
    ['JSON with a suffix', { ...event, datacontenttype: 'application/vnd.x+json', data: 1 }, '1'],
    [
      'bytes of version 0.3',
      { ...event, specversion: '0.3', datacontentencoding: 'base64', data: 'AQID' },
      '\x01\x02\x03',
    ],
  ])('takes %s', (_sentence, given, data) => {
    expect(json(given)[0]?.data?.toString('latin1')).toBe(data)
  })

  it('writes extensions of all types as strings and leaves out null', () => {
    const [got] = json({ ...event, flag: true, count: 7, none: null, data: 1 })
    expect(got?.attributes).toEqual({ ...event, flag: 'true', count: '7', datacontenttype: 'application/json' })
  })

  it('has no data when none is given', () => {
    expect(json(event)[0]?.data).toBeUndefined()
  })

  it.each([
    ['no JSON', '{', 'the body is no JSON'],
    ['an array', [event], 'an event is a JSON object'],
    ['data twice', { ...event, data: 1, data_base64: 'AQID' }, 'exclude each other'],
    ['broken base64', { ...event, data_base64: 'A' }, 'data_base64 is no base64'],
    ['an object as attribute', { ...event, ext: {} }, 'attribute ext'],
    ['a fraction as attribute', { ...event, ext: 1.5 }, 'attribute ext'],
    ['an upper-case name', { ...event, Ext: 'x' }, 'attribute "Ext"'],
    ['a missing id', { ...event, id: undefined }, 'id is missing'],
  ])('refuses %s', (_sentence, given, message) => {
    expect(() => json(given)).toThrow(message)
  })

  it('takes batches, also empty ones, and refuses formats other than JSON', () => {
    expect(
      json([event, { ...event, id: 'B' }], 'application/cloudevents-batch+json').map(one => one.attributes.id),
    ).toEqual(['A234', 'B'])
    expect(json([], 'application/cloudevents-batch+json')).toEqual([])
    expect(() => json(event, 'application/cloudevents-batch+json')).toThrow('a batch is a JSON array')
    expect(() => json(event, 'application/cloudevents+avro')).toThrow('the JSON event format is expected')
  })
})

it('a message without signs of an event is none', () => {
  expect(modeOf(['content-type', 'application/json'])).toBe('none')
  expect(() => decodeMessage([], Buffer.alloc(0))).toThrow('no ce-specversion header')
})

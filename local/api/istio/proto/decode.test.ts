import { describe, expect, it } from 'vitest'
import { admitted, objectOf, verdictOf } from '../verdict-harness.ts'
import { readDuration } from './go-duration.ts'

const decoded = (kind: string, spec: string) =>
  verdictOf(objectOf(kind, spec)).replace('error decoding configuration: ', '')
const rule = (fields: string) =>
  decoded('VirtualService', `{hosts: [a], http: [{route: [{destination: {host: a}}], ${fields}}]}`)
const specOf = (kind: string, spec: string) => (admitted(objectOf(kind, spec)) as unknown as { spec: unknown }).spec

describe('decoding refuses', () => {
  it.each([
    ['a boolean for a text', 'rewrite: {uri: true}', 'json: cannot unmarshal bool into Go value of type string'],
    ['a number for a text', 'name: 5', 'json: cannot unmarshal number into Go value of type string'],
    [
      'a text for a boolean',
      'match: [{ignoreUriCase: "yes"}]',
      'json: cannot unmarshal string into Go value of type bool',
    ],
    [
      'a text for a message',
      'retries: none',
      'json: cannot unmarshal string into Go value of type map[string]json.RawMessage',
    ],
    ['a message for a list', 'match: {}', 'json: cannot unmarshal object into Go value of type []json.RawMessage'],
    [
      'a fraction for a whole number',
      'retries: {attempts: 1.5}',
      'json: cannot unmarshal number 1.5 into Go value of type int32',
    ],
    [
      'a negative for an unsigned number',
      'match: [{port: -1}]',
      'json: cannot unmarshal number -1 into Go value of type uint32',
    ],
    ['a word for a number', 'match: [{port: http}]', "invalid character 'h' looking for beginning of value"],
    ['a number for a duration', 'timeout: 5', 'json: cannot unmarshal number into Go value of type string'],
    ['a duration without a unit', 'timeout: "5"', 'bad Duration: time: missing unit in duration "5"'],
    ['a duration in days', 'timeout: 5d', 'bad Duration: time: unknown unit "d" in duration "5d"'],
    [
      'an unknown value',
      'corsPolicy: {unmatchedPreflights: DROP}',
      String.raw`unknown value "\"DROP\"" for enum istio.networking.v1alpha3.CorsPolicy.UnmatchedPreflights`,
    ],
  ])('%s', (_, fields, said) => expect(rule(fields)).toBe(said))

  it('a field the message does not have, by its path, as the server itself refuses it', () => {
    expect(rule('retrys: {}')).toContain('strict decoding error: unknown field "spec.http[0].retrys"')
  })
})

describe('the stored spec', () => {
  it('has the JSON names of fields, numbers as numbers and enums by name', () => {
    expect(
      specOf(
        'VirtualService',
        '{hosts: [a], http: [{route: [{destination: {host: a}, weight: "50"}], mirror_percent: 5}]}',
      ),
    ).toEqual({
      hosts: ['a'],
      http: [{ route: [{ destination: { host: 'a' }, weight: 50 }], mirrorPercent: 5 }],
    })
    expect(
      specOf(
        'DestinationRule',
        '{host: a, trafficPolicy: {outlierDetection: {consecutive_5xx_errors: 3}, tls: {mode: 1}}}',
      ),
    ).toEqual({
      host: 'a',
      trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3 }, tls: { mode: 'SIMPLE' } },
    })
  })

  it('has one field of a choice, the last of the message', () => {
    const spec = '{hosts: [a], http: [{match: [{uri: {prefix: /b, exact: /a}}], route: [{destination: {host: a}}]}]}'
    expect(specOf('VirtualService', spec)).toMatchObject({ http: [{ match: [{ uri: { prefix: '/b' } }] }] })
    expect(specOf('VirtualService', spec)).not.toHaveProperty('http.0.match.0.uri.exact')
  })

  it('keeps empty matches and texts: they mean something', () => {
    const http = '[{match: [{uri: {exact: ""}, headers: {x: {}}}], route: [{destination: {host: a}}]}]'
    expect(specOf('VirtualService', `{hosts: [a], http: ${http}}`)).toMatchObject({
      http: [{ match: [{ uri: { exact: '' }, headers: { x: {} } }] }],
    })
  })
})

describe('durations', () => {
  it.each([
    ['1h30m', 5400e9],
    ['0.5s', 0.5e9],
    ['.25ms', 250_000],
    ['-3ms', -3e6],
    ['1.5us', 1500],
    ['0', 0],
  ])('%s', (text, nanoseconds) => expect(readDuration(text)).toEqual({ nanoseconds }))

  it.each(['', '-', 's', '1', '1x', '99999999999999h', '1s 2s'])('%j is none', text => {
    expect(readDuration(text)).toHaveProperty('flaw')
  })
})

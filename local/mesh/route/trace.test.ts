// Why earlier routes did not match, in the words of their YAML.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { requestTo } from '../compile/harness.ts'
import { compileMatch } from '../compile/virtual-service/match.ts'
import type { Route } from '../table/route.ts'
import { mismatchOf, traceRoute } from './trace.ts'
import { findRoute } from './walk.ts'

const route = (name: string, match: string) => ({ name, match: compileMatch(parse(match)) }) as Route

describe('the first field that did not match', () => {
  const rows: [match: string, url: string, headers: Record<string, string>, mismatch: object | undefined][] = [
    ['{uri: {prefix: /api}}', '/a?x', {}, { field: 'uri', expected: 'prefix /api', got: '/a' }],
    [
      '{uri: {exact: /a}, ignoreUriCase: true}',
      '/b',
      {},
      { field: 'uri', expected: 'exact /a in any case', got: '/b' },
    ],
    [
      '{headers: {X-U: {exact: ann}}}',
      '/',
      { 'x-u': 'bob' },
      { field: 'headers.x-u', expected: 'exact ann', got: 'bob' },
    ],
    ['{headers: {x-u: {}}}', '/', {}, { field: 'headers.x-u', expected: 'present', got: undefined }],
    [
      '{withoutHeaders: {x-u: {}}}',
      '/',
      { 'x-u': 'a' },
      { field: 'withoutHeaders.x-u', expected: 'not present', got: 'a' },
    ],
    ['{method: {exact: POST}}', '/', {}, { field: 'method', expected: 'exact POST', got: 'GET' }],
    ['{authority: {exact: x}}', '/', {}, { field: 'authority', expected: 'exact x', got: 'h.test' }],
    [
      '{queryParams: {v: {regex: "[0-9]+"}}}',
      '/?v=a',
      {},
      { field: 'queryParams.v', expected: 'regex [0-9]+', got: 'a' },
    ],
    ['{queryParams: {v: {exact: ""}}}', '/', {}, { field: 'queryParams.v', expected: 'exact ', got: undefined }],
    [
      '{headers: {"@request.auth.claims.group": {exact: dev}}}',
      '/',
      {},
      { field: 'headers.@request.auth.claims.group', expected: 'exact dev', got: undefined },
    ],
    ['{uri: {prefix: /a}}', '/a', {}, undefined],
  ]
  it.for(rows)('%s', ([match, url, headers, mismatch]) => {
    expect(mismatchOf(route('r', match), requestTo(`http://h.test${url}`, headers))).toEqual(mismatch)
  })
})

describe('a trace', () => {
  const host = {
    name: 'h',
    httpsRedirect: false,
    routes: [
      route('a', '{uri: {prefix: /a}}'),
      route('b', '{headers: {x: {exact: y}}}'),
      route('c', '{}'),
      route('d', '{}'),
    ],
  }
  it('tells of every route before the one found, and of none behind it', () => {
    const trace = traceRoute(host, requestTo('http://h/b'))
    expect(trace.passedOver.map(one => `${one.route.name}: ${one.because.field}`)).toEqual(['a: uri', 'b: headers.x'])
    expect(trace.found?.name).toBe('c')
  })
  it('finds what the walk finds', () => {
    for (const request of [requestTo('http://h/a'), requestTo('http://h/', { x: 'y' }), requestTo('http://h/')]) {
      expect(traceRoute(host, request).found).toBe(findRoute(host, request))
    }
  })
  it('of a 404 tells of all', () => {
    const [a, b] = host.routes
    const two = { ...host, routes: [a, b].filter(one => one !== undefined) }
    expect(traceRoute(two, requestTo('http://h/'))).toMatchObject({ found: undefined, passedOver: [{}, {}] })
  })
})

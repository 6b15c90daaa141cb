// `match` entries, compiled and held against requests. Each row: the YAML of an entry, requests that match, and that do not.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { findRoute } from '../../route/walk.ts'
import type { Route } from '../../table/route.ts'
import { requestTo } from '../harness.ts'
import { compileMatch, isCatchAll } from './match.ts'

type Call = string | [url: string, headers: Record<string, string>, method?: string]

function matched(yaml: string, call: Call): boolean {
  const [url, headers, method] = typeof call === 'string' ? [call, {}] : call
  const route = { match: compileMatch(parse(yaml)) } as Route
  const host = { name: 'h', routes: [route], httpsRedirect: false }
  return findRoute(host, requestTo(`http://h.test${url}`, headers, method)) !== undefined
}

const rows: [sentence: string, yaml: string, matching: Call[], other: Call[]][] = [
  ['an empty entry matches everything', '{}', ['/', '/a?b=c'], []],
  ['ord-abc: a prefix is a plain string', '{uri: {prefix: /a}}', ['/a', '/abc', '/a/b?x'], ['/b', '/A']],
  ['ord-p: a slash at its end counts', '{uri: {prefix: /p/}}', ['/p/', '/p/x'], ['/p', '/p?x=/']],
  ['an exact path does not look at the query', '{uri: {exact: /a}}', ['/a', '/a?b', '/a?'], ['/a/', '/ab', '/']],
  [
    'ord-c: a regex matches the whole path, without the query',
    '{uri: {regex: "/c[a-z]+l"}}',
    ['/carol', '/carol?x'],
    ['/carol1', '/xcarol'],
  ],
  ['ord-ic: ignoreUriCase for prefixes', '{uri: {prefix: /Abc}, ignoreUriCase: true}', ['/aBCd'], ['/ab']],
  ['ignoreUriCase for exact paths', '{uri: {exact: /Abc}, ignoreUriCase: true}', ['/ABC'], ['/abcd']],
  ['ignoreUriCase does not reach a regex', '{uri: {regex: "/Abc"}, ignoreUriCase: true}', ['/Abc'], ['/abc']],
  [
    'hm-exact: header values with case',
    '{headers: {x-u: {exact: alice}}}',
    [['/', { 'x-u': 'alice' }]],
    [['/', { 'x-u': 'Alice' }], '/'],
  ],
  ['hm-exact-name-case: header names without', '{headers: {X-U: {exact: a}}}', [['/', { 'x-u': 'a' }]], ['/']],
  [
    'hm-present: {} asks that the header is there',
    '{headers: {x-u: {}}}',
    [
      ['/', { 'x-u': '' }],
      ['/', { 'x-u': 'a' }],
    ],
    ['/'],
  ],
  ['regex "*" is Istio’s other word for it', '{headers: {x-u: {regex: "*"}}}', [['/', { 'x-u': '' }]], ['/']],
  ['a header prefix', '{headers: {x-u: {prefix: be}}}', [['/', { 'x-u': 'beta' }]], [['/', { 'x-u': 'abe' }], '/']],
  [
    'hm-regex: a header regex is a full match',
    '{headers: {x-u: {regex: "c[a-z]+l"}}}',
    [['/', { 'x-u': 'carol' }]],
    [
      ['/', { 'x-u': 'carol1' }],
      ['/', { 'x-u': 'xcarol' }],
    ],
  ],
  [
    'cookie: the regex of the docs stumbles over a space',
    '{headers: {cookie: {regex: "^(.*?;)?(user=jason)(;.*)?$"}}}',
    [
      ['/', { cookie: 'user=jason' }],
      ['/', { cookie: 'a=b;user=jason;c' }],
    ],
    [['/', { cookie: 'a=b; user=jason' }]],
  ],
  ['wo: withoutHeaders {} asks that it is absent', '{withoutHeaders: {x-u: {}}}', ['/'], [['/', { 'x-u': '' }]]],
  [
    'ord-wo: with a value, absent or different',
    '{withoutHeaders: {x-u: {exact: a}}}',
    ['/', ['/', { 'x-u': 'b' }]],
    [['/', { 'x-u': 'a' }]],
  ],
  [
    'an absent header counts as empty there',
    '{withoutHeaders: {x-u: {regex: ".*"}}}',
    [],
    ['/', ['/', { 'x-u': 'a' }]],
  ],
  ['meth-post: a method by regex', '{method: {regex: "P(OST|UT)"}}', [['/', {}, 'POST']], ['/']],
  ['an authority as it was received', '{authority: {prefix: h.te}}', ['/'], []],
  ['the scheme', '{scheme: {exact: https}}', [], ['/']],
  [
    'ord-q: a query parameter',
    '{queryParams: {v: {exact: "2"}}}',
    ['/?v=2', '/?a=b&v=2'],
    ['/', '/?v=3', '/?w=2', '/?av=2'],
  ],
  ['ord-q-dup: the first of its name', '{queryParams: {v: {exact: "2"}}}', ['/?v=2&v=3'], ['/?v=3&v=2']],
  ['rq: nothing is decoded', '{queryParams: {v: {exact: "1"}}}', [], ['/?v=%31']],
  [
    'rq: an empty value, with and without its equals sign',
    '{queryParams: {z: {exact: ""}}}',
    ['/?z', '/?z=', '/?a&z'],
    ['/?z=1', '/'],
  ],
  ['a parameter that is only there', '{queryParams: {z: {}}}', ['/?z', '/?z=1'], ['/?zz']],
  [
    'and-1: all fields have to hold',
    '{uri: {prefix: /a}, headers: {x-u: {exact: b}}, method: {exact: GET}}',
    [['/a', { 'x-u': 'b' }]],
    ['/a', ['/b', { 'x-u': 'b' }], ['/a', { 'x-u': 'b' }, 'POST']],
  ],
]

describe('a match entry', () => {
  it.for(rows)('%s', ([, yaml, matching, other]) => {
    expect(matching.filter(call => !matched(yaml, call))).toEqual([])
    expect(other.filter(call => matched(yaml, call))).toEqual([])
  })

  it('takes all of it when a header stands twice: the values are joined', () => {
    const route = { match: compileMatch({ headers: { 'x-u': { exact: 'alice,zed' } } }) } as Route
    const host = { name: 'h', routes: [route], httpsRedirect: false }
    const request = { ...requestTo('http://h/'), headers: ['x-u', 'alice', 'x-u', 'zed'] }
    expect(findRoute(host, request)).toBe(route)
  })
})

describe('claims of a verified token', () => {
  const claims = { group: { id: ['dev', 'ops'] }, name: 'ann' }
  const holds = (header: string, value: object, with_ = true) => {
    const match = compileMatch({ headers: { [header]: value } })
    const host = { name: 'h', routes: [{ match } as Route], httpsRedirect: false }
    return findRoute(host, { ...requestTo('http://h/'), ...(with_ && { claims }) }) !== undefined
  }
  const claimRows: [sentence: string, header: string, value: object, matches: boolean][] = [
    ['by their name', '@request.auth.claims.name', { exact: 'ann' }, true],
    ['with another value', '@request.auth.claims.name', { exact: 'bob' }, false],
    ['below others, one of a list', '@request.auth.claims.group.id', { exact: 'ops' }, true],
    ['in brackets', '@request.auth.claims[group][id]', { prefix: 'de' }, true],
    ['that are not there', '@request.auth.claims.none', { exact: '' }, false],
  ]
  it.for(claimRows)('%s', ([, header, value, matches]) => expect(holds(header, value)).toBe(matches))
  it('do not exist without a token', () => {
    expect(holds('@request.auth.claims.name', { exact: 'ann' }, false)).toBe(false)
  })
})

describe('a catch-all', () => {
  const catching: [yaml: string, catchAll: boolean][] = [
    ['{}', true],
    ['{uri: {prefix: /}}', true],
    ['{uri: {regex: ".*"}}', true],
    ['{uri: {prefix: ""}}', false],
    ['{uri: {prefix: /a}}', false],
    ['{uri: {prefix: /}, headers: {x: {}}}', false],
    ['{queryParams: {x: {}}}', false],
    ['{method: {exact: GET}}', false],
  ]
  it.for(catching)('%s: %s', ([yaml, catchAll]) => expect(isCatchAll(compileMatch(parse(yaml)))).toBe(catchAll))
})

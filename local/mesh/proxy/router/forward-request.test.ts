import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { headerOf } from '../../codec/head.ts'
import type { ForwardAction, Rewrite } from '../../table/route.ts'
import { forwardAction, hopOf, rules } from '../hop-harness.ts'
import { countTry, forwardRequest, rewriteTarget, shorter } from './forward-request.ts'

const perTry = (perTryTimeoutMs: number) => ({ retry: { perTryTimeoutMs } as ForwardAction['retry'] })
const grpc = 'content-type: application/grpc\r\n'

/** The headers that a route adds, by name. */
function forwarded(action: Partial<ForwardAction>, timeoutMs = 0, draft: Parameters<typeof hopOf>[0] = {}) {
  const hop = hopOf(draft)
  forwardRequest(hop, forwardAction('', action), timeoutMs)
  return { hop, of: (name: string) => headerOf(hop.headers, name) }
}

describe('a request that goes on', () => {
  it('says that it is tried for the first time', () => {
    expect(forwarded({}).of('x-envoy-attempt-count')).toBe('1')
  })

  it.each([
    ['without any limit', 0, {}, undefined],
    ['with the route’s limit', 500, {}, '500'],
    ['with the limit of one try', 0, perTry(200), '200'],
    ['with the smaller of both', 500, perTry(200), '200'],
    ['with the smaller of both, the other way round', 100, perTry(200), '100'],
  ])('says how long is waited for it: %s', (_, timeoutMs, action, expected) => {
    expect(forwarded(action, timeoutMs).of('x-envoy-expected-rq-timeout-ms')).toBe(expected)
  })

  it('says it of a gRPC call in gRPC’s own header too', () => {
    expect(forwarded({}, 500, { headers: grpc }).of('grpc-timeout')).toBe('500m')
    expect(forwarded({}, 500).of('grpc-timeout')).toBeUndefined()
    expect(forwarded({}, 0, { headers: grpc }).of('grpc-timeout')).toBeUndefined()
  })

  it('names the operation of its route where it has one', () => {
    const hop = hopOf({})
    forwardRequest(hop, forwardAction('shop.app:80/*'), 0)
    expect(headerOf(hop.headers, 'x-envoy-decorator-operation')).toBe('shop.app:80/*')
    expect(forwarded({}).of('x-envoy-decorator-operation')).toBeUndefined()
  })

  it('keeps its host and path unless a rule rewrites them', () => {
    const { hop, of } = forwarded({}, 0, { host: 'shop', target: '/a?b' })
    expect([hop.host, hop.target, of('x-envoy-original-host'), of('x-envoy-original-path')]).toEqual([
      ...['shop', '/a?b', undefined, undefined],
    ])
  })

  it('says what host and path were before a rewrite', () => {
    const rewrite: Rewrite = { authority: 'till', path: { kind: 'prefix', from: '/a', to: '/b' } }
    const { hop, of } = forwarded({ rewrite }, 0, { host: 'shop', target: '/a/c?d' })
    expect([hop.host, hop.target, of('x-envoy-original-host'), of('x-envoy-original-path')]).toEqual([
      ...['till', '/b/c?d', 'shop', '/a/c?d'],
    ])
  })

  it('takes the authority of its destination where the rule names none', () => {
    const hop = hopOf({ host: 'shop' })
    hop.destination = { authority: 'reviews.app' } as typeof hop.destination
    forwardRequest(hop, forwardAction(), 0)
    expect(hop.host).toBe('reviews.app')
  })

  it('gets the header rules of the route, which see Envoy’s own headers', () => {
    const { of } = forwarded({}, 0, { requestHeaders: rules({ remove: ['x-envoy-attempt-count'] }) })
    expect(of('x-envoy-attempt-count')).toBeUndefined()
  })
})

describe('the next try', () => {
  it('says its number and what is left of the time, in the places of the first', () => {
    const action = forwardAction('', perTry(300))
    const hop = hopOf({ headers: grpc })
    forwardRequest(hop, action, 1_000)
    const names = hop.headers.filter((_, index) => index % 2 === 0)
    countTry(hop, action, 2, 120)
    expect(hop.headers.filter((_, index) => index % 2 === 0)).toEqual(names)
    expect(
      ['x-envoy-attempt-count', 'x-envoy-expected-rq-timeout-ms', 'grpc-timeout'].map(name =>
        headerOf(hop.headers, name),
      ),
    ).toEqual([...['2', '120', '120m']])
    expect(hop.attempts).toBe(1)
  })

  it('says nothing of time where there is no limit', () => {
    const hop = hopOf({})
    forwardRequest(hop, forwardAction(), 0)
    countTry(hop, forwardAction(), 2, 0)
    expect(headerOf(hop.headers, 'x-envoy-expected-rq-timeout-ms')).toBeUndefined()
  })
})

it.each([
  [0, 0, 0],
  [0, 5, 5],
  [5, 0, 5],
  [5, 3, 3],
])('of two limits %i and %i, where 0 is none, %i holds', (one, other, holds) => expect(shorter(one, other)).toBe(holds))

describe('a rewritten path', () => {
  const regex = (expression: string, substitution: string) =>
    ({ kind: 'regex', expression: RE2JS.compile(expression), substitution }) as const

  it.each([
    ['loses its prefix', '/api/v1/x', { kind: 'prefix', from: '/api', to: '' } as const, '/v1/x'],
    ['gets another prefix', '/api/x', { kind: 'prefix', from: '/api/', to: '/' } as const, '/x'],
    ['is another one whole', '/a/b', { kind: 'whole', to: '/c' } as const, '/c'],
    ['keeps its query', '/a?b=/a', { kind: 'prefix', from: '/a', to: '/c' } as const, '/c?b=/a'],
    ['may bring a question mark of its own', '/a?b', { kind: 'whole', to: '/c?d' } as const, '/c?d?b'],
    ['has each match replaced', '/a/1/a/2', regex('/a', '/b'), '/b/1/b/2'],
    ['has its groups at hand', '/u/7/x', regex('/u/(\\d+)/(.*)', '/\\2/\\1'), '/x/7'],
    ['has the whole match at hand, and a backslash', '/a', regex('a', '\\0\\\\'), '/a\\'],
    ['has nothing for a group that matched nothing', '/a', regex('/(b)?a', '/\\1c'), '/c'],
    ['is left alone where nothing matches', '/a', regex('/b', '/c'), '/a'],
    ['matches nothing in the query', '/a?x=/a', regex('/a', '/b'), '/b?x=/a'],
  ])('%s', (_, target, rewrite, result) => expect(rewriteTarget(target, rewrite)).toBe(result))
})

import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import type { HeaderList } from '../../codec/head.ts'
import type { CorsPolicy, StringMatcher } from '../../table/route.ts'
import { hopOf } from '../hop-harness.ts'
import { applyGrant, type CorsVerdict, checkCors, grantHeaders } from './cors.ts'

const exact = (value: string): StringMatcher => ({ kind: 'exact', value })
const regex = (value: string): StringMatcher => ({ kind: 'regex', value, expression: RE2JS.compile(value) })
const prefix = (value: string): StringMatcher => ({ kind: 'prefix', value })

function policyOf(more: Partial<CorsPolicy> = {}): CorsPolicy {
  return {
    allowOrigins: [exact('https://app.test')],
    ...{ allowMethods: '', allowHeaders: '', exposeHeaders: '', maxAge: '' },
    ...{ allowCredentials: false, forwardNotMatchingPreflights: true },
    ...more,
  }
}

function check(policy: CorsPolicy, method: string, ...lines: string[]): CorsVerdict {
  return checkCors(hopOf({ method, headers: lines.map(line => `${line}\r\n`).join('') }), policy)
}

const origin = 'origin: https://app.test'
const asks = 'access-control-request-method: PUT'

/** Lines of the answer to a preflight, `name: value`; undefined when it goes on to the backend. */
function preflight(policy: CorsPolicy, ...lines: string[]): string[] | undefined {
  const verdict = check(policy, 'OPTIONS', ...lines)
  return verdict.kind === 'answer' ? linesOf([...(verdict.reply.headers ?? [])]) : undefined
}

function linesOf(headers: HeaderList): string[] {
  return headers.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${headers[index + 1]}`]))
}

describe('an origin', () => {
  const rows: [sentence: string, matcher: StringMatcher, origin: string, allowed: boolean][] = [
    ['that is named', exact('https://app.test'), 'https://app.test', true],
    ['in another case is another one', exact('https://app.test'), 'https://APP.test', false],
    ['`*` is every one', exact('*'), 'https://any.test', true],
    ['that begins so', prefix('https://app.'), 'https://app.example.org', true],
    ['that does not begin so', prefix('https://app.'), 'https://other.test', false],
    ['that an expression covers whole', regex('https://[a-z]+\\.test'), 'https://app.test', true],
    ['that an expression covers in part', regex('app'), 'https://app.test', false],
    ['that is empty is none', exact('*'), '', false],
  ]
  it.each(rows)('%s', (_sentence, matcher, value, allowed) => {
    const verdict = check(policyOf({ allowOrigins: [matcher] }), 'GET', `origin: ${value}`)
    expect(verdict).toEqual({ kind: 'pass', grant: allowed ? expect.objectContaining({ origin: value }) : undefined })
  })

  it('given in two lines is both of them joined', () => {
    expect(check(policyOf(), 'GET', origin, 'origin: http://evil')).toMatchObject({ grant: undefined })
    const verdict = check(policyOf({ allowOrigins: [prefix('https://app')] }), 'GET', origin, 'origin: http://evil')
    expect(verdict).toMatchObject({ grant: { origin: 'https://app.test,http://evil' } })
  })

  it('is not asked for where a policy names none', () => {
    expect(check(policyOf({ allowOrigins: [] }), 'OPTIONS', origin, asks)).toEqual({ kind: 'pass', grant: undefined })
  })
})

describe('a preflight', () => {
  it('is answered with the origin, and nothing the policy does not say', () => {
    expect(preflight(policyOf(), origin, asks)).toEqual(['access-control-allow-origin: https://app.test'])
  })

  it('is answered in Envoy’s order, even for a method that is not allowed', () => {
    const policy = policyOf({
      ...{ allowMethods: 'GET,POST', allowHeaders: 'x-foo,content-type', exposeHeaders: 'x-bar', maxAge: '86400' },
      allowCredentials: true,
    })
    expect(preflight(policy, origin, asks)).toEqual([
      'access-control-allow-origin: https://app.test',
      'access-control-allow-credentials: true',
      'access-control-allow-methods: GET,POST',
      'access-control-allow-headers: x-foo,content-type',
      'access-control-max-age: 86400',
      'access-control-expose-headers: x-bar',
    ])
  })

  it('with `*` for methods and headers is told what it asked for', () => {
    const policy = policyOf({ allowMethods: '*', allowHeaders: '*' })
    expect(preflight(policy, origin, asks, 'access-control-request-headers: x-bar, x-foo')?.slice(1)).toEqual([
      'access-control-allow-methods: PUT',
      'access-control-allow-headers: x-bar, x-foo',
    ])
  })

  it('with `*` for headers that asks for none is told an empty line', () => {
    expect(preflight(policyOf({ allowHeaders: '*' }), origin, asks)).toContain('access-control-allow-headers: ')
  })

  const forwarded: [sentence: string, lines: string[]][] = [
    ['of another origin', ['origin: https://other.test', asks]],
    ['without an origin', [asks]],
    ['that asks for no method', [origin]],
    ['that asks for an empty method', [origin, 'access-control-request-method: ']],
  ]
  it.each(forwarded)('%s goes on to the backend', (_sentence, lines) => {
    expect(preflight(policyOf(), ...lines)).toBeUndefined()
  })

  it('that asks for no method gets what a simple request gets', () => {
    expect(check(policyOf(), 'OPTIONS', origin)).toMatchObject({ grant: { origin: 'https://app.test' } })
  })

  it('of another origin is answered where the policy says IGNORE, without an allowed origin', () => {
    const policy = policyOf({ forwardNotMatchingPreflights: false, allowMethods: 'GET', maxAge: '60' })
    expect(preflight(policy, 'origin: https://other.test', asks)).toEqual([
      'access-control-allow-methods: GET',
      'access-control-max-age: 60',
    ])
  })

  it('is no other method’s', () => {
    expect(check(policyOf(), 'GET', origin, asks).kind).toBe('pass')
  })
})

describe('what an allowed origin is told with every answer', () => {
  const grant = (more: Partial<CorsPolicy>) => ({ origin: 'https://app.test', policy: policyOf(more) })

  it('stands behind the backend’s own lines', () => {
    const headers: HeaderList = ['x-a', '1']
    applyGrant(headers, grant({ allowCredentials: true, exposeHeaders: 'X-Bar' }))
    expect(linesOf(headers)).toEqual([
      'x-a: 1',
      'access-control-allow-origin: https://app.test',
      'access-control-allow-credentials: true',
      'access-control-expose-headers: X-Bar',
    ])
  })

  it('takes the place of what the backend said', () => {
    const headers: HeaderList = ['access-control-allow-origin', 'be', 'x-a', '1']
    applyGrant(headers, grant({}))
    expect(linesOf(headers)).toEqual(['access-control-allow-origin: https://app.test', 'x-a: 1'])
  })

  it('leaves what the policy says nothing of', () => {
    const headers: HeaderList = ['access-control-allow-credentials', 'be', 'access-control-expose-headers', 'x-be']
    applyGrant(headers, grant({}))
    expect(linesOf(headers)).toContain('access-control-allow-credentials: be')
    expect(linesOf(headers)).toContain('access-control-expose-headers: x-be')
  })

  it('is all there is before an answer of the proxy’s own', () => {
    expect(grantHeaders(grant({}))).toEqual(['access-control-allow-origin', 'https://app.test'])
  })
})

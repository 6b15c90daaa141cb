import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuthorizationPolicy, JwtRule, RequestAuthentication } from '../../api/istio/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { CheckedRequest, Verdict } from './checked-request.ts'
import { createSecurity } from './security.ts'

const issuer = 'https://issuer.test'
const gateway = { namespace: 'istio-system', labels: { istio: 'ingressgateway' } }
const start = Date.UTC(2026, 0, 1)
const now = start / 1_000

interface Signer {
  key: CryptoKey
  jwk: JWK
}

async function signer(kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256' } }
}

let first: Signer
let second: Signer
beforeAll(async () => {
  ;[first, second] = await Promise.all([signer('one'), signer('two')])
})

function token(claims: JWTPayload = {}, by: Signer = first, kid = by.jwk.kid ?? ''): Promise<string> {
  const payload = { iss: issuer, sub: 'jane', exp: now + 600, ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(by.key)
}

function world(rules: JwtRule[], urls: Record<string, () => string> = {}, policies: AuthorizationPolicy[] = []) {
  const clock = new FakeClock(start)
  const fetched: string[] = []
  const security = createSecurity({
    clock,
    log: () => {},
    async fetch(url) {
      fetched.push(url)
      const answer = urls[url]
      if (!answer) throw new Error('connection refused')
      return answer()
    },
  })
  const authentication: RequestAuthentication = {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'jwt', namespace: 'istio-system' },
    spec: { jwtRules: rules },
  }
  security.setPolicies({
    requestAuthentications: [authentication],
    authorizationPolicies: policies,
    peerAuthentications: [],
  })
  const check = async (headers: string[], target = '/a?b'): Promise<Verdict | undefined> =>
    security.check(gateway, request(headers, target))
  return { clock, fetched, check }
}

function request(headers: string[], target: string): CheckedRequest {
  const address = { peer: '127.0.0.1', remote: '127.0.0.1', destinationPort: 80, sni: '', principal: undefined }
  return { method: 'GET', scheme: 'http', authority: 'shop.test', target, headers, ...address }
}

const bearer = (text: string) => ['authorization', `Bearer ${text}`]
const inline = (...signers: Signer[]): JwtRule => ({
  issuer,
  jwks: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }),
})

describe('a request', () => {
  it('without a token passes, unauthenticated', async () => {
    expect(await world([inline(first)]).check([])).toMatchObject({ allowed: true, claims: undefined })
  })

  it('with a good token passes with its claims, and without the token', async () => {
    expect(await world([inline(first)]).check(bearer(await token({ dev: 'betaUser' })))).toMatchObject({
      allowed: true,
      claims: { sub: 'jane', dev: 'betaUser' },
      removeHeaders: ['authorization'],
      addHeaders: [],
    })
  })

  it('keeps its token when the rule says so', async () => {
    const rule = { ...inline(first), forwardOriginalToken: true }
    expect(await world([rule]).check(bearer(await token()))).toMatchObject({ allowed: true, removeHeaders: [] })
  })

  it('gets headers of the payload and of claims', async () => {
    const rule: JwtRule = {
      ...inline(first),
      outputPayloadToHeader: 'X-Payload',
      outputClaimToHeaders: [
        { header: 'X-Sub', claim: 'sub' },
        { header: 'X-Level', claim: 'deep.level' },
        { header: 'X-None', claim: 'nothing' },
      ],
    }
    const text = await token({ deep: { level: 7 } })
    expect(await world([rule]).check(bearer(text))).toMatchObject({
      addHeaders: ['x-payload', text.split('.')[1], 'x-sub', 'jane', 'x-level', '7'],
    })
  })
})

describe('a bad token', () => {
  const refused = async (text: string, rule = inline(first)) => {
    const verdict = await world([rule]).check(bearer(text))
    return verdict?.allowed === false ? [verdict.status, verdict.body] : verdict
  }

  it('is answered with the realm that was asked for', async () => {
    expect(await world([inline(first)]).check(bearer('garbage.x.y'))).toEqual({
      allowed: false,
      status: 401,
      body: 'Jwt header is an invalid JSON',
      headers: ['www-authenticate', 'Bearer realm="http://shop.test/a?b", error="invalid_token"'],
      details: 'jwt_authn_access_denied{Jwt_header_is_an_invalid_JSON}',
    })
  })

  it.each<[string, () => string | Promise<string>, string]>([
    ['not three parts', () => 'a.b', 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
    ['a head that is no base64', () => 'abcde.b.c', 'Jwt header is an invalid Base64url encoded'],
    ['no algorithm', () => `${part({})}.${part({})}.c2ln`, 'Jwt header [alg] field is required and must be a string'],
    ['algorithm none', () => `${part({ alg: 'none' })}.${part({})}.c2ln`, 'Jwt header [alg] is not supported'],
    ['a payload that is no JSON', () => `${part({ alg: 'RS256' })}.YWJj.c2ln`, 'Jwt payload is an invalid JSON'],
    [
      'a time that is no number',
      () => `${part({ alg: 'RS256' })}.${part({ exp: 'x' })}.c2ln`,
      'Jwt payload [exp] field is not an integer',
    ],
    ['another issuer', () => token({ iss: 'other' }), 'Jwt issuer is not configured'],
    ['expired', () => token({ exp: now - 61 }), 'Jwt is expired'],
    ['not yet valid', () => token({ nbf: now + 61 }), 'Jwt not yet valid'],
    ['a signature by another key of the same name', () => token({}, second, 'one'), 'Jwt verification fails'],
    ['a key nobody knows', () => token({}, second), "Jwks doesn't have key to match kid or alg from Jwt"],
  ])('%s', async (_sentence, text, message) => {
    expect(await refused(await text())).toEqual([401, message])
  })

  it('may be a minute off', async () => {
    expect(await refused(await token({ exp: now - 59 }))).toMatchObject({ allowed: true })
    expect(await refused(await token({ nbf: now + 59 }))).toMatchObject({ allowed: true })
  })

  it('for another audience is 403', async () => {
    const rule = { ...inline(first), audiences: ['https://shop.test/'] }
    expect(await refused(await token({ aud: 'bank' }), rule)).toEqual([403, 'Audiences in Jwt are not allowed'])
    expect(await refused(await token({ aud: ['bank', 'shop.test'] }), rule)).toMatchObject({ allowed: true })
  })
})

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('where a token stands', () => {
  it.each<[string, Partial<JwtRule>, (text: string) => { headers?: string[]; target?: string }]>([
    ['the access_token parameter', {}, text => ({ target: `/x?access_token=${text}` })],
    [
      'a header named',
      { fromHeaders: [{ name: 'X-Token', prefix: 'jwt ' }] },
      text => ({ headers: ['x-token', `jwt ${text}`] }),
    ],
    ['a parameter named', { fromParams: ['t'] }, text => ({ target: `/x?y=1&t=${text}` })],
    ['a cookie named', { fromCookies: ['session'] }, text => ({ headers: ['cookie', `a=b; session=${text}`] })],
  ])('%s', async (_sentence, changes, carry) => {
    const { headers = [], target } = carry(await token())
    const verdict = await world([{ ...inline(first), ...changes }]).check(headers, target)
    expect(verdict).toMatchObject({ allowed: true, claims: { sub: 'jane' } })
  })

  it('is not Authorization once another place is named', async () => {
    const verdict = await world([{ ...inline(first), fromParams: ['t'] }]).check(bearer('garbage'))
    expect(verdict).toMatchObject({ allowed: true, claims: undefined })
  })

  it('two tokens both have to be good', async () => {
    const verdict = await world([inline(first)]).check(bearer(await token()), '/x?access_token=garbage')
    expect(verdict).toMatchObject({ allowed: false, status: 401 })
  })
})

describe('several issuers', () => {
  it('take each its own tokens', async () => {
    const other: JwtRule = { issuer: 'https://b.test', jwks: JSON.stringify({ keys: [second.jwk] }) }
    const { check } = world([inline(first), other])
    expect(await check(bearer(await token()))).toMatchObject({ claims: { iss: issuer } })
    expect(await check(bearer(await token({ iss: 'https://b.test' }, second)))).toMatchObject({ allowed: true })
    expect(await check(bearer(await token({ exp: now - 99 })))).toMatchObject({
      allowed: false,
      body: 'Jwt is expired',
    })
    expect(await check(bearer(await token({ iss: 'c' })))).toMatchObject({ body: 'Jwt issuer is not configured' })
  })
})

describe('keys by URL', () => {
  const keySet = (...signers: Signer[]) => JSON.stringify({ keys: signers.map(({ jwk }) => jwk) })
  const uri = 'http://keys.test/jwks'

  it('are fetched once', async () => {
    const { check, fetched } = world([{ issuer, jwksUri: uri }], { [uri]: () => keySet(first) })
    for (let n = 0; n < 3; n++) expect(await check(bearer(await token()))).toMatchObject({ allowed: true })
    expect(fetched).toEqual([uri])
  })

  it('are found at the issuer when no URL is named', async () => {
    const discovery = `${issuer}/.well-known/openid-configuration`
    const urls = { [discovery]: () => JSON.stringify({ jwks_uri: uri }), [uri]: () => keySet(first) }
    const { check, fetched } = world([{ issuer }], urls)
    expect(await check(bearer(await token()))).toMatchObject({ allowed: true })
    expect(fetched).toEqual([discovery, uri])
  })

  it('are asked for again when a token names one nobody knows: keys rotate', async () => {
    let keys = keySet(first)
    const { check, clock } = world([{ issuer, jwksUri: uri }], { [uri]: () => keys })
    expect(await check(bearer(await token()))).toMatchObject({ allowed: true })
    keys = keySet(second)
    expect(await check(bearer(await token({}, second)))).toMatchObject({ allowed: false })
    await clock.advance(1_000)
    expect(await check(bearer(await token({}, second)))).toMatchObject({ allowed: true })
    expect(await check(bearer(await token()))).toMatchObject({ allowed: false })
  })

  it('that cannot be fetched refuse the token, and are asked for again after a second', async () => {
    const urls: Record<string, () => string> = {}
    const { check, clock, fetched } = world([{ issuer, jwksUri: uri }], urls)
    expect(await check(bearer(await token()))).toMatchObject({ allowed: false, status: 401 })
    urls[uri] = () => keySet(first)
    expect(await check(bearer(await token()))).toMatchObject({ allowed: false })
    await clock.advance(1_000)
    expect(await check(bearer(await token()))).toMatchObject({ allowed: true })
    expect(fetched).toEqual([uri, uri])
  })

  it('are fetched anew after twenty minutes, so that a key taken back ends', async () => {
    let keys = keySet(first)
    const { check, clock } = world([{ issuer, jwksUri: uri }], { [uri]: () => keys })
    await check(bearer(await token()))
    keys = keySet(second)
    await clock.advance(20 * 60_000)
    expect(await check(bearer(await token({ exp: now + 9_999 })))).toMatchObject({ allowed: false })
  })
})

describe('tokens and policies', () => {
  const denyStrangers: AuthorizationPolicy = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'strangers', namespace: 'istio-system' },
    spec: { action: 'DENY', rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }] },
  }

  it('a request without a token is 403, with a bad one 401, with a good one passes', async () => {
    const { check } = world([inline(first)], {}, [denyStrangers])
    expect(await check([])).toMatchObject({ status: 403, body: 'RBAC: access denied' })
    expect(await check(bearer(await token({ exp: 1 })))).toMatchObject({ status: 401, body: 'Jwt is expired' })
    expect(await check(bearer(await token()))).toMatchObject({ allowed: true })
  })

  it('hold for other workloads only where they are the mesh’s', () => {
    const security = createSecurity({ clock: new FakeClock(start), log: () => {}, fetch: async () => '' })
    const elsewhere = { ...denyStrangers, metadata: { name: 'p', namespace: 'shop' } }
    security.setPolicies({ authorizationPolicies: [elsewhere], requestAuthentications: [], peerAuthentications: [] })
    expect(security.check(gateway, request([], '/'))).toBeUndefined()
    expect(security.check({ namespace: 'shop', labels: {} }, request([], '/'))).toMatchObject({ status: 403 })
  })
})

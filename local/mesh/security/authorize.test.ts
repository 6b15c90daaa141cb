import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AuthorizationPolicy } from '../../api/istio/types.ts'
import { audited, authorize } from './authorize.ts'
import type { CheckedRequest, CheckedWorkload, Claims } from './checked-request.ts'
import { rulesFor } from './policies.ts'

const gateway: CheckedWorkload = { namespace: 'istio-system', labels: { istio: 'ingressgateway' } }

function policy(yaml: string, name = 'p', namespace = 'istio-system'): AuthorizationPolicy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace },
    spec: parse(yaml),
  }
}

function request(changes: Partial<CheckedRequest> = {}): CheckedRequest {
  return {
    method: 'GET',
    scheme: 'http',
    authority: 'g.test',
    target: '/',
    headers: [],
    peer: '127.0.0.1',
    remote: '127.0.0.1',
    destinationPort: 80,
    sni: '',
    principal: undefined,
    ...changes,
  }
}

/** `none`, the rule that denied, or undefined when the request passes. */
function denier(policies: AuthorizationPolicy[], asked: CheckedRequest, claims?: Claims): string | undefined {
  const denial = authorize(rulesFor(policies, gateway), asked, claims)
  return denial && /matched_policy\[(.*)\]$/.exec(denial.details)?.[1]
}

const passes = (yaml: string, asked: CheckedRequest, claims?: Claims) =>
  denier([policy(yaml)], asked, claims) === undefined

describe('a denial', () => {
  it('is 403 with no line end, and names the rule that matched', () => {
    const rules = rulesFor([policy('{ action: DENY, rules: [{ to: [{ operation: { paths: ["/no"] } }] }] }')], gateway)
    expect(authorize(rules, request({ target: '/no' }), undefined)).toEqual({
      allowed: false,
      status: 403,
      body: 'RBAC: access denied',
      headers: [],
      details: 'rbac_access_denied_matched_policy[ns[istio-system]-policy[p]-rule[0]]',
    })
  })

  it('quotes the first name of all rules that match, whatever the order of the policies', () => {
    const all = '{ action: DENY, rules: [{}] }'
    expect(denier([policy(all, 'b'), policy(all, 'a')], request())).toBe('ns[istio-system]-policy[a]-rule[0]')
  })

  it('quotes the matching rule, not the first one', () => {
    const yaml =
      '{ action: DENY, rules: [{ to: [{ operation: { methods: [PUT] } }] }, { to: [{ operation: { methods: [GET] } }] }] }'
    expect(denier([policy(yaml)], request())).toBe('ns[istio-system]-policy[p]-rule[1]')
  })
})

describe('policies together', () => {
  const allowGet = policy('{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }', 'get')
  const allowPost = policy('{ action: ALLOW, rules: [{ to: [{ operation: { methods: [POST] } }] }] }', 'post')
  const denySecret = policy('{ action: DENY, rules: [{ to: [{ operation: { paths: [/secret] } }] }] }', 'secret')

  it.each([
    ['none at all lets everything pass', [], request({ method: 'DELETE' }), undefined],
    ['any ALLOW shuts out the rest', [allowGet], request({ method: 'PUT' }), 'none'],
    ['one ALLOW of several is enough', [allowGet, allowPost], request({ method: 'POST' }), undefined],
    [
      'DENY comes before ALLOW',
      [allowGet, denySecret],
      request({ target: '/secret' }),
      'ns[istio-system]-policy[secret]-rule[0]',
    ],
    ['DENY alone lets the rest pass', [denySecret], request({ method: 'PUT' }), undefined],
    ['ALLOW without rules allows nothing', [policy('{}')], request(), 'none'],
    ['ALLOW of an empty rule allows everything', [policy('{ rules: [{}] }')], request(), undefined],
    ['DENY without rules denies nothing', [policy('{ action: DENY }')], request(), undefined],
  ])('%s', (_sentence, policies, asked, expected) => {
    expect(denier(policies, asked)).toBe(expected)
  })

  it('of AUDIT never deny, and are told', () => {
    const rules = rulesFor([policy('{ action: AUDIT, rules: [{}] }')], gateway)
    expect(authorize(rules, request(), undefined)).toBeUndefined()
    expect(audited(rules, request(), undefined)?.name).toBe('ns[istio-system]-policy[p]-rule[0]')
  })

  it('of CUSTOM deny what they match, since nobody can be asked, and no more', () => {
    const custom = policy(
      '{ action: CUSTOM, provider: { name: x }, rules: [{ to: [{ operation: { paths: [/a] } }] }] }',
    )
    expect(denier([custom], request({ target: '/a' }))).toContain('rule[0]-deny-due-to-bad-CUSTOM-action')
    expect(denier([custom], request())).toBeUndefined()
  })

  it('of a dry run neither allow nor deny', () => {
    const dry = policy('{ action: DENY, rules: [{}] }')
    dry.metadata.annotations = { 'istio.io/dry-run': 'true' }
    expect(denier([dry], request())).toBeUndefined()
  })
})

describe('which policies hold', () => {
  const denyAll = '{ action: DENY, rules: [{}] }'
  const selecting = (labels: string) => `{ action: DENY, rules: [{}], selector: { matchLabels: ${labels} } }`
  const pod: CheckedWorkload = { namespace: 'shop', labels: { app: 'cart', version: 'v1' } }

  it.each([
    ['of the same namespace', policy(denyAll, 'p', 'shop'), true],
    ['of the root namespace', policy(denyAll), true],
    ['of another namespace', policy(denyAll, 'p', 'other'), false],
    ['whose selector fits', policy(selecting('{ app: cart }'), 'p', 'shop'), true],
    ['whose selector fits in part', policy(selecting('{ app: cart, version: v2 }'), 'p', 'shop'), false],
    ['of the root namespace with a selector that fits', policy(selecting('{ version: v1 }')), true],
    [
      'that name a Gateway of the Gateway API',
      policy('{ action: DENY, rules: [{}], targetRefs: [{ kind: Gateway, name: g }] }', 'p', 'shop'),
      false,
    ],
  ])('%s', (_sentence, one, holds) => {
    expect(authorize(rulesFor([one], pod), request(), undefined) !== undefined).toBe(holds)
  })
})

describe('operations', () => {
  const denied = (operation: string, asked: Partial<CheckedRequest>) =>
    !passes(`{ action: DENY, rules: [{ to: [{ operation: ${operation} }] }] }`, request(asked))

  it.each<[string, string, Partial<CheckedRequest>, boolean]>([
    ['a path is compared without its query', '{ paths: [/secret] }', { target: '/secret?x=1' }, true],
    ['a path is exact about a slash at the end', '{ paths: [/secret] }', { target: '/secret/' }, false],
    ['a path is exact about case', '{ paths: [/secret] }', { target: '/SECRET' }, false],
    ['a path with a star at the end is a prefix', '{ paths: ["/admin*"] }', { target: '/administer' }, true],
    ['a path with a star in front is a suffix', '{ paths: ["*.png"] }', { target: '/a/b.png?c' }, true],
    ['{*} is one segment', '{ paths: ["/img/{*}"] }', { target: '/img/1.png' }, true],
    ['{*} is not two', '{ paths: ["/img/{*}"] }', { target: '/img/a/b' }, false],
    ['{**} is any rest', '{ paths: ["/img/{**}"] }', { target: '/img/a/b' }, true],
    ['dots of a template are dots', '{ paths: ["/{*}/v1.0"] }', { target: '/a/v1x0' }, false],
    ['a host does not match with a port', '{ hosts: [g.test] }', { authority: 'g.test:80' }, false],
    ['a host is compared without case', '{ hosts: [g.test] }', { authority: 'G.TEST' }, true],
    ['a host with a star for the port', '{ hosts: ["g.test:*"] }', { authority: 'g.test:80' }, true],
    ['*.host is a suffix, not the host itself', '{ hosts: ["*.gg.test"] }', { authority: 'gg.test' }, false],
    ['*.host is a suffix', '{ hosts: ["*.gg.test"] }', { authority: 'x.gg.test' }, true],
    ['*.host does not match with a port', '{ hosts: ["*.gg.test"] }', { authority: 'x.gg.test:80' }, false],
    ['host* is a prefix', '{ hosts: ["g4.test*"] }', { authority: 'g4.testx' }, true],
    ['GET is not HEAD', '{ methods: [GET] }', { method: 'HEAD' }, false],
    ['methods have prefixes', '{ methods: ["P*"] }', { method: 'PATCH' }, true],
    ['a port is the one listened on', '{ ports: ["80"] }', { authority: 'g.test:99' }, true],
    ['another port', '{ ports: ["8080"] }', {}, false],
    ['notPorts', '{ notPorts: ["8888"] }', {}, true],
    ['all fields have to hold', '{ methods: [GET], paths: [/a] }', { target: '/b' }, false],
    ['values and notValues have to hold', '{ paths: ["/a*"], notPaths: [/ab] }', { target: '/ab' }, false],
  ])('%s', (_sentence, operation, asked, expected) => {
    expect(denied(operation, asked)).toBe(expected)
  })
})

describe('sources', () => {
  const denied = (source: string, asked: Partial<CheckedRequest>) =>
    !passes(`{ action: DENY, rules: [{ from: [{ source: ${source} }] }] }`, request(asked))
  const caller = { principal: 'cluster.local/ns/shop/sa/cart' }

  it.each<[string, string, Partial<CheckedRequest>, boolean]>([
    ['a principal', '{ principals: [cluster.local/ns/shop/sa/cart] }', caller, true],
    ['a principal by prefix', '{ principals: ["cluster.local/ns/shop/*"] }', caller, true],
    ['a principal by suffix', '{ principals: ["*/sa/cart"] }', caller, true],
    ['any principal', '{ principals: ["*"] }', caller, true],
    ['no principal without mutual TLS', '{ principals: ["*"] }', {}, false],
    ['notPrincipals also without mutual TLS', '{ notPrincipals: [cluster.local/ns/shop/sa/cart] }', {}, true],
    ['a namespace', '{ namespaces: [shop] }', caller, true],
    ['a namespace by prefix', '{ namespaces: ["sh*"] }', caller, true],
    ['not a namespace that only begins so', '{ namespaces: [sho] }', caller, false],
    ['notNamespaces without mutual TLS', '{ notNamespaces: [shop] }', {}, true],
    ['a service account with its namespace', '{ serviceAccounts: [shop/cart] }', caller, true],
    ['a service account of the policy’s namespace', '{ serviceAccounts: [cart] }', caller, false],
    ['an address', '{ ipBlocks: [127.0.0.1] }', {}, true],
    ['a block', '{ ipBlocks: [127.0.0.0/8] }', {}, true],
    ['an IPv6 block', '{ ipBlocks: ["::/8"] }', { peer: '::1' }, true],
    ['an address that IPv6 carries', '{ ipBlocks: [10.0.0.0/8] }', { peer: '::ffff:10.1.2.3' }, true],
    ['notIpBlocks beside ipBlocks', '{ ipBlocks: [127.0.0.0/8], notIpBlocks: [127.0.0.1] }', {}, false],
    ['the remote address', '{ remoteIpBlocks: [9.9.9.9] }', { remote: '9.9.9.9' }, true],
    ['not the peer’s', '{ remoteIpBlocks: [9.9.9.9] }', { peer: '9.9.9.9' }, false],
  ])('%s', (_sentence, source, asked, expected) => {
    expect(denied(source, asked)).toBe(expected)
  })
})

describe('requestPrincipals', () => {
  const claims = { iss: 'https://a.test/x', sub: 'jane' }
  it.each([
    ['https://a.test/x/jane', true],
    ['https://a.test/x/joe', false],
    ['*', true],
    ['https://a.test/x/*', true],
    ['https://a.test/x/ja*', true],
    ['*/jane', true],
    ['*test/x/jane', true],
    ['*ane', true],
    ['https://a.test*', false],
  ])('%s', (pattern, expected) => {
    const yaml = `{ action: DENY, rules: [{ from: [{ source: { requestPrincipals: ["${pattern}"] } }] }] }`
    expect(passes(yaml, request(), claims)).toBe(!expected)
    expect(passes(yaml, request())).toBe(true)
  })
})

describe('conditions', () => {
  const denied = (when: string, asked: Partial<CheckedRequest> = {}, claims?: Claims) =>
    !passes(`{ action: DENY, rules: [{ when: [${when}] }] }`, request(asked), claims)

  it.each<[string, string, string[], boolean]>([
    ['a header', '{ key: "request.headers[x-role]", values: [root] }', ['x-role', 'root'], true],
    ['a header is exact about case', '{ key: "request.headers[x-role]", values: [root] }', ['x-role', 'Root'], false],
    [
      'but not about the case of its name',
      '{ key: "request.headers[X-Role]", values: [root] }',
      ['x-role', 'root'],
      true,
    ],
    [
      'two lines are one value',
      '{ key: "request.headers[x-role]", values: [v] }',
      ['x-role', 'v', 'x-role', 'w'],
      false,
    ],
    ['joined by a comma', '{ key: "request.headers[x-role]", values: ["v,w"] }', ['x-role', 'v', 'x-role', 'w'], true],
    ['notValues of an absent header', '{ key: "request.headers[x-role]", notValues: [v] }', [], true],
    [
      'a star is presence, also of an empty value',
      '{ key: "request.headers[x-role]", values: ["*"] }',
      ['x-role', ''],
      true,
    ],
    ['a star is not absence', '{ key: "request.headers[x-role]", values: ["*"] }', [], false],
  ])('%s', (_sentence, when, headers, expected) => {
    expect(denied(when, { headers })).toBe(expected)
  })

  it.each<[string, string, Claims | undefined, boolean]>([
    ['a claim', '{ key: "request.auth.claims[group]", values: [admin] }', { group: 'admin' }, true],
    [
      'a claim that is a list',
      '{ key: "request.auth.claims[group]", values: [admin] }',
      { group: ['x', 'admin'] },
      true,
    ],
    ['a nested claim', '{ key: "request.auth.claims[a][b]", values: [c] }', { a: { b: 'c' } }, true],
    ['words of scope', '{ key: "request.auth.claims[scope]", values: [write] }', { scope: 'read write' }, true],
    ['no claim', '{ key: "request.auth.claims[group]", values: [admin] }', undefined, false],
    ['notValues of no claim', '{ key: "request.auth.claims[group]", notValues: [admin] }', undefined, true],
    ['an audience', '{ key: request.auth.audiences, values: [me] }', { aud: ['me'] }, true],
    ['a presenter', '{ key: request.auth.presenter, values: [me] }', { azp: 'me' }, true],
    ['a claim that is no text', '{ key: "request.auth.claims[n]", values: ["1"] }', { n: 1 }, false],
  ])('%s', (_sentence, when, claims, expected) => {
    expect(denied(when, {}, claims)).toBe(expected)
  })

  it('an ALLOW rule with a value that cannot be read is left out', () => {
    expect(
      passes(
        '{ rules: [{ when: [{ key: source.ip, values: [nonsense] }] }, { to: [{ operation: { paths: [/b] } }] }] }',
        request(),
      ),
    ).toBe(false)
  })

  it('a DENY rule loses only the value that cannot be read', () => {
    expect(denied('{ key: destination.port, values: [nonsense, "80"] }')).toBe(true)
  })
})

describe('a connection of bytes', () => {
  const asked = request({ ...{ method: '', authority: '', target: '' }, sni: 'shop.test', destinationPort: 8443 })
  const passes = (...policies: string[]) => {
    const rules = rulesFor(
      policies.map((yaml, index) => policy(yaml, `p${index}`)),
      gateway,
      'connection',
    )
    return authorize(rules, asked, undefined) === undefined
  }

  it.each([
    ['is let in by its address', '{ rules: [{ from: [{ source: { ipBlocks: [127.0.0.1] } }] }] }', true],
    ['is let in by its port', '{ rules: [{ to: [{ operation: { ports: ["8443"] } }] }] }', true],
    ['is let in by its SNI', '{ rules: [{ when: [{ key: connection.sni, values: ["shop.*"] }] }] }', true],
    ['is let in by no method', '{ rules: [{ to: [{ operation: { methods: [GET] } }] }] }', false],
    [
      'is let in by no path, whatever else fits',
      '{ rules: [{ to: [{ operation: { ports: ["8443"], paths: ["/"] } }] }] }',
      false,
    ],
    ['is let in by no excluded host', '{ rules: [{ to: [{ operation: { notHosts: [x] } }] }] }', false],
    ['is let in by no header', '{ rules: [{ when: [{ key: "request.headers[x]", notValues: [y] }] }] }', false],
    ['is let in by no token', '{ rules: [{ from: [{ source: { requestPrincipals: ["*"] } }] }] }', false],
    ['is let in by another rule of the policy', '{ rules: [{ to: [{ operation: { methods: [GET] } }] }, {}] }', true],
    ['is kept out by its port', '{ action: DENY, rules: [{ to: [{ operation: { ports: ["8443"] } }] }] }', false],
    [
      'is kept out where a path narrows the denial: it is left out',
      '{ action: DENY, rules: [{ to: [{ operation: { paths: ["/x"] } }] }] }',
      false,
    ],
    [
      'is not kept out for another port',
      '{ action: DENY, rules: [{ to: [{ operation: { ports: ["1"], paths: ["/x"] } }] }] }',
      true,
    ],
    ['is not kept out by an audit', '{ action: AUDIT, rules: [{}] }', true],
  ])('%s', (_sentence, yaml, expected) => {
    expect(passes(yaml)).toBe(expected)
  })

  it('is kept out by a denial although another policy lets it in', () => {
    expect(passes('{ rules: [{}] }', '{ action: DENY, rules: [{}] }')).toBe(false)
  })
})

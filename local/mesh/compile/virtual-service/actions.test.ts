// What rules do with requests, field by field: YAML of a rule in, the action of the table out.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { MeshService } from '../service-registry.ts'
import { type BoundVirtualService, bindVirtualService } from './bound-service.ts'
import type { RoutingPlace } from './place.ts'
import { RejectedConfiguration } from './rejection.ts'
import { compileRoutes } from './routes.ts'

const place: RoutingPlace = {
  port: 80,
  gateway: 'default/gw',
  tls: false,
  namespace: 'istio-system',
  labels: {},
  defaultRetries: undefined,
  findService: () => undefined,
}

function bound(rule: string): BoundVirtualService {
  const metadata = { name: 'vs', namespace: 'default' }
  const spec = { hosts: ['h.test'], gateways: ['gw'], http: [parse(rule)] }
  return bindVirtualService({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec })
}

function route(rule: string, at: Partial<RoutingPlace> = {}) {
  const [first] = compileRoutes(bound(rule), { ...place, ...at })
  if (!first) throw new Error(`no route: ${rule}`)
  return first
}

function forward(rule: string, at: Partial<RoutingPlace> = {}) {
  const { action } = route(rule, at)
  if (action.kind !== 'forward') throw new Error(`${rule} does not forward`)
  return action
}

const to = 'route: [{destination: {host: reviews, port: {number: 9080}}}]'

describe('destinations', () => {
  const service = (...ports: number[]) =>
    ({ ports: ports.map(number => ({ number })), aliasOf: undefined }) as unknown as MeshService
  const cluster = (rule: string, found?: MeshService) =>
    forward(rule, { findService: () => found }).clusters[0]?.cluster

  it('a short name is one of the rule’s namespace', () => {
    expect(cluster(`{${to}}`)).toBe('outbound|9080||reviews.default.svc.cluster.local')
  })
  it('a name with a dot stands as it is', () => {
    expect(cluster('{route: [{destination: {host: reviews.default, subset: v1}}]}')).toBe(
      'outbound|80|v1|reviews.default',
    )
  })
  it('x-noport: without a port it is the only one of the service', () => {
    expect(cluster('{route: [{destination: {host: r}}]}', service(9080))).toContain('outbound|9080|')
  })
  it('x-two: of several ports it is the one the request came to', () => {
    expect(cluster('{route: [{destination: {host: r}}]}', service(9080, 9090))).toContain('outbound|80|')
  })
  it('an ExternalName Service stands for the host it names', () => {
    const alias = { ...service(80), aliasOf: 'lg.istio-system.svc.cluster.local' }
    expect(cluster('{route: [{destination: {host: r, port: {number: 80}}}]}', alias)).toBe(
      'outbound|80||lg.istio-system.svc.cluster.local',
    )
  })
  it('wsingle: a single destination needs no weight', () => {
    expect(forward('{route: [{destination: {host: r}, weight: 0}]}')).toMatchObject({ totalWeight: 1 })
  })
  it('of several, weight 0 is left out and any sum is allowed', () => {
    const action = forward(
      '{route: [{destination: {host: a}, weight: 50}, {destination: {host: b}, weight: 60}, {destination: {host: c}}]}',
    )
    expect(action.clusters.map(({ weight }) => weight)).toEqual([50, 60])
    expect(action.totalWeight).toBe(110)
  })
  it('wzero: no weight at all is refused by Envoy', () => {
    expect(() => forward('{route: [{destination: {host: a}}, {destination: {host: b}}]}')).toThrow(
      RejectedConfiguration,
    )
  })
  it('a rule with nothing to do is refused', () => {
    expect(() => route('{match: [{uri: {prefix: /a}}]}')).toThrow(RejectedConfiguration)
  })
})

describe('the operation of traces', () => {
  const rows: [match: string, operation: string][] = [
    ['[{}]', 'reviews.default.svc.cluster.local:9080/*'],
    ['[{uri: {prefix: /api}}]', 'reviews.default.svc.cluster.local:9080/api*'],
    ['[{uri: {exact: /api}}]', 'reviews.default.svc.cluster.local:9080/api'],
    ['[{uri: {regex: "/a.*"}}]', 'reviews.default.svc.cluster.local:9080/a.*'],
  ]
  it.for(rows)('%s', ([match, operation]) => expect(forward(`{match: ${match}, ${to}}`).operation).toBe(operation))
  it('names the VirtualService where the destination is drawn, also when one alone is left', () => {
    expect(forward('{route: [{destination: {host: a}, weight: 1}, {destination: {host: b}}]}').operation).toBe(
      'vs:80/*',
    )
  })
})

describe('rewrite', () => {
  const rows: [sentence: string, rule: string, rewrite: object | undefined][] = [
    [
      'rw-prefix: a prefix alone is replaced',
      'match: [{uri: {prefix: /a}}], rewrite: {uri: /b}',
      { path: { kind: 'prefix', from: '/a', to: '/b' } },
    ],
    [
      'rw-root: without a match the prefix is /',
      'rewrite: {uri: other/}',
      { path: { kind: 'prefix', from: '/', to: 'other/' } },
    ],
    [
      'rw-exact: an exact path is replaced whole',
      'match: [{uri: {exact: /a}}], rewrite: {uri: /b}',
      { path: { kind: 'whole', to: '/b' } },
    ],
    [
      'rw-regexmatch: so is one matched by regex',
      'match: [{uri: {regex: "/a.*"}}], rewrite: {uri: /b}',
      { path: { kind: 'whole', to: '/b' } },
    ],
    [
      'rw-regexrw: a regex of its own',
      'rewrite: {uriRegexRewrite: {match: "/(a)", rewrite: "/\\\\1"}}',
      { path: { kind: 'regex', substitution: '/\\1' } },
    ],
    ['the host', 'rewrite: {authority: b.test}', { authority: 'b.test', path: undefined }],
    ['hostset: by headers', 'headers: {request: {set: {Host: b.test}}}', { authority: 'b.test' }],
    [
      'hdrauthority: by the pseudo header',
      'headers: {request: {set: {":authority": b.test}}}',
      { authority: 'b.test' },
    ],
    [
      'the rewrite beats the headers',
      'rewrite: {authority: b.test}, headers: {request: {set: {host: c.test}}}',
      { authority: 'b.test' },
    ],
    ['nothing', 'timeout: 1s', undefined],
  ]
  it.for(rows)('%s', ([, rule, rewrite]) => {
    const got = forward(`{${rule}, ${to}}`).rewrite
    if (rewrite === undefined) expect(got).toBeUndefined()
    else expect(got).toMatchObject(rewrite)
  })
  it('a single destination’s host is the route’s', () => {
    const action = forward('{route: [{destination: {host: a}, headers: {request: {set: {host: b.test}}}}]}')
    expect(action.rewrite).toEqual({ authority: 'b.test', path: undefined })
    expect(action.clusters[0]?.authority).toBeUndefined()
  })
})

describe('redirect', () => {
  const rows: [rule: string, action: object, at?: Partial<RoutingPlace>][] = [
    ['{uri: /n}', { code: 301, uri: '/n', authority: undefined, port: undefined, scheme: undefined }],
    ['{uri: rel/x}', { uri: '/rel/x' }],
    ['{uri: "http://x.test/y"}', { uri: '/http://x.test/y' }],
    ['{authority: o.test, redirectCode: 308}', { code: 308, authority: 'o.test', uri: undefined }],
    ['{scheme: https, port: 8443}', { scheme: 'https', port: 8443 }],
    ['{scheme: https, port: 443}', { port: undefined }],
    ['{port: 80}', { port: undefined }],
    ['{port: 443}', { port: 443 }],
    ['{scheme: https, derivePort: FROM_PROTOCOL_DEFAULT}', { port: undefined }],
    ['{uri: /a, derivePort: FROM_REQUEST_PORT}', { port: undefined }],
    ['{uri: /a, derivePort: FROM_REQUEST_PORT}', { port: 8081 }, { port: 8081 }],
    ['{uri: /a, derivePort: FROM_REQUEST_PORT}', { port: undefined }, { port: 443, tls: true }],
  ]
  it.for(rows)('%s', ([rule, action, at]) => expect(route(`{redirect: ${rule}}`, at).action).toMatchObject(action))

  it.for([300, 304])('code %d passes Istio and is refused by Envoy', code => {
    expect(() => route(`{redirect: {uri: /a, redirectCode: ${code}}}`)).toThrow(
      /redirectCode 30[04] is not yet supported/,
    )
  })
  it('CORS has no effect there', () => {
    expect(route('{redirect: {uri: /a}, corsPolicy: {allowOrigins: [{exact: a}]}}').cors).toBeUndefined()
  })
})

describe('directResponse', () => {
  const body = (rule: string) => {
    const { action } = route(`{directResponse: ${rule}}`)
    return action.kind === 'direct-response' ? action.body : undefined
  }
  it('has a literal text', () =>
    expect(body('{status: 503, body: {string: "%REQ(x)% ü"}}')?.toString()).toBe('%REQ(x)% ü'))
  it('has bytes', () => expect(body('{status: 200, body: {bytes: AAH/}}')).toEqual(Buffer.from([0, 1, 255])))
  it('has none', () => expect(body('{status: 204}')).toBeUndefined())
})

describe('retries and timeouts', () => {
  it('two retries upon connect failures where nothing is said', () => {
    const { retry, timeoutMs } = forward(`{${to}}`)
    expect(timeoutMs).toBe(0)
    expect(retry).toMatchObject({ retries: 2, hostSelectionAttempts: 5, backoffMs: 25, perTryTimeoutMs: 0 })
    expect([...(retry?.on ?? [])].join()).toBe(
      'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    )
    expect(retry?.retriableStatusCodes.size).toBe(0)
  })
  it('the mesh’s own default goes before Istio’s, the rule’s before the mesh’s, each whole', () => {
    const defaultRetries = { attempts: 5, retryOn: '5xx', perTryTimeout: '1s' }
    expect(forward(`{${to}}`, { defaultRetries }).retry).toMatchObject({ retries: 5, perTryTimeoutMs: 1000 })
    expect(forward(`{${to}, retries: {attempts: 1}}`, { defaultRetries }).retry).toMatchObject({
      retries: 1,
      perTryTimeoutMs: 0,
    })
  })
  it.for(['{}', '{attempts: 0}'])('retryoff: %s is none', retries => {
    expect(forward(`{${to}, retries: ${retries}}`).retry).toBeUndefined()
  })
  const rows: [retryOn: string, on: string[], codes: number[]][] = [
    ['5xx', ['5xx'], []],
    ['gateway-error,404', ['gateway-error', 'retriable-status-codes'], [404]],
    [' 503 , reset ', ['reset', 'retriable-status-codes'], [503]],
    ['retriable-status-codes,503', ['retriable-status-codes'], [503]],
    ['799', ['799'], []],
  ]
  it.for(rows)('retryboth: retryOn %s', ([retryOn, on, codes]) => {
    const { retry } = forward(`{${to}, retries: {attempts: 1, retryOn: "${retryOn}"}}`)
    expect([...(retry?.on ?? [])].sort()).toEqual(on.sort())
    expect([...(retry?.retriableStatusCodes ?? [])]).toEqual(codes)
  })
  it('times are durations', () => {
    const action = forward(`{${to}, timeout: 1.5s, retries: {attempts: 3, perTryTimeout: 250ms, backoff: 0.2s}}`)
    expect(action.timeoutMs).toBe(1500)
    expect(action.retry).toMatchObject({ perTryTimeoutMs: 250, backoffMs: 200 })
  })
  it('hosts already tried may be tried again', () => {
    const { retry } = forward(`{${to}, retries: {attempts: 3, retryIgnorePreviousHosts: false}}`)
    expect(retry?.hostSelectionAttempts).toBe(0)
  })
})

describe('fault', () => {
  const fault = (yaml: string) => route(`{${to}, fault: ${yaml}}`).fault
  const rows: [sentence: string, yaml: string, fault: object | undefined][] = [
    [
      'abort',
      '{abort: {httpStatus: 418, percentage: {value: 50}}}',
      { abort: { percent: 50, status: 418, grpcStatus: undefined } },
    ],
    [
      'abortgrpc',
      '{abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}}',
      { abort: { percent: 100, status: undefined, grpcStatus: 14 } },
    ],
    [
      'delay in millionths',
      '{delay: {fixedDelay: 2s, percentage: {value: 0.00019}}}',
      { delay: { percent: 0.0001, ms: 2000 } },
    ],
    [
      'faultpercent: the old whole percents',
      '{delay: {fixedDelay: 0.5s, percent: 100}}',
      { delay: { percent: 100, ms: 500 } },
    ],
    [
      'both',
      '{delay: {fixedDelay: 1s, percent: 1}, abort: {httpStatus: 500, percentage: {value: 2}}}',
      { delay: { percent: 1 }, abort: { percent: 2 } },
    ],
    ['abortnopct: without a percentage never', '{abort: {httpStatus: 500}}', undefined],
    ['faultdelaynopct: nor a delay', '{delay: {fixedDelay: 1s}}', undefined],
    ['an exponential delay is not supported', '{delay: {exponentialDelay: 1s, percentage: {value: 100}}}', undefined],
    ['an unknown gRPC code', '{abort: {grpcStatus: NOPE, percentage: {value: 100}}}', undefined],
  ]
  it.for(rows)('%s', ([, yaml, wanted]) => {
    if (wanted) expect(fault(yaml)).toMatchObject(wanted)
    else expect(fault(yaml)).toBeUndefined()
  })
})

describe('mirrors', () => {
  const mirrors = (yaml: string) =>
    forward(`{${to}, ${yaml}}`).mirrors.map(({ cluster, percent }) => `${cluster} ${percent}`)
  const m = 'outbound|80||m.default.svc.cluster.local'
  const rows: [yaml: string, mirrors: string[]][] = [
    ['mirror: {host: m}', [`${m} 100`]],
    ['mirror: {host: m}, mirrorPercentage: {value: 25}', [`${m} 25`]],
    ['mirror: {host: m}, mirrorPercent: 10', [`${m} 10`]],
    ['mirror: {host: m}, mirrorPercentage: {value: 0}', []],
    [
      'mirrors: [{destination: {host: m}}, {destination: {host: m, port: {number: 81}}, percentage: {value: 1}}]',
      [`${m} 100`, 'outbound|81||m.default.svc.cluster.local 1'],
    ],
    ['timeout: 1s', []],
  ]
  it.for(rows)('%s', ([yaml, wanted]) => expect(mirrors(yaml)).toEqual(wanted))
})

describe('corsPolicy', () => {
  const cors = (yaml: string) => route(`{${to}, corsPolicy: ${yaml}}`).cors
  it('lists are joined without spaces', () => {
    expect(
      cors(
        '{allowOrigins: [{exact: "https://a"}], allowMethods: [GET, POST], allowHeaders: [x-Foo, b], exposeHeaders: [e], maxAge: 24h}',
      ),
    ).toEqual({
      allowOrigins: [{ kind: 'exact', value: 'https://a' }],
      allowMethods: 'GET,POST',
      allowHeaders: 'x-Foo,b',
      exposeHeaders: 'e',
      maxAge: '86400',
      allowCredentials: false,
      forwardNotMatchingPreflights: true,
    })
  })
  it('only what is there', () => {
    expect(cors('{allowOrigins: [{prefix: https}]}')).toMatchObject({ allowMethods: '', maxAge: '' })
  })
  it('the old allowOrigin is exact', () => {
    expect(cors('{allowOrigin: ["*"]}')?.allowOrigins).toEqual([{ kind: 'exact', value: '*' }])
  })
  it('without origins there is no CORS', () => expect(cors('{allowMethods: [GET]}')).toBeUndefined())
  it('preflights of others may be answered', () => {
    expect(cors('{allowOrigins: [{exact: a}], unmatchedPreflights: IGNORE}')?.forwardNotMatchingPreflights).toBe(false)
  })
})

describe('headers', () => {
  it('names in lower case, set and add in the order of the names', () => {
    const { requestHeaders } = route(
      `{${to}, headers: {request: {remove: [X-R], set: {X-B: b, X-A: a}, add: {x-c: c}}}}`,
    )
    expect(requestHeaders).toEqual({
      remove: ['x-r'],
      set: [
        { name: 'x-a', value: 'a' },
        { name: 'x-b', value: 'b' },
      ],
      add: [{ name: 'x-c', value: 'c' }],
    })
  })
  it('a single destination’s come behind the route’s, its removals before', () => {
    const one = route(
      '{headers: {request: {remove: [a], set: {x: route}}}, route: [{destination: {host: r}, headers: {request: {remove: [b], set: {x: dest}}, response: {add: {y: z}}}}]}',
    )
    expect(one.requestHeaders).toMatchObject({ remove: ['a', 'b'], set: [{ name: 'x', value: 'route' }] })
    const { clusters, destinationHeadersFirst } =
      one.action.kind === 'forward' ? one.action : { clusters: [], destinationHeadersFirst: true }
    expect(destinationHeadersFirst).toBe(false)
    expect(clusters[0]?.requestHeaders).toEqual({ remove: [], set: [{ name: 'x', value: 'dest' }], add: [] })
    expect(clusters[0]?.responseHeaders?.add).toEqual([{ name: 'y', value: 'z' }])
  })
  it('of several destinations each keeps its own, and they come first', () => {
    const action = forward(
      '{route: [{destination: {host: a}, weight: 1, headers: {request: {remove: [b]}}}, {destination: {host: b}, weight: 1}]}',
    )
    expect(action.destinationHeadersFirst).toBe(true)
    expect(action.clusters[0]?.requestHeaders?.remove).toEqual(['b'])
    expect(action.clusters[1]?.requestHeaders).toBeUndefined()
  })
  it('pseudo headers cannot be removed', () => {
    expect(route(`{${to}, headers: {request: {remove: [":path", host]}}}`).requestHeaders).toBeUndefined()
  })
  it('redirects and answers have response headers too', () => {
    expect(route('{redirect: {uri: /a}, headers: {response: {set: {a: b}}}}').responseHeaders?.set).toHaveLength(1)
  })
})

describe('the origin of a route', () => {
  it('is the entry of its matches', () => {
    const routes = compileRoutes(bound(`{match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}], ${to}}`), place)
    expect(routes.map(({ origin }) => origin.path)).toEqual(['spec.http[0].match[0]', 'spec.http[0].match[1]'])
  })
  it('is the rule where it has no match', () => {
    expect(route(`{${to}}`).origin).toEqual({
      kind: 'VirtualService',
      namespace: 'default',
      name: 'vs',
      path: 'spec.http[0]',
    })
  })
  it('names the rule, and the match behind a dot', () => {
    expect(route(`{name: rule, match: [{name: entry}], ${to}}`).name).toBe('rule.entry')
    expect(route(`{name: rule, ${to}}`).name).toBe('rule')
  })
})

// Random meshes and requests that meet: names, paths and headers come from small alphabets.
import fc from 'fast-check'
import type {
  Gateway,
  Headers,
  HttpMatchRequest,
  HttpRoute,
  ServiceEntry,
  StringMatch,
  VirtualService,
} from '../../local/api/istio/types.ts'
import type { Request } from './interpret.ts'
import type { Door } from './rules.ts'

export interface RuleSet {
  virtualServices: VirtualService[]
  gateways: Gateway[]
  serviceEntries: ServiceEntry[]
}

export interface Case {
  ruleSet: RuleSet
  visits: { door: Door; request: Request; draw: number }[]
}

const networking = 'networking.istio.io/v1'
const paths = ['/', '/a', '/a/b', '/abc', '/A/b', '/api/v1', '/api/v1/x', '/img/1.png', '/c/12']
const values = ['alice', 'bob', 'Alice', 'alice,bob', 'x1', 'jason']
const headerNames = ['x-user', 'end-user', 'x-group']
const edgeHosts = ['a.test', 'b.a.test', '*.a.test', '*.b.a.test', '*', 'shop.test']
const services = [
  { host: 'reviews.default.svc.cluster.local', ports: [9080] },
  { host: 'ratings.default.svc.cluster.local', ports: [80] },
  { host: 'two.default.svc.cluster.local', ports: [9080, 9090] },
]

/** The registry of every case. */
export const registry = services

/** There `there` times of ten. */
function sometimes<T>(value: fc.Arbitrary<T>, there: number): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: there, arbitrary: value }, { weight: 10 - there, arbitrary: fc.constant(undefined) })
}
const seldom = <T>(value: fc.Arbitrary<T>) => sometimes(value, 2)
const maybe = <T>(value: fc.Arbitrary<T>) => sometimes(value, 7)

const text = (of: readonly string[], regexes: readonly string[]): fc.Arbitrary<StringMatch> =>
  fc.oneof(
    fc.constantFrom(...of).map(exact => ({ exact })),
    fc.constantFrom(...of).map(one => ({ prefix: one.slice(0, Math.max(1, one.length - 1)) })),
    fc.constantFrom(...regexes).map(regex => ({ regex })),
  )

const pathMatch = text(paths, ['/a.*', '/c/[0-9]+', '/(api|img)/[^/]+', '/[a-z]'])
const valueMatch = text(values, ['a[a-z]*', '[a-z]+[0-9]', '.*,.*'])

const headerMatches = fc.dictionary(fc.constantFrom(...headerNames), fc.oneof(valueMatch, fc.constant({})), {
  maxKeys: 2,
})
const queryMatches = fc.dictionary(fc.constantFrom('v', 'z'), text(['1', '2', '42'], ['[0-9]+']), { maxKeys: 1 })

const match: fc.Arbitrary<HttpMatchRequest> = fc
  .record({
    uri: maybe(pathMatch),
    method: seldom(text(['GET', 'POST'], ['P(OST|UT)'])),
    scheme: seldom(fc.constantFrom('http', 'https').map((exact): StringMatch => ({ exact }))),
    authority: seldom(text(['a.test', 'x.a.test', 'reviews'], ['.*test(:\\d+)?'])),
    headers: seldom(headerMatches),
    withoutHeaders: seldom(headerMatches),
    queryParams: seldom(queryMatches),
    ignoreUriCase: seldom(fc.constant(true)),
    port: seldom(fc.constantFrom(80, 8888, 9080)),
    gateways: seldom(fc.subarray(['mesh', 'gw-a', 'default/gw-b'], { minLength: 1 })),
    sourceLabels: seldom(
      fc.constantFrom<Record<string, string>>({ app: 'client' }, { app: 'other' }, { istio: 'ingressgateway' }),
    ),
  })
  .map(present)

const destination = fc
  .record({
    host: fc.constantFrom(
      'reviews',
      'ratings',
      'two',
      'reviews.default.svc.cluster.local',
      'nowhere',
      'ratings.default',
    ),
    subset: seldom(fc.constantFrom('v1', 'v2')),
    port: seldom(fc.constantFrom({ number: 9080 }, { number: 80 })),
  })
  .map(present)

const operations = fc
  .record({
    set: seldom(fc.dictionary(fc.constantFrom('x-set', 'X-Both', 'x-a'), fc.constantFrom('1', 'two'), { maxKeys: 2 })),
    add: seldom(fc.dictionary(fc.constantFrom('x-add', 'x-both'), fc.constantFrom('1', 'two'), { maxKeys: 2 })),
    remove: seldom(fc.subarray(['x-gone', 'X-User'])),
  })
  .map(present)

const headers: fc.Arbitrary<Headers> = fc
  .record({ request: seldom(operations), response: seldom(operations) })
  .map(present)

const weighted = fc
  .array(fc.record({ destination, weight: fc.integer({ min: 0, max: 9 }), headers: seldom(headers) }).map(present), {
    minLength: 1,
    maxLength: 3,
  })
  .filter(all => all.length === 1 || all.some(({ weight }) => weight > 0))

const retries = fc
  .record({
    attempts: fc.integer({ min: 1, max: 5 }),
    perTryTimeout: seldom(fc.constantFrom('2s', '500ms', '0.3s')),
    retryOn: seldom(fc.constantFrom('5xx', 'gateway-error,404', '503', 'reset,connect-failure,503,404')),
  })
  .map(present)

const fault = fc.oneof(
  fc.record({
    delay: fc.record({
      fixedDelay: fc.constantFrom('2s', '0.5s'),
      percentage: fc.constantFrom({ value: 100 }, { value: 12.5 }),
    }),
  }),
  fc.record({
    abort: fc.record({
      httpStatus: fc.constantFrom(400, 503),
      percentage: fc.constantFrom({ value: 100 }, { value: 50 }),
    }),
  }),
)

const rewrite = fc.oneof(
  fc.record({ uri: fc.constantFrom('/new', '/', '/n?x=1'), authority: seldom(fc.constant('other.test')) }).map(present),
  fc.record({ authority: fc.constantFrom('other.test', 'reviews') }),
  fc.record({
    uriRegexRewrite: fc.constantFrom({ match: 'a', rewrite: 'AA' }, { match: '^/([^/]+)/(.*)$', rewrite: '/\\2/\\1' }),
  }),
)

const redirect = fc
  .record({
    uri: seldom(fc.constantFrom('/n', '/n?a=1', 'rel/x')),
    authority: seldom(fc.constantFrom('o.test', 'o.test:81')),
    scheme: seldom(fc.constant('https')),
    port: seldom(fc.constantFrom(80, 443, 8443)),
    redirectCode: seldom(fc.constantFrom(302, 307)),
  })
  .map(present)
  .filter(one => Object.keys(one).some(key => key !== 'redirectCode'))

const mirror = fc.record({ mirror: destination, mirrorPercentage: fc.constantFrom({ value: 100 }, { value: 25 }) })

const action: fc.Arbitrary<HttpRoute> = fc.oneof(
  { weight: 6, arbitrary: forward() },
  { weight: 1, arbitrary: fc.record({ redirect }) },
  {
    weight: 1,
    arbitrary: fc.record({
      directResponse: fc
        .record({ status: fc.constantFrom(200, 418, 503), body: seldom(fc.constant({ string: 'body' })) })
        .map(present),
    }),
  },
)

function forward(): fc.Arbitrary<HttpRoute> {
  const extras = fc.record({
    rewrite: seldom(rewrite),
    timeout: seldom(fc.constantFrom('1s', '250ms')),
    retries: seldom(retries),
    fault: seldom(fault),
    headers: seldom(headers),
  })
  return fc.tuple(weighted, extras, seldom(mirror)).map(([route, more, copy]) => ({
    route,
    ...present(more),
    ...(copy ?? {}),
  }))
}

const rule: fc.Arbitrary<HttpRoute> = fc
  .tuple(sometimes(fc.array(match, { minLength: 1, maxLength: 2 }), 8), action)
  .map(([entries, one]) => present({ match: entries, ...one }))

const stamps = ['2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z', undefined]

function virtualService(index: number): fc.Arbitrary<VirtualService> {
  return fc
    .record({
      hosts: fc.oneof(
        fc.constantFrom(...edgeHosts).map(host => [host]),
        fc.constantFrom('reviews', 'two', 'ratings').map(name => [name]),
      ),
      gateways: maybe(fc.subarray(['gw-a', 'default/gw-b', 'mesh'], { minLength: 1 })),
      namespace: fc.constantFrom('default', 'default', 'other'),
      stamp: fc.constantFrom(...stamps),
      http: fc.array(rule, { minLength: 1, maxLength: 4 }),
    })
    .map(({ hosts, gateways, namespace, stamp, http }) => ({
      apiVersion: networking,
      kind: 'VirtualService',
      metadata: present({ name: `vs${index}`, namespace, creationTimestamp: stamp }),
      spec: present({ hosts, gateways: hosts[0] === '*' ? ['gw-a'] : gateways, http }),
    }))
}

const gateways: fc.Arbitrary<Gateway[]> = fc
  .tuple(
    fc.constantFrom('*', '*.a.test a.test', 'default/*', 'shop.test ./*.a.test'),
    fc.constantFrom('*', 'other/* default/a.test'),
  )
  .map(([a, b]) => [gateway('gw-a', 80, a.split(' ')), gateway('gw-b', 8888, b.split(' '))])

function gateway(name: string, port: number, hosts: string[]): Gateway {
  return {
    apiVersion: networking,
    kind: 'Gateway',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts }],
    },
  }
}

const serviceEntries: ServiceEntry[] = services.map(({ host, ports }) => ({
  apiVersion: networking,
  kind: 'ServiceEntry',
  metadata: { name: host.split('.')[0] ?? '', namespace: 'default' },
  spec: {
    hosts: [host],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    ports: ports.map(number => ({ number, name: `http-${number}`, protocol: 'HTTP' })),
    endpoints: [{ address: '127.0.0.1', labels: { version: 'v1' } }],
  },
}))

const request: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'PUT'),
    path: fc.constantFrom(...paths, '/zzz', '/c/12x', '/API/v1'),
    query: fc.constantFrom('', '', '?v=1', '?v=3&v=2', '?z', '?v=42&z=1'),
    host: fc.constantFrom(
      'a.test',
      'x.a.test',
      'y.b.a.test',
      'A.Test',
      'a.test:8080',
      'b.a.test',
      'shop.test',
      'z.test',
    ),
    headers: fc.array(fc.tuple(fc.constantFrom(...headerNames), fc.constantFrom(...values, '')), { maxLength: 3 }),
  })
  .map(({ method, path, query, host, headers: lines }) => ({ method, target: path + query, host, headers: lines }))

const outside: fc.Arbitrary<Door> = fc.constantFrom(80, 8888).map(port => ({ kind: 'gateway', port }))

const inside = fc
  .tuple(
    fc.constantFrom('reviews', 'two', 'ratings'),
    fc.constantFrom('', '.default', '.default.svc', '.default.svc.cluster.local'),
    fc.constantFrom('default', 'default', 'other'),
    fc.constantFrom({ app: 'client' }, { app: 'unlike' }),
    request,
    fc.constantFrom(9080, 80, 9090),
  )
  .map(([name, suffix, namespace, labels, asked, port]): { door: Door; request: Request } => ({
    door: { kind: 'sidecar', port, namespace, labels },
    request: { ...asked, host: `${name}${suffix}${port === 80 ? '' : `:${port}`}` },
  }))

const visit = fc.tuple(
  fc.oneof(fc.record({ door: outside, request }), inside),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
)

export const cases: fc.Arbitrary<Case> = fc
  .tuple(
    fc
      .tuple(virtualService(0), virtualService(1), virtualService(2), virtualService(3), fc.integer({ min: 1, max: 4 }))
      .map(([a, b, c, d, count]) => [a, b, c, d].slice(0, count)),
    gateways,
    fc.array(visit, { minLength: 20, maxLength: 20 }),
  )
  .map(([virtualServices, opened, visits]) => ({
    ruleSet: { virtualServices, gateways: opened, serviceEntries },
    visits: visits.map(([where, draw]) => ({ ...where, draw })),
  }))

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the fields that are not there, as YAML has it. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Present<T>
}

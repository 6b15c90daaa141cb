// Random rule sets without chance in what they do, and requests that meet their rules: from small alphabets, by seed.
import type {
  CorsPolicy,
  HeaderOperations,
  HttpMatchRequest,
  HttpRoute,
  StringMatch,
} from '../../local/api/istio/types.ts'
import type { Random } from '../../local/kernel/random.ts'
import type { RecordedRequest } from '../recordings/recording.ts'

/** One virtual host: rules of its own before the same backends. */
export interface RuleSet {
  host: string
  http: HttpRoute[]
  requests: RecordedRequest[]
}

/** The backends of all rule sets; nothing listens at the third, and nobody is called like the last. */
export const backends = ['a.backends.test', 'b.backends.test', 'down.backends.test']
const nobody = 'nobody.backends.test'

const paths = [
  '/',
  '/a',
  '/a/b',
  '/abc',
  '/A/b',
  '/api/v1',
  '/api/v1/x',
  '/img/1.png',
  '/c/12',
  '/%41/b',
  '/a/../api/v1',
  '//a',
]
const values = ['alice', 'bob', 'Alice', 'alice,bob', 'x1', 'jason', '']
const names = ['x-user', 'end-user', 'x-group']
const requestValues = [
  '%REQ(x-user)%',
  '%REQ(:path)%',
  '%REQ(:authority)%',
  '%REQ(x-no?x-group):2%',
  '%PROTOCOL%',
  '100%%',
]
const responseValues = [
  ...['%RESPONSE_CODE%', '%RESP(x-backend)%', '%RESPONSE_FLAGS%', '%RESPONSE_CODE_DETAILS%', '%UPSTREAM_HOST%'],
  ...['%REQ(:path)%', '<%REQ(x-user)%>', 'plain'],
]

export function ruleSet(index: number, random: Random): RuleSet {
  const draw = drawer(random)
  const host = `r${index}.test`
  const http = list(1 + draw.below(4), () => rule(draw))
  return { host, http, requests: list(10, at => request(`${index}-${at}`, host, draw)) }
}

interface Drawer {
  below(most: number): number
  one<T>(of: readonly T[]): T
  /** There `percent` times of a hundred. */
  maybe<T>(percent: number, make: () => T): T | undefined
}

function drawer(random: Random): Drawer {
  const below = (most: number) => Math.floor(random.next() * most)
  return {
    below,
    one: <T>(of: readonly T[]) => of[below(of.length)] as T,
    maybe: (percent, make) => (random.next() * 100 < percent ? make() : undefined),
  }
}

const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index))

/** Without the fields that are not there, as YAML has it. */
function present<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

function rule(draw: Drawer): HttpRoute {
  const match = draw.maybe(75, () => list(1 + draw.below(2), () => matchOf(draw)))
  const action = draw.below(8)
  if (action === 0)
    return present<HttpRoute>({ match, redirect: redirect(draw), headers: draw.maybe(30, () => headers(draw)) })
  if (action === 1) {
    const body = draw.maybe(60, () => ({ string: draw.one(['body', '{"a": 1}', '']) }))
    const directResponse = { status: draw.one([200, 204, 301, 418, 503]), ...(body && { body }) }
    return present<HttpRoute>({ match, directResponse, headers: draw.maybe(30, () => headers(draw)) })
  }
  return { ...present<HttpRoute>({ match }), ...forward(draw) }
}

function matchOf(draw: Drawer): HttpMatchRequest {
  return present<HttpMatchRequest>({
    uri: draw.maybe(60, () => text(draw, paths, ['/a.*', '/c/[0-9]+', '/(api|img)/[^/]+', '/[a-z]'])),
    authority: draw.maybe(8, () => ({ regex: '.*(test|TEST)' })),
    method: draw.maybe(15, () => text(draw, ['GET', 'POST'], ['P(OST|UT)'])),
    headers: draw.maybe(25, () => headerMatches(draw)),
    withoutHeaders: draw.maybe(15, () => headerMatches(draw)),
    queryParams: draw.maybe(15, () => ({ [draw.one(['v', 'z'])]: text(draw, ['1', '2', '42'], ['[0-9]+']) })),
    ignoreUriCase: draw.maybe(15, () => true),
  })
}

function headerMatches(draw: Drawer): Record<string, StringMatch> {
  const value = () =>
    draw.maybe(80, () => text(draw, values.filter(Boolean), ['a[a-z]*', '[a-z]+[0-9]', '.*,.*'])) ?? {}
  return Object.fromEntries(list(1 + draw.below(2), () => [draw.one(names), value()]))
}

function text(draw: Drawer, of: readonly string[], regexes: readonly string[]): StringMatch {
  switch (draw.below(3)) {
    case 0:
      return { exact: draw.one(of) }
    case 1:
      return { prefix: draw.one(of).slice(0, 4) }
    default:
      return { regex: draw.one(regexes) }
  }
}

function forward(draw: Drawer): HttpRoute {
  const host = draw.one([...backends, ...backends.slice(0, 2), ...backends.slice(0, 2), nobody])
  const destination = { host, port: { number: 80 } }
  const own = draw.maybe(25, () => headers(draw))
  const idle = draw.maybe(25, () => ({ destination: { host: backends[0] as string, port: { number: 80 } }, weight: 0 }))
  const weighted = { destination, ...(idle && { weight: 100 }), ...(own && { headers: own }) }
  return present<HttpRoute>({
    route: idle ? [weighted, idle] : [weighted],
    rewrite: draw.maybe(25, () => rewrite(draw)),
    timeout: draw.maybe(20, () => draw.one(['3s', '2500ms'])),
    retries: draw.maybe(25, () => retries(draw)),
    fault: draw.maybe(15, () => fault(draw)),
    headers: draw.maybe(35, () => headers(draw)),
    corsPolicy: draw.maybe(15, () => cors(draw)),
  })
}

function rewrite(draw: Drawer): NonNullable<HttpRoute['rewrite']> {
  return draw.one([
    { uri: '/new' },
    { uri: '/', authority: 'other.test' },
    { uri: '/n?x=1' },
    { authority: 'other.test' },
    { uriRegexRewrite: { match: 'a', rewrite: 'AA' } },
    { uriRegexRewrite: { match: '^/([^/]+)/(.*)$', rewrite: '/\\2/\\1' } },
  ])
}

function retries(draw: Drawer): NonNullable<HttpRoute['retries']> {
  const retryOn = draw.maybe(75, () => draw.one(['5xx', 'gateway-error,404', '503', 'reset,connect-failure,503,404']))
  const perTryTimeout = draw.maybe(30, () => '2s')
  return { attempts: draw.below(3), ...(perTryTimeout && { perTryTimeout }), ...(retryOn && { retryOn }) }
}

function fault(draw: Drawer): NonNullable<HttpRoute['fault']> {
  const percentage = { value: draw.one([0, 100, 100]) }
  if (draw.below(3) === 0) return { delay: { fixedDelay: '0.01s', percentage } }
  return { abort: { httpStatus: draw.one([400, 404, 418, 503]), percentage } }
}

function headers(draw: Drawer): NonNullable<HttpRoute['headers']> {
  return present<NonNullable<HttpRoute['headers']>>({
    request: draw.maybe(70, () => operations(draw, requestValues)),
    response: draw.maybe(70, () => operations(draw, responseValues)),
  })
}

function operations(draw: Drawer, written: readonly string[]): HeaderOperations {
  const map = (of: readonly string[]) =>
    Object.fromEntries(list(1 + draw.below(2), () => [draw.one(of), draw.one(written)]))
  return present<HeaderOperations>({
    set: draw.maybe(60, () => map(['x-set', 'X-Both', 'x-user', 'x-backend'])),
    add: draw.maybe(50, () => map(['x-add', 'x-both', 'x-user'])),
    remove: draw.maybe(30, () => [draw.one(['x-group', 'X-User', 'content-type'])]),
  })
}

function cors(draw: Drawer): CorsPolicy {
  return present<CorsPolicy>({
    allowOrigins: [
      draw.one<StringMatch>([{ exact: 'http://me.test' }, { prefix: 'http://' }, { regex: 'http://m.*' }]),
    ],
    allowMethods: draw.maybe(60, () => ['GET', 'POST']),
    allowHeaders: draw.maybe(50, () => ['x-user']),
    exposeHeaders: draw.maybe(40, () => ['x-backend']),
    maxAge: draw.maybe(40, () => '24h'),
    allowCredentials: draw.maybe(40, () => true),
  })
}

function redirect(draw: Drawer): NonNullable<HttpRoute['redirect']> {
  return present<NonNullable<HttpRoute['redirect']>>({
    uri: draw.maybe(60, () => draw.one(['/n', '/n?a=1'])),
    authority: draw.maybe(40, () => draw.one(['o.test', 'o.test:81'])) ?? 'always.test',
    scheme: draw.maybe(20, () => 'https'),
    redirectCode: draw.maybe(40, () => draw.one([302, 307, 308])),
  })
}

function request(id: string, name: string, draw: Drawer): RecordedRequest {
  const method = draw.one(['GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS'])
  const host = draw.one([name, name, name, `${name}:8080`, name.toUpperCase()])
  const path =
    draw.one([...paths, '/zzz', '/c/12x', '/API/v1']) + draw.one(['', '', '?v=1', '?v=3&v=2', '?z', '?v=42&z=1'])
  const lines = list(draw.below(4), () => [draw.one(names), draw.one(values)])
  const status = draw.maybe(25, () => draw.one(['404', '429', '500', '503']))
  const origin = draw.maybe(method === 'OPTIONS' ? 80 : 15, () => draw.one(['http://me.test', 'https://other.test']))
  const preflight = method === 'OPTIONS' ? draw.maybe(70, () => 'GET') : undefined
  const sent = {
    ...Object.fromEntries(lines),
    'x-echo-status': status,
    origin,
    'access-control-request-method': preflight,
  }
  const body = ['POST', 'PUT'].includes(method) ? draw.one(['', 'hello', 'x'.repeat(3_000)]) : undefined
  return { id, host, method, path, headers: present(sent), ...(body !== undefined && { body }) } as RecordedRequest
}

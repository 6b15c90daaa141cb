// Says what becomes of one request by reading VirtualServices from the top: slow, obvious, and nobody's production code.
import { RE2JS } from 're2js'
import type { Headers, HttpMatchRequest, HttpRoute, StringMatch } from '../../local/api/istio/types.ts'
import { type Door, fullHost, type Rule, rulesFor, type World } from './rules.ts'

export interface Request {
  method: string
  /** Path and query, normalised. */
  target: string
  host: string
  headers: readonly (readonly [string, string])[]
}

export interface HeaderChange {
  remove: string[]
  set: [string, string][]
  add: [string, string][]
}

/** What header rules make of one line of every name they may speak of. */
export function applied(changes: readonly HeaderChange[]): [string, string][] {
  let lines = ['x-set', 'x-both', 'x-a', 'x-add', 'x-gone', 'x-user'].map((name): [string, string] => [name, 'client'])
  for (const { remove, set, add } of changes) {
    lines = lines.filter(([name]) => !remove.includes(name))
    for (const [name, value] of set) lines = [...lines.filter(([each]) => each !== name), [name, value]]
    lines = [...lines, ...add]
  }
  return lines
}

export type Outcome =
  | { kind: 'not-found' }
  | { kind: 'redirect'; rule: string; code: number; location: string }
  | { kind: 'direct'; rule: string; status: number; body: string | undefined }
  | {
      kind: 'forward'
      rule: string
      cluster: string
      authority: string
      target: string
      timeoutMs: number
      retries: number
      perTryMs: number
      retryOn: string[]
      retryCodes: number[]
      requestHeaders: [string, string][]
      responseHeaders: [string, string][]
      mirrors: { cluster: string; percent: number }[]
      delay: { percent: number; ms: number } | undefined
      abort: { percent: number; status: number } | undefined
    }

/** `draw` in [0, 1) decides between destinations by weight. */
export function interpret(world: World, door: Door, request: Request, draw: number): Outcome {
  const rule = rulesFor(world, door, request.host)?.find(one => matches(one.match, request))
  if (!rule) return { kind: 'not-found' }
  const { http, owner, path } = rule
  const { namespace = 'default', name } = owner.metadata
  const origin = name === '' ? '' : `${namespace}/${name} ${path}`
  if (http.redirect) return { ...redirectOf(http, request), kind: 'redirect', rule: origin }
  if (http.directResponse) {
    const { status, body } = http.directResponse
    return { kind: 'direct', rule: origin, status, body: body?.string }
  }
  return forwardOf(world, door, rule, origin, request, draw)
}

function matches(match: HttpMatchRequest | undefined, request: Request): boolean {
  if (!match) return true
  const { target, method, host } = request
  const path = target.split('?')[0] ?? ''
  const uri = match.ignoreUriCase ? lowered(match.uri) : match.uri
  return (
    holds(uri, match.ignoreUriCase && match.uri?.regex === undefined ? path.toLowerCase() : path) &&
    holds(match.method, method) &&
    holds(match.scheme, 'http') &&
    holds(match.authority, host) &&
    Object.entries(match.headers ?? {}).every(([name, value]) => headerHolds(value, headerValue(request, name))) &&
    Object.entries(match.withoutHeaders ?? {}).every(
      ([name, value]) => !headerHolds(value, headerValue(request, name)),
    ) &&
    Object.entries(match.queryParams ?? {}).every(([name, value]) => queryHolds(value, target, name))
  )
}

function lowered(match: StringMatch | undefined): StringMatch | undefined {
  if (!match || match.regex !== undefined) return match
  return match.exact === undefined
    ? { prefix: match.prefix?.toLowerCase() ?? '' }
    : { exact: match.exact.toLowerCase() }
}

function holds(match: StringMatch | undefined, value: string): boolean {
  if (!match) return true
  if (match.exact !== undefined) return value === match.exact
  if (match.prefix !== undefined) return value.startsWith(match.prefix)
  return match.regex === undefined || RE2JS.compile(match.regex).matches(value)
}

function headerHolds(match: StringMatch, value: string | undefined): boolean {
  return value !== undefined && holds(match, value)
}

/** Several lines of a name count as one, joined by commas. */
function headerValue({ headers }: Request, name: string): string | undefined {
  const values = headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value.trim())
  return values.length === 0 ? undefined : values.join(',')
}

/** The first of its name, as written. */
function queryHolds(match: StringMatch, target: string, name: string): boolean {
  const query = target.split('?').slice(1).join('?')
  const pairs =
    query === '' ? [] : query.split('&').map(pair => [pair.split('=')[0], pair.split('=').slice(1).join('=')])
  const found = pairs.find(([each]) => each === name)
  return found !== undefined && holds(match, found[1] ?? '')
}

function redirectOf({ redirect = {} }: HttpRoute, { host, target }: Request) {
  const scheme = redirect.scheme ?? 'http'
  const [path = '', ...query] = target.split('?')
  let authority = redirect.authority ?? host
  const { port } = redirect
  const usual = scheme === 'https' ? 443 : 80
  if (port !== undefined && port !== usual) {
    authority = `${redirect.authority === undefined ? host.replace(/:\d+$/, '') : authority}:${port}`
  }
  const uri = redirect.uri === undefined || redirect.uri.startsWith('/') ? redirect.uri : `/${redirect.uri}`
  const rest = query.length > 0 && !uri?.includes('?') ? `?${query.join('?')}` : ''
  return { code: redirect.redirectCode ?? 301, location: `${scheme}://${authority}${uri ?? path}${rest}` }
}

function forwardOf(world: World, door: Door, rule: Rule, origin: string, request: Request, draw: number): Outcome {
  const { http, owner } = rule
  const destinations = http.route ?? []
  const chosen =
    destinations[
      drawn(
        destinations.map(one => one.weight ?? 0),
        draw,
      )
    ]
  const cluster = (to: { host: string; subset?: string; port?: { number?: number } }) =>
    `outbound|${to.port?.number ?? impliedPort(world, door, fullHost(to.host, owner))}|${to.subset ?? ''}|${fullHost(to.host, owner)}`
  const mirrors = [
    ...(http.mirrors ?? []).map(one => ({ to: one.destination, percent: one.percentage?.value ?? 100 })),
    ...(http.mirror ? [{ to: http.mirror, percent: http.mirrorPercentage?.value ?? 100 }] : []),
  ]
  return {
    kind: 'forward',
    rule: origin,
    cluster: chosen ? cluster(chosen.destination) : '',
    authority: http.rewrite?.authority ?? request.host,
    target: rewritten(rule, request.target),
    timeoutMs: milliseconds(http.timeout),
    ...retriesOf(http),
    requestHeaders: headersOf(changeOf(http.headers?.request), changeOf(chosen?.headers?.request), destinations.length),
    responseHeaders: headersOf(
      changeOf(http.headers?.response),
      changeOf(chosen?.headers?.response),
      destinations.length,
    ),
    mirrors: mirrors.filter(one => one.percent > 0).map(one => ({ cluster: cluster(one.to), percent: one.percent })),
    delay: http.fault?.delay && {
      percent: http.fault.delay.percentage?.value ?? 0,
      ms: milliseconds(http.fault.delay.fixedDelay),
    },
    abort: http.fault?.abort && {
      percent: http.fault.abort.percentage?.value ?? 0,
      status: http.fault.abort.httpStatus ?? 0,
    },
  }
}

/** One destination takes everything; of several each its share. */
function drawn(weights: readonly number[], draw: number): number {
  if (weights.length === 1) return 0
  const sum = weights.reduce((total, weight) => total + weight, 0)
  let upTo = 0
  for (const [index, weight] of weights.entries()) {
    upTo += weight
    if (draw * sum < upTo) return index
  }
  return weights.length - 1
}

/** At a gateway the only port of a service; else, and in a sidecar, the port of the door. */
function impliedPort(world: World, door: Door, host: string): number {
  const ports = world.services.find(one => one.host === host)?.ports ?? []
  return door.kind === 'gateway' && ports.length === 1 ? (ports[0] ?? door.port) : door.port
}

function rewritten({ http, match }: Rule, target: string): string {
  const [path = '', ...query] = target.split('?')
  const rest = query.length > 0 ? `?${query.join('?')}` : ''
  const { uri, uriRegexRewrite } = http.rewrite ?? {}
  if (uriRegexRewrite) {
    const substitution = (uriRegexRewrite.rewrite ?? '').replace(/\\(\d)/g, '$$$1')
    return (
      RE2JS.compile(uriRegexRewrite.match ?? '')
        .matcher(path)
        .replaceAll(substitution) + rest
    )
  }
  if (uri === undefined || uri === '') return target
  if (match?.uri?.exact !== undefined || match?.uri?.regex !== undefined) return uri + rest
  const prefix = match?.uri?.prefix ?? '/'
  return uri + path.slice(prefix.length) + rest
}

function retriesOf({ retries }: HttpRoute) {
  const usual = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled']
  if (!retries) return { retries: 2, perTryMs: 0, retryOn: usual.toSorted(), retryCodes: [] }
  const named = retries.retryOn ? retries.retryOn.split(',').filter(Boolean) : usual
  if ((retries.attempts ?? 0) === 0) return { retries: 0, perTryMs: 0, retryOn: [], retryCodes: [] }
  return {
    retries: retries.attempts ?? 0,
    perTryMs: milliseconds(retries.perTryTimeout),
    retryOn: named.filter(one => !/^\d+$/.test(one)).toSorted(),
    retryCodes: named
      .filter(one => /^\d+$/.test(one))
      .map(Number)
      .toSorted((a, b) => a - b),
  }
}

/** Only `Ns` and `Nms`: the generator writes no others. */
function milliseconds(duration: string | undefined): number {
  const [, number = '0', unit = 's'] = /^([\d.]+)(ms|s)$/.exec(duration ?? '') ?? []
  return Number(number) * (unit === 's' ? 1000 : 1)
}

/** Rules of a single destination are the rule's own; one of several comes before the rule. */
function headersOf(rule: HeaderChange, destination: HeaderChange, destinations: number): [string, string][] {
  if (destinations > 1) return applied([destination, rule])
  const both = (field: 'set' | 'add') => [...rule[field], ...destination[field]]
  return applied([{ remove: [...rule.remove, ...destination.remove], set: both('set'), add: both('add') }])
}

function changeOf(operations: Headers['request']): HeaderChange {
  const pairs = (map: Readonly<Record<string, string>> = {}) =>
    Object.entries(map)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return {
    remove: (operations?.remove ?? []).map(name => name.toLowerCase()),
    set: pairs(operations?.set),
    add: pairs(operations?.add),
  }
}

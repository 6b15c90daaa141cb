// Walks the tables: a request's virtual host, then the first route that matches, then a draw among its clusters.
import type { Random } from '../../kernel/random.ts'
import type { HeaderMatcher, Route, RouteMatch, StringMatcher } from '../table/route.ts'
import type { VirtualHost, VirtualHosts } from '../table/virtual-hosts.ts'

/** What routes look at. */
export interface WalkedRequest {
  method: string
  scheme: string
  /** As received, with or without a port. */
  authority: string
  /** Normalised path and query. */
  target: string
  /** `[name, value, …]`, names in lower case. */
  headers: readonly string[]
  /** Claims of the verified token, for matches on `@request.auth.claims`. */
  claims?: Readonly<Record<string, unknown>>
}

/** The best match alone decides: an exact host, then the longest wildcard, then `*`. Port and case do not count. */
export function pickHost(hosts: VirtualHosts, authority: string): VirtualHost | undefined {
  const known = hosts.exact.get(authority)
  if (known) return known
  const host = hostOf(authority)
  const exact = hosts.exact.get(host)
  if (exact) return exact
  for (const { suffix, host: found } of hosts.suffixes) {
    if (host.length > suffix.length && host.endsWith(suffix)) return found
  }
  return hosts.any
}

/** Lower case, without a port; an IPv6 address keeps its brackets. */
export function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const name = colon < 0 || authority.indexOf(']', colon) >= 0 ? authority : authority.slice(0, colon)
  return name.toLowerCase()
}

/** The first route that matches; undefined is a 404. */
export function findRoute(host: VirtualHost, request: WalkedRequest): Route | undefined {
  const path = pathOf(request.target)
  for (const route of host.routes) if (matches(route.match, request, path)) return route
  return undefined
}

/** A target without its query and fragment. */
export function pathOf(target: string): string {
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index)
    if (code === 0x3f || code === 0x23) return target.slice(0, index)
  }
  return target
}

function matches(match: RouteMatch, request: WalkedRequest, path: string): boolean {
  if (match.path !== undefined && !matchesPath(match.path, match.ignoreCase, path)) return false
  for (const matcher of match.headers) if (!matchesHeader(matcher, request)) return false
  for (const { name, value } of match.query) {
    const found = queryValue(request.target, name)
    if (found === undefined || !matchesText(value, found)) return false
  }
  return true
}

/** Prefixes are plain strings; a regular expression is always about case. */
export function matchesPath(matcher: StringMatcher, ignoreCase: boolean, path: string): boolean {
  if (!ignoreCase || matcher.kind === 'present' || matcher.kind === 'regex') return matchesText(matcher, path)
  const value = matcher.value.toLowerCase()
  return matcher.kind === 'exact' ? path.toLowerCase() === value : path.toLowerCase().startsWith(value)
}

export function matchesText(matcher: StringMatcher, text: string): boolean {
  switch (matcher.kind) {
    case 'exact':
      return text === matcher.value
    case 'prefix':
      return text.startsWith(matcher.value)
    case 'regex':
      return matcher.expression.testExact(text)
    case 'present':
      return true
  }
}

/** A `withoutHeaders` value is compared with an absent header as if it were empty. */
export function matchesHeader(matcher: HeaderMatcher, request: WalkedRequest): boolean {
  if (matcher.claim) return matchesClaim(matcher.value, claimAt(request.claims, matcher.claim)) !== matcher.invert
  const found = headerValue(request, matcher.name)
  if (found !== undefined) return matchesText(matcher.value, found) !== matcher.invert
  return matcher.invert && (matcher.value.kind === 'present' || !matchesText(matcher.value, ''))
}

/** Several lines of one name are joined with a comma. Pseudo headers are the request's own fields. */
export function headerValue(request: WalkedRequest, name: string): string | undefined {
  if (name.charCodeAt(0) === 0x3a) return pseudoHeader(request, name)
  if (name === 'host') return request.authority
  const { headers } = request
  let value: string | undefined
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) value = value === undefined ? headers[index + 1] : `${value},${headers[index + 1]}`
  }
  return value
}

function pseudoHeader(request: WalkedRequest, name: string): string | undefined {
  switch (name) {
    case ':authority':
      return request.authority
    case ':method':
      return request.method
    case ':scheme':
      return request.scheme
    case ':path':
      return request.target
    default:
      return undefined
  }
}

/** A claim is a text, or a list of which one has to match. */
function matchesClaim(matcher: StringMatcher, claim: unknown): boolean {
  if (Array.isArray(claim)) return claim.some(one => matchesClaim(matcher, one))
  return typeof claim === 'string' && matchesText(matcher, claim)
}

export function claimAt(claims: WalkedRequest['claims'], path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return value
}

/** The first parameter of that name, as it stands: nothing is decoded. `?z` is an empty value. */
export function queryValue(target: string, name: string): string | undefined {
  const end = target.indexOf('#')
  const query = target.slice(0, end < 0 ? target.length : end)
  let start = query.indexOf('?')
  while (start >= 0) {
    const next = query.indexOf('&', start + 1)
    const parameter = query.slice(start + 1, next < 0 ? query.length : next)
    const equals = parameter.indexOf('=')
    if ((equals < 0 ? parameter : parameter.slice(0, equals)) === name)
      return equals < 0 ? '' : parameter.slice(equals + 1)
    start = next
  }
  return undefined
}

/** One draw a request or connection by weight; a single cluster takes everything. */
export function drawCluster<T extends { weight: number }>(
  { clusters, totalWeight }: { clusters: readonly T[]; totalWeight: number },
  random: Random,
): T | undefined {
  if (clusters.length <= 1) return clusters[0]
  let left = random.next() * totalWeight
  for (const cluster of clusters) {
    left -= cluster.weight
    if (left < 0) return cluster
  }
  return clusters.at(-1)
}

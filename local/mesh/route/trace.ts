// The walk with reasons: which routes were passed over, and because of which field.
import type { HeaderMatcher, Route, StringMatcher } from '../table/route.ts'
import type { VirtualHost } from '../table/virtual-hosts.ts'
import {
  claimAt,
  findRoute,
  headerValue,
  matchesHeader,
  matchesPath,
  matchesText,
  pathOf,
  queryValue,
  type WalkedRequest,
} from './walk.ts'

export interface PassedOver {
  route: Route
  because: Mismatch
}

/** The first field of a route that did not match. */
export interface Mismatch {
  /** As in YAML: `uri`, `method`, `headers.x-dev-user`, `withoutHeaders.end-user`, `queryParams.v`. */
  field: string
  /** `prefix /api`, `exact alice`, `regex .*`, `present`, `not present`. */
  expected: string
  /** Undefined where the request has no such header or parameter. */
  got: string | undefined
}

export interface Trace {
  passedOver: readonly PassedOver[]
  /** Undefined is a 404. */
  found: Route | undefined
}

/** The same walk as `findRoute`, told. */
export function traceRoute(host: VirtualHost, request: WalkedRequest): Trace {
  const found = findRoute(host, request)
  const end = found ? host.routes.indexOf(found) : host.routes.length
  const passedOver = host.routes.slice(0, end).flatMap(route => {
    const because = mismatchOf(route, request)
    return because ? { route, because } : []
  })
  return { passedOver, found }
}

/** Undefined when the route matches. */
export function mismatchOf({ match }: Route, request: WalkedRequest): Mismatch | undefined {
  const path = pathOf(request.target)
  if (match.path && !matchesPath(match.path, match.ignoreCase, path)) {
    return { field: 'uri', expected: textOf(match.path) + (match.ignoreCase ? ' in any case' : ''), got: path }
  }
  const header = match.headers.find(matcher => !matchesHeader(matcher, request))
  if (header) return headerMismatch(header, request)
  for (const { name, value } of match.query) {
    const got = queryValue(request.target, name)
    if (got === undefined || !matchesText(value, got))
      return { field: `queryParams.${name}`, expected: textOf(value), got }
  }
  return undefined
}

function headerMismatch(matcher: HeaderMatcher, request: WalkedRequest): Mismatch {
  const { name, value, invert, claim } = matcher
  const got = claim ? claimText(claimAt(request.claims, claim)) : headerValue(request, name)
  return { field: fieldOf(matcher), expected: invert ? `not ${textOf(value)}` : textOf(value), got }
}

function fieldOf({ name, invert }: HeaderMatcher): string {
  if (name.startsWith(':')) return name.slice(1)
  return `${invert ? 'withoutHeaders' : 'headers'}.${name}`
}

function claimText(claim: unknown): string | undefined {
  return claim === undefined || typeof claim === 'string' ? claim : JSON.stringify(claim)
}

function textOf(matcher: StringMatcher): string {
  return matcher.kind === 'present' ? 'present' : `${matcher.kind} ${matcher.value}`
}

// Walks the tables: which revision answers a request and with which header rules, or by what name it fails.
import type { Random } from '../../kernel/random.ts'
import { headerOf } from '../codec/head.ts'
import type { Destination, GatewayTables, HostTable, RouteRule } from '../compile/host-table.ts'

export type Gateway = 'public' | 'local'

export interface RoutableRequest {
  /** As received, with or without a port. */
  host: string
  /** Normalised path and query. */
  target: string
  headers: readonly string[]
}

export type RouteFailure = 'route_not_found' | 'no_destination'

// A mapping points at a route, never at another mapping.
const mostRewrites = 2

/** Pure: the same request, tables and draw give the same outcome. Hosts are compared without port and case. */
export function route(
  tables: GatewayTables,
  gateway: Gateway,
  request: RoutableRequest,
  random: Random,
): Destination | RouteFailure {
  let rule = findRule(tables[gateway], hostKey(request.host), request)
  for (let rewrites = 0; rule?.rewriteHost !== undefined; rewrites++) {
    if (rewrites === mostRewrites) return 'route_not_found'
    rule = findRule(tables.local, hostKey(rule.rewriteHost), request)
  }
  if (!rule) return 'route_not_found'
  return draw(rule.destinations, random) ?? 'no_destination'
}

/** The host as the table has it: lower case, no port. */
export function hostKey(host: string): string {
  const colon = host.indexOf(':')
  const name = colon < 0 || host.startsWith('[') ? host : host.slice(0, colon)
  return name.toLowerCase()
}

function findRule(table: HostTable, host: string, request: RoutableRequest): RouteRule | undefined {
  const rules = table.get(host)
  if (!rules) return undefined
  for (const rule of rules) if (matches(rule, request)) return rule
  return undefined
}

function matches(rule: RouteRule, request: RoutableRequest): boolean {
  if (rule.pathPrefix !== undefined && !request.target.startsWith(rule.pathPrefix)) return false
  for (const [name, value] of rule.headers) if (headerOf(request.headers, name) !== value) return false
  return true
}

/** One draw a request by weight; a single destination takes everything, whatever its weight. */
function draw(destinations: readonly Destination[], random: Random): Destination | undefined {
  if (destinations.length <= 1) return destinations[0]
  let sum = 0
  for (const { weight } of destinations) sum += weight
  let left = random.next() * sum
  for (const destination of destinations) {
    left -= destination.weight
    if (left < 0) return destination
  }
  return undefined
}

// The CORS filter: preflights answered here, the grant added to every other answer (Envoy 1.37, cors_filter.cc).
import { type HeaderList, headerOf } from '../../codec/head.ts'
import { joinedValue, setInPlace } from '../../codec/header-lines.ts'
import type { CorsPolicy, StringMatcher } from '../../table/route.ts'
import type { Hop } from '../hop.ts'
import type { LocalReply } from '../local-reply.ts'

/** What an origin that the policy allows is told with each answer. */
export interface CorsGrant {
  origin: string
  policy: CorsPolicy
}

export type CorsVerdict = { kind: 'answer'; reply: LocalReply } | { kind: 'pass'; grant: CorsGrant | undefined }

const pass: CorsVerdict = { kind: 'pass', grant: undefined }

export function checkCors(hop: Hop, policy: CorsPolicy): CorsVerdict {
  const { headers, incoming } = hop
  const origin = joinedValue(headers, 'origin')
  if (!origin || policy.allowOrigins.length === 0) return pass
  const allowed = policy.allowOrigins.some(matcher => matches(matcher, origin))
  const wanted = headerOf(headers, 'access-control-request-method')
  if (incoming.head.method === 'OPTIONS' && wanted && (allowed || !policy.forwardNotMatchingPreflights)) {
    return { kind: 'answer', reply: preflight(policy, allowed ? origin : undefined, wanted, headers) }
  }
  return allowed ? { kind: 'pass', grant: { origin, policy } } : pass
}

function preflight(
  policy: CorsPolicy,
  origin: string | undefined,
  wantedMethod: string,
  request: HeaderList,
): LocalReply {
  const headers: HeaderList = []
  const add = (name: string, value: string) => {
    if (value !== '') headers.push(`access-control-${name}`, value)
  }
  add('allow-origin', origin ?? '')
  if (policy.allowCredentials) add('allow-credentials', 'true')
  add('allow-methods', policy.allowMethods === '*' ? wantedMethod : policy.allowMethods)
  if (policy.allowHeaders === '*') {
    headers.push('access-control-allow-headers', joinedValue(request, 'access-control-request-headers') ?? '')
  } else add('allow-headers', policy.allowHeaders)
  add('max-age', policy.maxAge)
  add('expose-headers', policy.exposeHeaders)
  return { status: 200, body: '', flags: '-', details: 'cors_response', headers, unruled: true }
}

/** The lines behind the answer's own; what the backend said of these is overwritten where it stands. */
export function applyGrant(headers: HeaderList, { origin, policy }: CorsGrant): void {
  setInPlace(headers, 'access-control-allow-origin', origin)
  if (policy.allowCredentials) setInPlace(headers, 'access-control-allow-credentials', 'true')
  if (policy.exposeHeaders !== '') setInPlace(headers, 'access-control-expose-headers', policy.exposeHeaders)
}

export function grantHeaders(grant: CorsGrant): HeaderList {
  const headers: HeaderList = []
  applyGrant(headers, grant)
  return headers
}

/** Case matters; `*` as an exact value is every origin. */
function matches(matcher: StringMatcher, origin: string): boolean {
  switch (matcher.kind) {
    case 'exact':
      return matcher.value === '*' || matcher.value === origin
    case 'prefix':
      return origin.startsWith(matcher.value)
    case 'regex':
      return matcher.expression.matches(origin)
    case 'present':
      return true
  }
}

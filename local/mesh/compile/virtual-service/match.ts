// `match`: what a request has to look like.
import type { HttpMatchRequest, StringMatch } from '../../../api/istio/types.ts'
import type { HeaderMatcher, RouteMatch } from '../../table/route.ts'
import { compileStringMatch } from './string-match.ts'

const everything: RouteMatch = { path: undefined, ignoreCase: false, headers: [], query: [] }

/** No entry at all matches every request. */
export function compileMatch(match: HttpMatchRequest | undefined): RouteMatch {
  if (!match) return everything
  return {
    path: compilePath(match.uri),
    ignoreCase: match.ignoreUriCase ?? false,
    headers: [
      ...compileHeaderMatches(match.headers, false),
      ...compileHeaderMatches(match.withoutHeaders, true),
      ...compilePseudo(':method', match.method),
      ...compilePseudo(':authority', match.authority),
      ...compilePseudo(':scheme', match.scheme),
    ],
    query: Object.entries(match.queryParams ?? {}).map(([name, value]) => ({ name, value: compileStringMatch(value) })),
  }
}

/** Nothing narrows it: what follows in the same object is never reached, and merging moves it to the end. */
export function isCatchAll({ path, headers, query }: RouteMatch): boolean {
  return (path === undefined || (path.kind === 'regex' && path.value === '.*')) && !headers.length && !query.length
}

/** Every path begins with `/`, so that prefix asks for nothing. */
function compilePath(uri: StringMatch | undefined): RouteMatch['path'] {
  const path = uri && compileStringMatch(uri)
  return path?.kind === 'present' || (path?.kind === 'prefix' && path.value === '/') ? undefined : path
}

function compilePseudo(name: string, match: StringMatch | undefined): HeaderMatcher[] {
  return match ? [{ name, value: compileStringMatch(match), invert: false }] : []
}

function compileHeaderMatches(
  matches: Readonly<Record<string, StringMatch>> | undefined,
  invert: boolean,
): HeaderMatcher[] {
  return Object.entries(matches ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, match]) => {
      const claim = claimOf(name)
      const matcher = { name: name.toLowerCase(), value: compileStringMatch(match), invert }
      return claim ? { ...matcher, claim } : matcher
    })
}

/**
 * `@request.auth.claims.group.id` and `@request.auth.claims[group][id]` name a claim of the verified token. Undefined for
 * any other name.
 */
function claimOf(name: string): readonly string[] | undefined {
  const path = /^@request\.auth\.claims(.+)$/i.exec(name)?.[1]
  if (path?.startsWith('.') && path.length > 1) return path.slice(1).split('.')
  const brackets = path?.match(/\[[^\][]+\]/g)
  return brackets?.join('') === path ? brackets?.map(part => part.slice(1, -1)) : undefined
}

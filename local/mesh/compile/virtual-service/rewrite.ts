// `rewrite`: the path and host that the backend sees.
import type { HttpRewrite } from '../../../api/istio/types.ts'
import type { Rewrite, RouteMatch } from '../../table/route.ts'
import { compileRegex } from './string-match.ts'

/** `headersAuthority` is the host that the rule's headers set: a rewrite of the authority goes before it. */
export function compileRewrite(
  rewrite: HttpRewrite | undefined,
  match: RouteMatch,
  headersAuthority: string | undefined,
): Rewrite | undefined {
  const authority = rewrite?.authority || headersAuthority
  const path = rewrite && compilePath(rewrite, match)
  return authority || path ? { authority, path } : undefined
}

/** Only a prefix that matched is replaced alone; a rule without a path has the prefix `/`. */
function compilePath(rewrite: HttpRewrite, { path }: RouteMatch): Rewrite['path'] {
  const { uriRegexRewrite, uri } = rewrite
  if (uriRegexRewrite) {
    return {
      kind: 'regex',
      expression: compileRegex(uriRegexRewrite.match),
      substitution: uriRegexRewrite.rewrite,
    }
  }
  if (!uri) return undefined
  if (path === undefined) return { kind: 'prefix', from: '/', to: uri }
  return path.kind === 'prefix' ? { kind: 'prefix', from: path.value, to: uri } : { kind: 'whole', to: uri }
}

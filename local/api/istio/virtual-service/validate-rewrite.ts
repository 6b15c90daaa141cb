// Rewrites of the path and the authority: the first flaw alone is said.
import { regexFlaws } from '../fields/regex.ts'
import { type Finding, flaw } from '../finding.ts'
import type { HttpRewrite, RegexRewrite } from './types.ts'

export function rewriteFlaws(rewrite: HttpRewrite | undefined, path: string): Finding[] {
  if (!rewrite) return []
  const { uri, authority, uriRegexRewrite } = rewrite
  if (uri && uriRegexRewrite) return [flaw(path, 'rewrite may only contain one of URI or UriRegexRewrite')]
  if (!(uri || uriRegexRewrite || authority)) {
    const choice = 'rewrite must specify at least one of URI, UriRegexRewrite, or authority'
    return [flaw(path, `${choice}. Only one of URI or UriRegexRewrite may be specified`)]
  }
  return uriRegexRewrite ? regexRewriteFlaws(uriRegexRewrite, `${path}.uriRegexRewrite`) : []
}

/** Istio says it in two lines. */
function regexRewriteFlaws({ match, rewrite }: Partial<RegexRewrite>, path: string): Finding[] {
  const flaws =
    match && rewrite
      ? regexFlaws(match, 'HTTPRewrite.UriRegexRewrite.Match', `${path}.match`)
      : [flaw(path, 'UriRegexRewrite requires both Rewrite and Match fields to be specified')]
  return flaws.map(found => flaw(found.path, `UriRegexRewrite has errors\n${found.message}`))
}

// String matches of rules.
import { type Finding, flaw, quoted } from '../finding.ts'
import { regexFlaws } from './regex.ts'
import type { StringMatch } from './types.ts'

/** A prefix and a regex must not be empty; an exact match may be. `where` names the field as Istio does. */
export function stringMatchFlaws(match: StringMatch | undefined, where: string, path: string): Finding[] {
  if (match?.prefix === '') return [flaw(path, `${quoted(where)}: prefix string match should not be empty`)]
  return regexMatchFlaws(match, where, path)
}

/** For matches whose prefix may be empty, as that of a path. */
export function regexMatchFlaws(match: StringMatch | undefined, where: string, path: string): Finding[] {
  if (match?.regex === undefined) return []
  if (match.regex === '') return [flaw(path, `${quoted(where)}: regex string match should not be empty`)]
  return regexFlaws(match.regex, where, `${path}.regex`)
}

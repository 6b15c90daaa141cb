// `exact`, `prefix`, `regex`, or none of them: the header or parameter is there.
import { RE2JS, RE2JSException } from 're2js'
import type { StringMatch } from '../../../api/istio/types.ts'
import type { StringMatcher } from '../../table/route.ts'
import { RejectedConfiguration } from './rejection.ts'

/** `regex: "*"` is no regular expression; Istio reads it as "present". */
export function compileStringMatch(match: StringMatch | undefined): StringMatcher {
  if (match?.exact !== undefined) return { kind: 'exact', value: match.exact }
  if (match?.prefix !== undefined) return { kind: 'prefix', value: match.prefix }
  if (match?.regex === undefined || match.regex === '*') return { kind: 'present' }
  return { kind: 'regex', value: match.regex, expression: compileRegex(match.regex) }
}

/** RE2, as Envoy has it. Throws `RejectedConfiguration` for what is none. */
export function compileRegex(text: string): RE2JS {
  try {
    return RE2JS.compile(text)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new RejectedConfiguration(`regex ${JSON.stringify(text)}: ${error.message}`)
  }
}

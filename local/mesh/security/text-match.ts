// Istio's patterns in policies: `text`, `prefix*`, `*suffix`, `*`, and path templates with `{*}` and `{**}`.
import { RE2JS } from 're2js'

export type TextMatch =
  | { kind: 'exact' | 'prefix' | 'suffix'; value: string; ignoreCase: boolean }
  /** `*`: anything; for all but headers and hosts that is anything but nothing. */
  | { kind: 'present'; evenEmpty: boolean }
  | { kind: 'regex'; expression: RE2JS }

interface TextOptions {
  ignoreCase?: boolean
  /** `*` also takes an empty value: headers and hosts. */
  evenEmpty?: boolean
}

export function textMatch(pattern: string, { ignoreCase = false, evenEmpty = false }: TextOptions = {}): TextMatch {
  const value = ignoreCase ? pattern.toLowerCase() : pattern
  if (value === '*') return { kind: 'present', evenEmpty }
  if (value.startsWith('*')) return { kind: 'suffix', value: value.slice(1), ignoreCase }
  if (value.endsWith('*')) return { kind: 'prefix', value: value.slice(0, -1), ignoreCase }
  return { kind: 'exact', value, ignoreCase }
}

/** Where an identity is matched its URI is: a pattern's fixed start stands behind `spiffe://`. */
export function principalMatch(pattern: string): TextMatch {
  const match = textMatch(pattern)
  if (match.kind !== 'exact' && match.kind !== 'prefix') return match
  return { ...match, value: `spiffe://${match.value}` }
}

/** A whole value must match. Throws when the expression is none of RE2's. */
export function regexMatch(pattern: string): TextMatch {
  return { kind: 'regex', expression: RE2JS.compile(pattern) }
}

const pathCharacter = "[a-zA-Z0-9\\-._~%!$&'()+,;:@=]"

/** `{*}` is one segment, `{**}` any rest, as Envoy's URI templates have them. */
export function pathMatch(pattern: string): TextMatch {
  if (!/[{}]/.test(pattern)) return textMatch(pattern)
  const parts = pattern.split(/(\{\*\*?\})/).map(part => {
    if (part === '{*}') return `${pathCharacter}+`
    return part === '{**}' ? `(?:${pathCharacter}|/)*` : RE2JS.quote(part)
  })
  return regexMatch(parts.join(''))
}

export function matchesText(match: TextMatch, text: string): boolean {
  switch (match.kind) {
    case 'present':
      return match.evenEmpty || text !== ''
    case 'regex':
      return match.expression.matches(text)
    default:
      return matchesFixed(match, match.ignoreCase ? text.toLowerCase() : text)
  }
}

function matchesFixed({ kind, value }: { kind: 'exact' | 'prefix' | 'suffix'; value: string }, text: string): boolean {
  if (kind === 'exact') return text === value
  return kind === 'prefix' ? text.startsWith(value) : text.endsWith(value)
}

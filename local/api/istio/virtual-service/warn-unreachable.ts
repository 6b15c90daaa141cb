// Rules that no request can reach because earlier ones take all of theirs: warnings, not errors.
import type { StringMatch } from '../fields/types.ts'
import { type Finding, quoted, warning } from '../finding.ts'
import type { HttpMatchRequest, VirtualServiceSpec } from './types.ts'

export function unreachableRules({ http, tls, tcp }: VirtualServiceSpec): Finding[] {
  return [
    ...hiddenRules(http ?? [], 'spec.http'),
    ...coveredPrefixes(http ?? []),
    ...hiddenRules(tcp ?? [], 'spec.tcp'),
    ...hiddenRules(tls ?? [], 'spec.tls'),
  ]
}

/** Rules and matches of TCP and TLS have no names. */
interface Named {
  name?: string
}

interface Rule extends Named {
  match?: readonly object[]
}

/** Rules behind one without matches, and matches that were there before. */
function hiddenRules(rules: readonly Rule[], path: string): Finding[] {
  const seen = new Map<string, number>()
  const findings: Finding[] = []
  let catchAll = false
  for (const [index, rule] of rules.entries()) {
    const at = `${path}[${index}]`
    const unused = (reason: string) => warning(at, `virtualService rule ${label(rule, index)} not used (${reason})`)
    const matches = rule.match ?? []
    if (matches.length === 0) {
      if (catchAll) findings.push(unused('only the last rule can have no matches'))
      catchAll = true
      continue
    }
    if (catchAll) {
      findings.push(...matches.map(() => unused('route without matches defined before')))
      continue
    }
    const repeated = matches.flatMap((match, number) => {
      const content = contentOf(match)
      const earlier = seen.get(content)
      if (earlier === undefined) seen.set(content, index)
      const duplicate = earlier === undefined ? undefined : label(rules[earlier] ?? {}, earlier)
      return duplicate === undefined ? [] : [overlapping(label(rule, index), label(match, number), duplicate, at)]
    })
    findings.push(...repeated)
    if (repeated.length === matches.length) findings.push(unused('all matches used by prior rules'))
  }
  return findings
}

const label = ({ name }: Named, index: number): string => (name ? quoted(name) : `#${index}`)

function overlapping(rule: string, match: string, earlier: string, path: string): Finding {
  const reason = `duplicate/overlapping match in rule ${earlier}`
  return warning(path, `virtualService rule ${rule} match ${match} is not used (${reason})`)
}

/** The match without its name, the same for the same fields in any order. */
function contentOf({ name: _, ...match }: Named & object): string {
  return JSON.stringify(match, (_key, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** A match by path prefix, with what else Istio compares of it. */
interface PrefixMatch {
  rule: string
  match: string
  prefix: string
  port: number
  method: string
  authority: string
  maps: Record<string, string>[]
  path: string
}

/** Matches whose prefix an earlier one covers while nothing else tells them apart. */
function coveredPrefixes(rules: NonNullable<VirtualServiceSpec['http']>): Finding[] {
  const catchAll = rules.findIndex(rule => !rule.match?.length)
  const seen = new Set<string>()
  const matches = rules.slice(0, catchAll < 0 ? undefined : catchAll).flatMap((rule, index) =>
    (rule.match ?? []).flatMap((match, number) => {
      const content = contentOf(match)
      if (seen.has(content)) return []
      seen.add(content)
      return prefixMatch(match, label(rule, index), label(match, number), `spec.http[${index}].match[${number}]`)
    }),
  )
  return matches.flatMap((earlier, index) =>
    matches
      .slice(index + 1)
      .filter(later => later.prefix !== earlier.prefix && covers(earlier, later))
      .map(later => {
        const duplicate = `${earlier.match} of prefix ${earlier.prefix} on ${earlier.rule}`
        return overlapping(later.rule, `${later.match} of prefix ${later.prefix}`, duplicate, later.path)
      }),
  )
}

function prefixMatch(match: HttpMatchRequest, rule: string, name: string, path: string): PrefixMatch[] {
  const prefix = match.uri?.prefix
  if (!prefix) return []
  const { headers, queryParams, withoutHeaders, port = 0, method, authority } = match
  const maps = [headers, queryParams, withoutHeaders].map(entries =>
    Object.fromEntries(Object.entries(entries ?? {}).map(([key, value]) => [key, written(value)])),
  )
  return [
    {
      rule,
      match: name,
      prefix,
      port,
      method: written(method) || 'exact:GET',
      authority: written(authority),
      maps,
      path,
    },
  ]
}

function written(match: StringMatch | undefined): string {
  if (match?.exact) return `exact:${match.exact}`
  return match?.prefix ? `prefix:${match.prefix}` : ''
}

function covers(earlier: PrefixMatch, later: PrefixMatch): boolean {
  return (
    later.prefix.startsWith(earlier.prefix) &&
    later.port === earlier.port &&
    earlier.method.startsWith(later.method) &&
    earlier.authority.startsWith(later.authority) &&
    earlier.maps.every((entries, index) => coversEntries(entries, later.maps[index] ?? {}))
  )
}

function coversEntries(earlier: Record<string, string>, later: Record<string, string>): boolean {
  const keys = Object.keys(earlier)
  return (
    keys.length === Object.keys(later).length &&
    keys.every(key => Object.hasOwn(later, key) && (earlier[key] ?? '').startsWith(later[key] ?? ''))
  )
}

// DNS labels, and labels of workloads (pkg/config/labels of Istio).
import { eachEntry, type Finding, flaw, listedFlaw, quoted } from '../finding.ts'

const label = '[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?'
const labelPattern = new RegExp(`^${label}$`)
const wildcardPattern = new RegExp(`^(\\*|(\\*|\\*-)?${label})$`)
const qualifiedName = '(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const keyPattern = new RegExp(`^(${label}(?:\\.${label})*/)?(${qualifiedName})$`)
const valuePattern = new RegExp(`^(${qualifiedName})?$`)

const longestLabel = 63
const longestPrefix = 253

/** Letters of both cases, digits and inner dashes, 63 at most. */
export const isDnsLabel = (text: string): boolean => text.length <= longestLabel && labelPattern.test(text)

/** A DNS label, `*`, or one with a leading `*`. */
export const isWildcardLabel = (text: string): boolean => text.length <= longestLabel && wildcardPattern.test(text)

export const portNameFlaws = (name: string, path: string): Finding[] =>
  isDnsLabel(name) ? [] : [flaw(path, `invalid port name: ${name}`)]

export function subsetNameFlaws(name: string, path: string): Finding[] {
  if (name === '') return [flaw(path, 'subset name cannot be empty')]
  return isDnsLabel(name) ? [] : [flaw(path, `subset name is invalid: ${name}`)]
}

/** Keys and values as Kubernetes wants them. */
export function labelFlaws(labels: Record<string, string> | undefined, path: string): Finding[] {
  return eachEntry(labels, path, (value, key, at) => [
    ...keyFlaws(key, at),
    ...(valuePattern.test(value) ? [] : [listedFlaw(at, `invalid tag value: ${quoted(value)}`)]),
  ])
}

function keyFlaws(key: string, path: string): Finding[] {
  const invalid = `invalid tag key: ${quoted(key)}`
  const match = keyPattern.exec(key)
  if (!match) return [listedFlaw(path, invalid)]
  const [, prefix = '', name = ''] = match
  if (prefix.length - 1 > longestPrefix) return [listedFlaw(path, `${invalid} (DNS prefix is too long)`)]
  return name.length > longestLabel ? [listedFlaw(path, `${invalid} (name is too long)`)] : []
}

// exportTo: the namespaces that see an object.
import { type Finding, flaw } from '../finding.ts'
import { isDnsLabel } from './label.ts'

type Exporter = 'service-entry' | 'selecting-destination-rule' | 'other'

/** `namespace` is the object's own: `.` and its name are the same entry. */
export function exportToFlaws(
  exportTo: readonly string[] | undefined,
  namespace: string,
  of: Exporter,
  path: string,
): Finding[] {
  const seen = new Set<string>()
  const flaws: Finding[] = []
  for (const [index, entry] of (exportTo ?? []).entries()) {
    const key = entry === '.' ? namespace : entry
    const wrong = seen.has(key) ? duplicate(entry, namespace) : entryFlaw(key, of)
    if (wrong === undefined) seen.add(key)
    else flaws.push(flaw(`${path}[${index}]`, wrong))
  }
  return [...flaws, ...setFlaws(seen, exportTo?.length ?? 0, namespace, of).map(sentence => flaw(path, sentence))]
}

function duplicate(entry: string, namespace: string): string {
  return entry === '.'
    ? `duplicate entries in exportTo: . and current namespace ${namespace}`
    : `duplicate entries in exportTo for entry ${entry}`
}

function entryFlaw(entry: string, of: Exporter): string | undefined {
  if (entry === '*' || (entry === '~' && of === 'service-entry') || isDnsLabel(entry)) return undefined
  if (entry === '~') return 'exportTo ~ (none) is not allowed for Istio configuration objects'
  return 'only .,*, or a valid DNS 1123 label is allowed as exportTo entry'
}

/** What is wrong with entries that are each fine. */
function setFlaws(seen: ReadonlySet<string>, written: number, namespace: string, of: Exporter): string[] {
  const flaws: string[] = []
  if (of === 'selecting-destination-rule' && seen.size > 0) {
    if (!seen.has(namespace))
      flaws.push('destination rule with workload selector cannot have exportTo beyond current namespace')
    else if (seen.size > 1)
      flaws.push('destination rule with workload selector cannot have multiple entries in exportTo')
  }
  if (seen.has('*') && written > 1) {
    flaws.push('cannot have both public (*) and non-public exportTo values for a resource')
  }
  if (seen.has('~') && written > 1) flaws.push('cannot export service entry to no one (~) and someone')
  return flaws
}

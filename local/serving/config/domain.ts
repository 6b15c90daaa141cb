// ConfigMap config-domain: under which domain a route is published, by its labels.
import { parse } from 'yaml'
import { clusterLocal, labels as keys } from '../../api/serving/labels.ts'

export interface DomainConfig {
  domains: { domain: string; selector: Record<string, string> }[]
}

/** The domain of hosts inside the cluster. */
export const clusterDomain = 'svc.cluster.local'

/** Where the ConfigMap names no domain for all routes: this resolves to the local machine everywhere. */
const fallbackDomain = 'localhost'

/** Reads config-domain: each key is a domain, its value YAML with a `selector`, or empty for all routes. */
export function readDomain(data: Record<string, string>): DomainConfig {
  const entries = Object.entries(data).filter(([key]) => key !== '_example')
  const domains = entries.map(([domain, text]) => ({ domain, selector: selectorOf(domain, text) }))
  const hasDefault = domains.some(one => Object.keys(one.selector).length === 0)
  return { domains: hasDefault ? domains : [...domains, { domain: fallbackDomain, selector: {} }] }
}

function selectorOf(domain: string, text: string): Record<string, string> {
  const value: unknown = parse(text)
  if (value === null || value === undefined || value === '') return {}
  if (typeof value !== 'object') throw new Error(`${domain}: expected a mapping with a selector, got "${text.trim()}"`)
  return (value as { selector?: Record<string, string> }).selector ?? {}
}

/** The domain of a route with these labels: the most specific selector wins, then the alphabet. */
export function domainFor({ domains }: DomainConfig, labels: Record<string, string> = {}): string {
  if (labels[keys.visibility] === clusterLocal) return clusterDomain
  const matching = domains.filter(one => Object.entries(one.selector).every(([key, value]) => labels[key] === value))
  const rank = (one: { selector: Record<string, string> }) => Object.keys(one.selector).length
  matching.sort((a, b) => rank(b) - rank(a) || (a.domain < b.domain ? -1 : 1))
  return matching[0]?.domain ?? fallbackDomain
}

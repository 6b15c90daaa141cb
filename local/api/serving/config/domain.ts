// ConfigMap config-domain: under which domain a route is published, by its labels.
import { parse } from 'yaml'
import { dnsSubdomainFlaw } from '../../names.ts'
import { clusterLocal, labels as keys } from '../labels.ts'
import { ConfigError, type ConfigFlaw } from './keys.ts'

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
  const flaws = entries.flatMap(([domain, text]) => entryFlaws(domain, text))
  if (flaws.length > 0) throw new ConfigError(flaws)
  const domains = entries.map(([domain, text]) => ({ domain, selector: selectorOf(text) }))
  const hasDefault = domains.some(one => Object.keys(one.selector).length === 0)
  return { domains: hasDefault ? domains : [...domains, { domain: fallbackDomain, selector: {} }] }
}

function entryFlaws(domain: string, text: string): ConfigFlaw[] {
  const flaw = dnsSubdomainFlaw(domain)
  if (flaw) return [{ key: domain, message: flaw }]
  const message = `expected nothing, or a mapping with a selector of labels, got "${text.trim()}"`
  try {
    const values = Object.values(selectorOf(text))
    return values.every(value => typeof value === 'string') ? [] : [{ key: domain, message }]
  } catch {
    return [{ key: domain, message }]
  }
}

function selectorOf(text: string): Record<string, string> {
  const value: unknown = parse(text, { logLevel: 'error' })
  if (value === null || value === undefined || value === '') return {}
  if (typeof value !== 'object') throw new Error('no mapping')
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

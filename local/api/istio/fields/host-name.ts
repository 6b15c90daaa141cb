// Host names and their wildcards (pkg/config/host and pkg/config/validation/agent of Istio).
import { type Finding, flaw, quoted } from '../finding.ts'
import { isIpAddress } from './address.ts'
import { isDnsLabel, isWildcardLabel } from './label.ts'

/** What is wrong with a fully qualified name, if anything. */
export function fqdnFlaw(domain: string): string | undefined {
  return lengthFlaw(domain) ?? labelsFlaw(domain)
}

/** What is wrong with a name whose first label may be, or begin with, a wildcard. */
export function wildcardDomainFlaw(domain: string): string | undefined {
  const tooLong = lengthFlaw(domain)
  if (tooLong) return tooLong
  const dot = domain.indexOf('.')
  const first = dot < 0 ? domain : domain.slice(0, dot)
  if (!isWildcardLabel(first)) return `domain name ${quoted(domain)} invalid (label ${quoted(first)} invalid)`
  return dot < 0 ? undefined : labelsFlaw(domain.slice(dot + 1))
}

function lengthFlaw(domain: string): string | undefined {
  if (domain.length > 255) return `domain name ${quoted(domain)} too long (max 255)`
  return domain === '' ? 'empty domain name not allowed' : undefined
}

function labelsFlaw(domain: string): string | undefined {
  const labels = domain.split('.')
  const top = labels.at(-1) ?? ''
  const invalid = `domain name ${quoted(domain)} invalid`
  if (/^[-+]?\d+$/.test(top)) return `${invalid} (top level domain ${quoted(top)} cannot be all-numeric)`
  // `istio.io.`: the last label may be empty.
  const wrong = labels.find((label, index) => !isDnsLabel(label) && !(label === '' && index === labels.length - 1))
  return wrong === undefined ? undefined : `${invalid} (label ${quoted(wrong)} invalid)`
}

export const wildcardDomainFlaws = (domain: string, path: string): Finding[] =>
  asFlaws(wildcardDomainFlaw(domain), path)
export const fqdnFlaws = (domain: string, path: string): Finding[] => asFlaws(fqdnFlaw(domain), path)

const asFlaws = (sentence: string | undefined, path: string): Finding[] => (sentence ? [flaw(path, sentence)] : [])

const generatedPrefix = 'outbound_'
const generatedForm = 'outbound_.<PORT>_._.<HOSTNAME>'

/** As `wildcardDomainFlaw`, with the names istiod makes for SNI routing between networks. */
export function gatewayDomainFlaw(domain: string, hasSniHosts: boolean): string | undefined {
  if (!hasSniHosts || !domain.startsWith(generatedPrefix)) return wildcardDomainFlaw(domain)
  const [, port, , host] = domain.split('_').map(part => part.replace(/^\.+|\.+$/g, ''))
  if (lengthFlaw(domain)) return lengthFlaw(domain)
  if (port === undefined || host === undefined) {
    return `domain name ${domain} invalid, should follow '${generatedForm}' format`
  }
  const wrong = !/\d/.test(port) ? port : !/[a-zA-Z]/.test(host) ? host : undefined
  if (wrong === undefined) return undefined
  return `domain name ${quoted(domain)} invalid (label ${quoted(wrong)} invalid). should follow ${generatedForm} format`
}

/** `*foo.com`: a wildcard may only stand for whole labels here. */
export function partialWildcardFlaw(host: string): string | undefined {
  const partial = host.includes('*') && host !== '*' && !host.startsWith('*.')
  return partial ? `partial wildcard ${quoted(host)} not allowed` : undefined
}

/** Whether two names have a host in common. */
export function hostsOverlap(one: string, other: string): boolean {
  if (isWildcard(one) && isWildcard(other)) {
    const [longer, shorter] = one.length < other.length ? [other, one] : [one, other]
    return longer.slice(1).endsWith(shorter.slice(1))
  }
  if (isWildcard(one)) return other.endsWith(one.slice(1))
  return isWildcard(other) ? one.endsWith(other.slice(1)) : one === other
}

/** Whether every host of `inner` is one of `outer`. */
export function isHostWithin(inner: string, outer: string): boolean {
  if (isWildcard(inner) && (!isWildcard(outer) || inner.length < outer.length)) return false
  return hostsOverlap(inner, outer)
}

export const isWildcard = (host: string): boolean => host.startsWith('*')

/** `namespace/host` of Sidecars, and of Gateways, where the namespace may be missing. */
export function scopedHostFlaws(host: string, on: 'gateway' | 'sidecar', path: string): Finding[] {
  const slash = host.indexOf('/')
  if (slash < 0) {
    return on === 'gateway' ? hostPartFlaws(host, on, path) : [flaw(path, 'host must be of form namespace/dnsName')]
  }
  const namespace = host.slice(0, slash)
  const name = host.slice(slash + 1)
  const special = on === 'gateway' ? ['*', '.'] : ['*', '.', '~']
  return [
    ...(namespace === '' || name === ''
      ? [flaw(path, 'config namespace and dnsName in host entry cannot be empty')]
      : []),
    ...(special.includes(namespace) || isDnsLabel(namespace)
      ? []
      : [flaw(path, `invalid namespace value ${quoted(namespace)} in ${on}`)]),
    ...hostPartFlaws(name, on, path),
  ]
}

function hostPartFlaws(host: string, on: 'gateway' | 'sidecar', path: string): Finding[] {
  const invalid = wildcardDomainFlaw(host)
  const sentences = [
    host !== '*' && !host.includes('.') ? 'short names (non FQDN) are not allowed' : undefined,
    // Istio says it twice of a sidecar's host that is no IP either.
    on === 'sidecar' ? invalid : undefined,
    isIpAddress(host) ? undefined : invalid,
    partialWildcardFlaw(host),
  ]
  return sentences.flatMap(sentence => asFlaws(sentence, path))
}

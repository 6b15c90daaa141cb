// The hosts of a VirtualService.
import { isIpAddress } from '../fields/address.ts'
import { gatewayDomainFlaw, hostsOverlap, wildcardDomainFlaw } from '../fields/host-name.ts'
import { type Finding, flaw } from '../finding.ts'
import type { VirtualServiceSpec } from './types.ts'
import type { Binding } from './validate-binding.ts'

/** Names or IPs; `*` at gateways alone; no two that have a host in common. */
export function hostFlaws({ hosts = [], tls }: VirtualServiceSpec, bound: Binding): Finding[] {
  const hasSniHosts = (tls ?? []).some(route => (route.match ?? []).some(match => match.sniHosts?.length))
  const flaws = hosts.flatMap((host, index) => {
    const sentence = hostFlaw(host, bound, hasSniHosts)
    return sentence ? [flaw(`spec.hosts[${index}]`, sentence)] : []
  })
  return flaws.length > 0 ? flaws : overlapFlaws(hosts)
}

function hostFlaw(host: string, bound: Binding, hasSniHosts: boolean): string | undefined {
  const wrong = bound.gateway ? gatewayDomainFlaw(host, hasSniHosts) : wildcardDomainFlaw(host)
  if (wrong) return isIpAddress(host) ? undefined : wrong
  return bound.mesh && host === '*'
    ? 'wildcard host * is not allowed for virtual services bound to the mesh gateway'
    : undefined
}

function overlapFlaws(hosts: readonly string[]): Finding[] {
  return hosts.flatMap((host, index) =>
    hosts
      .slice(index + 1)
      .filter(other => hostsOverlap(host, other))
      .map(other => flaw(`spec.hosts[${index}]`, `duplicate hosts in virtual service: ${host} & ${other}`)),
  )
}

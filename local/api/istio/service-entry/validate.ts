// The rules of a ServiceEntry as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { subnetFlaws } from '../fields/address.ts'
import { exportToFlaws } from '../fields/export-to.ts'
import { partialWildcardFlaw, wildcardDomainFlaws } from '../fields/host-name.ts'
import { portNameFlaws } from '../fields/label.ts'
import { portFlaws, protocolFlaws, protocolOf } from '../fields/port.ts'
import { emptySelectorWarning, workloadSelectorFlaws } from '../fields/selector.ts'
import { eachItem, type Finding, flaw, flawIf, quoted, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { ServiceEntrySpec, ServicePort } from './types.ts'
import { resolutionFindings } from './validate-resolution.ts'

export function serviceEntryFindings({ spec, namespace, labels }: Subject<Partial<ServiceEntrySpec>>): Finding[] {
  const { workloadSelector, endpoints, exportTo } = spec
  const selectorFlaws = workloadSelectorFlaws(workloadSelector, 'spec.workloadSelector')
  if (selectorFlaws.length > 0) return selectorFlaws
  const both = !!workloadSelector && !!endpoints?.length
  return [
    ...emptySelectorWarning(workloadSelector, 'service entry', 'spec.workloadSelector'),
    ...flawIf(both, 'spec', 'only one of WorkloadSelector or Endpoints is allowed in Service Entry'),
    ...hostFindings(spec),
    ...addressFlaws(spec),
    ...portFindings(spec, labels),
    ...resolutionFindings(spec),
    ...ambiguousPortFlaws(spec),
    ...exportToFlaws(exportTo, namespace, 'service-entry', 'spec.exportTo'),
  ]
}

function hostFindings({ hosts, resolution }: Partial<ServiceEntrySpec>): Finding[] {
  return [
    ...flawIf(!hosts?.length, 'spec.hosts', 'service entry must have at least one host'),
    ...eachItem(hosts, 'spec.hosts', (host, at) => {
      if (host === '*') return [flaw(at, 'invalid host *')]
      const partial = resolution === 'DYNAMIC_DNS' ? undefined : partialWildcardFlaw(host)
      return [...wildcardDomainFlaws(host, at), ...(partial ? [warning(at, partial)] : [])]
    }),
  ]
}

function addressFlaws({ addresses, resolution = 'NONE' }: Partial<ServiceEntrySpec>): Finding[] {
  const block = (addresses ?? []).some(address => address.includes('/'))
  return [
    ...eachItem(addresses, 'spec.addresses', subnetFlaws),
    ...flawIf(
      block && resolution !== 'NONE' && resolution !== 'STATIC',
      'spec.addresses',
      'CIDR addresses are allowed only for NONE/STATIC resolution types',
    ),
  ]
}

function portFindings(spec: Partial<ServiceEntrySpec>, labels: Record<string, string>): Finding[] {
  const ports: Partial<ServicePort>[] = spec.ports ?? []
  const names = ports.map(port => port.name ?? '')
  const numbers = ports.map(port => port.number ?? 0)
  const addressed = !!spec.addresses?.length || allocatesAddress(spec, labels)
  return eachItem(ports, 'spec.ports', ({ protocol = '', targetPort }, at, index) => {
    const [name = '', number = 0] = [names[index], numbers[index]]
    return [
      ...flawIf(names.indexOf(name) < index, at, `service entry port name ${quoted(name)} already defined`),
      ...flawIf(numbers.indexOf(number) < index, at, `service entry port ${number} already defined`),
      ...(targetPort ? portFlaws(targetPort, `${at}.targetPort`) : []),
      ...(addressed || !['', 'TCP'].includes(protocol) ? [] : [warning(at, addressNeeded)]),
      ...portNameFlaws(name, `${at}.name`),
      ...protocolFlaws(protocol, `${at}.protocol`),
      ...portFlaws(number, `${at}.number`),
    ]
  })
}

const addressNeeded =
  'addresses are required for ports serving TCP (or unset) protocol when IP Autoallocation is not enabled'

/** Whether istiod gives the hosts virtual IPs. */
function allocatesAddress({ resolution = 'NONE' }: Partial<ServiceEntrySpec>, labels: Record<string, string>): boolean {
  return resolution !== 'NONE' && labels['networking.istio.io/enable-autoallocate-ip']?.toLowerCase() !== 'false'
}

/** By HTTP's authority and TLS's SNI a proxy tells hosts of one port apart; by nothing else. */
function ambiguousPortFlaws({ resolution = 'NONE', hosts, ports }: Partial<ServiceEntrySpec>): Finding[] {
  if (resolution === 'NONE' || (hosts?.length ?? 0) < 2) return []
  const ambiguous = (ports ?? []).findIndex(({ protocol }) => {
    const known = protocolOf(protocol)
    return !known?.http && !known?.tls
  })
  return flawIf(ambiguous >= 0, `spec.ports[${ambiguous}]`, 'multiple hosts provided with non-HTTP, non-TLS ports')
}

// What each way to find a ServiceEntry's addresses asks of its other fields.
import { isIpAddress } from '../fields/address.ts'
import { fqdnFlaw, isWildcard } from '../fields/host-name.ts'
import { labelFlaws } from '../fields/label.ts'
import { protocolOf } from '../fields/port.ts'
import { eachItem, type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { WorkloadEntrySpec } from '../workload-entry/types.ts'
import { endpointPortFlaws, nameFlaws, staticEndpointFindings } from '../workload-entry/validate.ts'
import type { Resolution, ServiceEntrySpec } from './types.ts'

type Spec = Partial<ServiceEntrySpec>

export function resolutionFindings(spec: Spec): Finding[] {
  const resolution: string | number = spec.resolution ?? 'NONE'
  if (!Object.hasOwn(byResolution, resolution)) return [flaw('spec.resolution', 'unsupported resolution type ')]
  return byResolution[resolution as Resolution](spec)
}

const byResolution: Record<Resolution, (spec: Spec) => Finding[]> = {
  NONE: noneFindings,
  STATIC: spec =>
    eachItem(spec.endpoints, 'spec.endpoints', (one, at) => staticEndpointFindings(one, portNamesOf(spec), at)),
  DNS: dnsFindings,
  DNS_ROUND_ROBIN: dnsFindings,
  DYNAMIC_DNS: dynamicDnsFlaws,
}

const portNamesOf = ({ ports }: Spec): ReadonlySet<string> => new Set((ports ?? []).map(({ name = '' }) => name))

function noneFindings({ endpoints, workloadSelector }: Spec): Finding[] {
  const ignored = 'workloadSelector should not be set when resolution mode is NONE'
  return [
    ...flawIf(!!endpoints?.length, 'spec.endpoints', 'no endpoints should be provided for resolution type none'),
    ...(workloadSelector ? [warning('spec.workloadSelector', ignored)] : []),
  ]
}

function dnsFindings(spec: Spec): Finding[] {
  const { endpoints = [], resolution } = spec
  const names = portNamesOf(spec)
  const tooMany = `there must only be 0 or 1 endpoint for resolution mode ${resolution}`
  return [
    ...(endpoints.length === 0 ? resolvableFlaws(spec) : []),
    ...flawIf(resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1, 'spec.endpoints', tooMany),
    ...eachItem(endpoints, 'spec.endpoints', (endpoint, at) => namedEndpointFlaws(endpoint, names, at)),
    ...sharedAddressWarnings(spec),
  ]
}

/** Without endpoints the hosts themselves are looked up. */
function resolvableFlaws({ hosts = [], resolution }: Spec): Finding[] {
  const index = hosts.findIndex(host => fqdnFlaw(host))
  const wrong = fqdnFlaw(hosts[index] ?? 'none')
  const rule = 'hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for resolution mode'
  return wrong ? [flaw(`spec.hosts[${index}]`, `${rule} ${resolution}, ${wrong}`)] : []
}

function namedEndpointFlaws(endpoint: WorkloadEntrySpec, names: ReadonlySet<string>, path: string): Finding[] {
  const { address = '', labels, ports } = endpoint
  return [
    ...(isIpAddress(address) ? [] : nameFlaws(address, `${path}.address`)),
    ...labelFlaws(labels, `${path}.labels`),
    ...endpointPortFlaws(ports, names, `${path}.ports`),
  ]
}

function sharedAddressWarnings({ addresses, hosts, ports }: Spec): Finding[] {
  const shared = !!addresses?.length && (hosts?.length ?? 0) > 1
  const tcp = (ports ?? []).some(({ protocol }) => protocolOf(protocol)?.tcp)
  const sentence = 'service entry can not have more than one host specified simultaneously with address and tcp port'
  return shared && tcp ? [warning('spec.hosts', sentence)] : []
}

function dynamicDnsFlaws({ hosts, addresses, endpoints, ports, location }: Spec): Finding[] {
  const type = 'resolution type DYNAMIC_DNS'
  const fromHosts = 'HTTP route domains will only be generatedfrom the hosts field values'
  return [
    ...flawIf(!hosts?.length, 'spec.hosts', `at least one wildcard host must be provided for ${type}`),
    ...eachItem(hosts, 'spec.hosts', (host, at) =>
      flawIf(!isWildcard(host), at, 'host must be wildcarded for resolution mode DYNAMIC_DNS'),
    ),
    ...flawIf(!!addresses?.length, 'spec.addresses', `addresses cannot be set for ${type}. ${fromHosts}`),
    ...flawIf(
      !!endpoints?.length,
      'spec.endpoints',
      `endpoints cannot be set for ${type}. Destination IP address determined from hostsfield values`,
    ),
    ...eachItem(ports, 'spec.ports', ({ protocol = '' }, at) =>
      flawIf(
        !['http', 'tls'].includes(protocol.toLowerCase()),
        at,
        `only HTTP and TLS protocol is supported for ${type}`,
      ),
    ),
    ...flawIf(
      (location ?? 'MESH_EXTERNAL') !== 'MESH_EXTERNAL',
      'spec.location',
      `location must be MESH_EXTERNAL for ${type}`,
    ),
  ]
}

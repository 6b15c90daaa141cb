// The rules of a WorkloadEntry, and of endpoints of a ServiceEntry (pkg/config/validation of Istio 1.29).
import { isIpAddress, unixPrefix, unixSocketFlaws } from '../fields/address.ts'
import { fqdnFlaw } from '../fields/host-name.ts'
import { labelFlaws, portNameFlaws } from '../fields/label.ts'
import { portFlaws } from '../fields/port.ts'
import { eachEntry, type Finding, flaw, flawIf, quoted, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { WorkloadEntrySpec } from './types.ts'

export const workloadEntryFindings = ({ spec }: Subject<WorkloadEntrySpec>): Finding[] => [
  ...addressFindings(spec, true, 'spec'),
  ...(isUnaddressed(spec) ? [] : restFindings(spec, undefined, 'spec')),
]

/** Endpoints of resolution STATIC: addresses are IPs or sockets, ports are those of the service. */
export const staticEndpointFindings = (
  endpoint: WorkloadEntrySpec,
  servicePorts: ReadonlySet<string>,
  path: string,
): Finding[] => [
  ...addressFindings(endpoint, false, path),
  ...(isUnaddressed(endpoint) ? [] : restFindings(endpoint, servicePorts, path)),
]

/** Nothing else is looked at then. */
const isUnaddressed = ({ address, network }: WorkloadEntrySpec): boolean => !address && !network

function addressFindings({ address = '', network, ports }: WorkloadEntrySpec, names: boolean, path: string): Finding[] {
  const at = `${path}.address`
  if (address === '') {
    if (!network) return [flaw(at, 'address is required')]
    return [warning(at, `address is unset with network ${quoted(network)}`)]
  }
  if (address.startsWith(unixPrefix)) {
    const numbered = Object.keys(ports ?? {}).length > 0
    const noPorts = `unix endpoint ${address} must not include ports`
    return [...unixSocketFlaws(address, at), ...flawIf(numbered, `${path}.ports`, noPorts)]
  }
  if (isIpAddress(address)) return []
  if (!names) return [flaw(at, `endpoint address ${quoted(address)} is not a valid IP address`)]
  return nameFlaws(address, at)
}

export const nameFlaws = (address: string, path: string): Finding[] =>
  flawIf(
    fqdnFlaw(address) !== undefined,
    path,
    `endpoint address ${quoted(address)} is not a valid FQDN or an IP address`,
  )

function restFindings(
  entry: WorkloadEntrySpec,
  servicePorts: ReadonlySet<string> | undefined,
  path: string,
): Finding[] {
  const socket = entry.address?.startsWith(unixPrefix)
  return [
    ...endpointPortFlaws(entry.ports, servicePorts, `${path}.ports`),
    ...labelFlaws(entry.labels, `${path}.labels`),
    ...flawIf(
      !!socket && servicePorts !== undefined && servicePorts.size !== 1,
      `${path}.address`,
      'exactly 1 service port required for unix endpoints',
    ),
  ]
}

/** Names are those of the service's ports, where there is a service. */
export function endpointPortFlaws(
  ports: Record<string, number> | undefined,
  servicePorts: ReadonlySet<string> | undefined,
  path: string,
): Finding[] {
  return eachEntry(ports, path, (port, name, at) => [
    ...flawIf(
      servicePorts !== undefined && !servicePorts.has(name),
      at,
      `endpoint port ${port} is not defined by the service entry`,
    ),
    ...portNameFlaws(name, at),
    ...portFlaws(port, at),
  ])
}

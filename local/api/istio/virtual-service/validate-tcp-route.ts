// TLS and TCP rules.
import { isIpAddress, subnetFlaws } from '../fields/address.ts'
import { weightedFlaws } from '../fields/destination.ts'
import { gatewayDomainFlaw, isHostWithin, wildcardDomainFlaw } from '../fields/host-name.ts'
import { labelFlaws } from '../fields/label.ts'
import { portFlaws } from '../fields/port.ts'
import { eachItem, type Finding, flaw, flawIf, isError, quoted, warning } from '../finding.ts'
import type { L4MatchAttributes, TcpRoute, TlsMatchAttributes, TlsRoute, VirtualServiceSpec } from './types.ts'
import { binding, gatewayNameFindings } from './validate-binding.ts'

export function tlsRouteFindings(route: Partial<TlsRoute>, spec: VirtualServiceSpec, path: string): Finding[] {
  const at = `${path}.match`
  return [
    ...flawIf(!route.match?.length, at, 'TLS route must have at least one match condition'),
    ...eachItem(route.match, at, (match, here) => [
      ...sniFindings(match.sniHosts, spec, `${here}.sniHosts`),
      ...matchFindings(match, here),
    ]),
    ...flawIf(!route.route?.length, `${path}.route`, 'TLS route is required'),
    ...weightedFlaws(route.route, `${path}.route`),
  ]
}

function sniFindings(hosts: readonly string[] | undefined, spec: VirtualServiceSpec, path: string): Finding[] {
  if (!hosts?.length) return [flaw(path, 'TLS match must have at least one SNI host')]
  return eachItem(hosts, path, (host, at) => sniHostFindings(host, spec, at))
}

function sniHostFindings(sni: string, { hosts = [], gateways }: VirtualServiceSpec, path: string): Finding[] {
  // Without a list of gateways Istio judges SNI hosts as those of a gateway.
  const atGateway = !gateways?.length || binding(gateways).gateway
  const wrong = atGateway ? gatewayDomainFlaw(sni, true) : wildcardDomainFlaw(sni)
  if (wrong) {
    const address = `using an IP address (${quoted(sni)}) goes against SNI spec and most clients do not support this`
    return [isIpAddress(sni) ? warning(path, address) : flaw(path, wrong)]
  }
  if (hosts.some(host => isHostWithin(sni, host))) return []
  const among = `any of the virtual service hosts: [${hosts.join(', ')}]`
  return [flaw(path, `SNI host ${quoted(sni)} is not a compatible subset of ${among}`)]
}

function matchFindings(match: TlsMatchAttributes | L4MatchAttributes, path: string): Finding[] {
  return [
    ...eachItem(match.destinationSubnets, `${path}.destinationSubnets`, subnetFlaws),
    ...(match.port ? portFlaws(match.port, `${path}.port`) : []),
    ...labelFlaws(match.sourceLabels, `${path}.sourceLabels`),
    ...gatewayNameFindings(match.gateways, `${path}.gateways`),
  ]
}

export function tcpRouteFindings(route: TcpRoute, path: string): Finding[] {
  return [
    ...eachItem(route.match, `${path}.match`, matchFindings).filter(isError),
    ...flawIf(!route.route?.length, `${path}.route`, 'TCP route is required'),
    ...weightedFlaws(route.route, `${path}.route`),
  ]
}

// Traffic policies of hosts, subsets and ports.
import { ipAddressFlaw } from '../fields/address.ts'
import { clientTlsFlaws } from '../fields/client-tls.ts'
import { fqdnFlaw } from '../fields/host-name.ts'
import { portFlaw } from '../fields/port.ts'
import { eachItem, type Finding, flaw, flawIf, isError } from '../finding.ts'
import type { PortPolicy, PortTrafficPolicy, TrafficPolicy, TunnelSettings } from './types.ts'
import { connectionPoolFlaws } from './validate-connection-pool.ts'
import { loadBalancerFindings } from './validate-load-balancer.ts'
import { outlierDetectionFindings } from './validate-outlier-detection.ts'

/** `namespace` is the rule's own: Secrets and ConfigMaps are looked up there. */
export function trafficPolicyFindings(policy: TrafficPolicy | undefined, namespace: string, path: string): Finding[] {
  if (!policy) return []
  const { portLevelSettings, tunnel, proxyProtocol, retryBudget } = policy
  if (isEmpty(policy) && !portLevelSettings?.length && !tunnel && !proxyProtocol && !retryBudget) {
    return [flaw(path, 'traffic policy must have at least one field')]
  }
  if (tunnel && proxyProtocol) return [flaw(path, 'tunnel and proxyProtocol must not be set together')]
  return [
    ...portPolicyFindings(policy, namespace, path),
    ...eachItem(portLevelSettings, `${path}.portLevelSettings`, (one, at) => portLevelFlaws(one, namespace, at)),
    ...(tunnel ? tunnelFlaws(tunnel, `${path}.tunnel`) : []),
  ]
}

const isEmpty = ({ loadBalancer, connectionPool, outlierDetection, tls }: PortPolicy): boolean =>
  !(loadBalancer || connectionPool || outlierDetection || tls)

function portPolicyFindings(policy: PortPolicy, namespace: string, path: string): Finding[] {
  const { loadBalancer, connectionPool, outlierDetection, tls } = policy
  return [
    ...outlierDetectionFindings(outlierDetection, `${path}.outlierDetection`),
    ...connectionPoolFlaws(connectionPool, `${path}.connectionPool`),
    ...loadBalancerFindings(loadBalancer, outlierDetection !== undefined, `${path}.loadBalancer`),
    ...clientTlsFlaws(tls, namespace, `${path}.tls`),
  ]
}

/** Istio keeps the warnings of a port's settings to itself. */
function portLevelFlaws(settings: Partial<PortTrafficPolicy>, namespace: string, path: string): Finding[] {
  return [
    ...flawIf(!settings.port, `${path}.port`, 'portTrafficPolicy must have valid port'),
    ...(isEmpty(settings)
      ? [flaw(path, 'port traffic policy must have at least one field')]
      : portPolicyFindings(settings, namespace, path).filter(isError)),
  ]
}

function tunnelFlaws({ protocol, targetHost = '', targetPort = 0 }: Partial<TunnelSettings>, path: string): Finding[] {
  const notName = fqdnFlaw(targetHost)
  const notAddress = ipAddressFlaw(targetHost)
  const badPort = portFlaw(targetPort)
  return [
    ...flawIf(
      !['', 'CONNECT', 'POST'].includes(protocol ?? ''),
      `${path}.protocol`,
      'tunnel protocol must be "CONNECT" or "POST"',
    ),
    ...flawIf(
      notName !== undefined && notAddress !== undefined,
      `${path}.targetHost`,
      `tunnel target host must be valid FQDN or IP address: ${notName}; ${notAddress}`,
    ),
    ...flawIf(badPort !== undefined, `${path}.targetPort`, `tunnel target port is invalid: ${badPort}`),
  ]
}

// The DestinationRule message.
import { clientTlsSettings, policySelector, portSelector } from '../fields/messages.ts'
import { bool, double, duration, int32, list, map, message, oneOf, string, uint32 } from '../proto/message.ts'
import { connectionPoolSettings } from './connection-pool-message.ts'
import { loadBalancerSettings } from './load-balancer-message.ts'
import type { OutlierDetection } from './outlier-detection-types.ts'
import type {
  DestinationRuleSpec,
  PortTrafficPolicy,
  ProxyProtocol,
  RetryBudget,
  Subset,
  TrafficPolicy,
  TunnelSettings,
} from './types.ts'

const networking = 'istio.networking.v1alpha3'
const policy = `${networking}.TrafficPolicy`

const outlierDetection = message<OutlierDetection>(`${networking}.OutlierDetection`, {
  consecutiveErrors: int32,
  splitExternalLocalOriginErrors: bool,
  consecutiveLocalOriginFailures: uint32,
  consecutiveGatewayErrors: uint32,
  consecutive5xxErrors: uint32,
  interval: duration,
  baseEjectionTime: duration,
  maxEjectionPercent: int32,
  minHealthPercent: int32,
})

const portPolicy = {
  loadBalancer: loadBalancerSettings,
  connectionPool: connectionPoolSettings,
  outlierDetection,
  tls: clientTlsSettings,
}

const trafficPolicy = message<TrafficPolicy>(policy, {
  ...portPolicy,
  portLevelSettings: list(
    message<PortTrafficPolicy>(`${policy}.PortTrafficPolicy`, { port: portSelector, ...portPolicy }),
  ),
  tunnel: message<TunnelSettings>(`${policy}.TunnelSettings`, {
    protocol: string,
    targetHost: string,
    targetPort: uint32,
  }),
  proxyProtocol: message<ProxyProtocol>(`${policy}.ProxyProtocol`, {
    version: oneOf(`${policy}.ProxyProtocol.VERSION`, 'V1', 'V2'),
  }),
  retryBudget: message<RetryBudget>(`${policy}.RetryBudget`, { percent: double, minRetryConcurrency: uint32 }),
})

export const destinationRuleMessage = message<DestinationRuleSpec>(`${networking}.DestinationRule`, {
  host: string,
  trafficPolicy,
  subsets: list(message<Subset>(`${networking}.Subset`, { name: string, labels: map(string), trafficPolicy })),
  exportTo: list(string),
  workloadSelector: policySelector,
})

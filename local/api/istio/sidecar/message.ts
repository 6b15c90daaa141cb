// The Sidecar message.
import { connectionPoolSettings } from '../destination-rule/connection-pool-message.ts'
import { destination, serverTlsSettings, workloadSelector } from '../fields/messages.ts'
import { list, message, oneOf, string, uint32 } from '../proto/message.ts'
import type {
  IstioEgressListener,
  IstioIngressListener,
  OutboundTrafficPolicy,
  SidecarPort,
  SidecarSpec,
} from './types.ts'

const networking = 'istio.networking.v1alpha3'

const port = message<SidecarPort>(`${networking}.SidecarPort`, {
  number: uint32,
  protocol: string,
  name: string,
  targetPort: uint32,
})

const captureMode = oneOf(`${networking}.CaptureMode`, 'DEFAULT', 'IPTABLES', 'NONE')

export const sidecarMessage = message<SidecarSpec>(`${networking}.Sidecar`, {
  workloadSelector,
  ingress: list(
    message<IstioIngressListener>(`${networking}.IstioIngressListener`, {
      port,
      bind: string,
      captureMode,
      defaultEndpoint: string,
      tls: serverTlsSettings,
      connectionPool: connectionPoolSettings,
    }),
  ),
  egress: list(
    message<IstioEgressListener>(`${networking}.IstioEgressListener`, {
      port,
      bind: string,
      captureMode,
      hosts: list(string),
    }),
  ),
  inboundConnectionPool: connectionPoolSettings,
  outboundTrafficPolicy: message<OutboundTrafficPolicy>(`${networking}.OutboundTrafficPolicy`, {
    mode: oneOf(`${networking}.OutboundTrafficPolicy.Mode`, 'REGISTRY_ONLY', 'ALLOW_ANY'),
    egressProxy: destination,
  }),
})

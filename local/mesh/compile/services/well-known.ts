// Services that lead back into this mesh: to ports of its ingress gateway, or to services of the runtime itself.
import type { CoreService, ServicePort } from '../../../api/core/types.ts'
import type { ClusterEndpoint, Labels } from '../../table/cluster.ts'
import { resolveHost } from '../virtual-service/names.ts'

/** Labels of the ingress gateway's pods, which stand in this namespace. */
export const gatewayLabels: Labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' }
export const gatewayNamespace = 'istio-system'

/** Served by the runtime in place of pods. */
const runtimeServices: ReadonlySet<string> = new Set(
  ['broker-ingress', 'imc-dispatcher'].map(name => resolveHost(name, 'knative-eventing')),
)

/** Where a port of a Service of that kind leads; undefined for every other Service. */
export function wellKnownEndpoint(service: CoreService, port: ServicePort): ClusterEndpoint | undefined {
  const { name, namespace = '' } = service.metadata
  const host = resolveHost(name, namespace)
  if (runtimeServices.has(host)) return { kind: 'internal', host, labels: {}, weight: 1, locality: '' }
  const gatewayPort = namespace === gatewayNamespace ? gatewayPortOf(service, port) : undefined
  if (gatewayPort === undefined) return undefined
  return { kind: 'gateway', port: gatewayPort, labels: gatewayLabels, weight: 1, locality: '' }
}

/** The gateway's own Service has a Gateway's server for each of its ports; others name the server by targetPort. */
function gatewayPortOf(service: CoreService, { port, targetPort }: ServicePort): number | undefined {
  if (service.metadata.name === 'istio-ingressgateway') return port
  if (service.metadata.name !== 'knative-local-gateway' && !selectsGateway(service)) return undefined
  return typeof targetPort === 'number' ? targetPort : port
}

function selectsGateway({ spec }: CoreService): boolean {
  const wanted = Object.entries(spec?.selector ?? {})
  return wanted.length > 0 && wanted.every(([label, value]) => gatewayLabels[label] === value)
}

// The workloads whose proxies check requests on the way to a function, and who they are to each other.
import type { CheckedWorkload } from './checked-request.ts'

export const gatewayWorkload: CheckedWorkload = {
  namespace: 'istio-system',
  labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
}
export const activatorWorkload: CheckedWorkload = {
  namespace: 'knative-serving',
  labels: { app: 'activator', role: 'activator' },
}

export const gatewayPrincipal = 'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account'
export const activatorPrincipal = 'cluster.local/ns/knative-serving/sa/activator'

/** What the queue-proxy in front of a function listens on for HTTP/1.1. */
export const queueProxyPort = 8012

/** Gateway pods open ports below 1024 at 8000 more, which is the port that policies there see. */
export function unprivilegedPort(port: number): number {
  return port < 1_024 ? port + 8_000 : port
}

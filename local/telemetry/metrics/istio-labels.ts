// The labels of Istio's standard metrics (Istio 1.29, docs/reference/config/metrics): who called whom, and how.
import type { Identity } from '../../seams/identity.ts'
import type { Labels } from './family.ts'

/** A workload as a proxy beside it would describe itself. */
export interface Workload {
  /** Of the Deployment. */
  name: string
  namespace: string
  serviceAccount: string
  /** Of its pods. */
  labels: Labels
}

const unknown = 'unknown'
const cluster = 'Kubernetes'
const canonicalName = 'service.istio.io/canonical-name'
const canonicalRevision = 'service.istio.io/canonical-revision'

export const ingressGateway: Workload = {
  name: 'istio-ingressgateway',
  namespace: 'istio-system',
  serviceAccount: 'istio-ingressgateway-service-account',
  labels: { app: 'istio-ingressgateway', [canonicalName]: 'istio-ingressgateway' },
}

export const brokerIngressHost = 'broker-ingress.knative-eventing.svc.cluster.local'

/** Services that the runtime itself is, by their hosts. */
const ownServices: Readonly<Record<string, Workload>> = {
  'istio-ingressgateway.istio-system.svc.cluster.local': ingressGateway,
  'knative-local-gateway.istio-system.svc.cluster.local': ingressGateway,
  [brokerIngressHost]: {
    ...{ name: 'mt-broker-ingress', namespace: 'knative-eventing', serviceAccount: 'mt-broker-ingress' },
    labels: { app: 'mt-broker-ingress', 'sidecar.istio.io/inject': 'false' },
  },
}

export function ownService(host: string): Workload | undefined {
  return ownServices[host]
}

/** The workload of a caller: a pod of a revision, or a program that names itself. */
export function workloadOfCaller({ namespace, serviceAccount, labels, name }: Identity): Workload {
  const revision = labels['serving.knative.dev/revision']
  return { name: revision ? deploymentOf(revision) : name, namespace, serviceAccount, labels }
}

/** As Knative names the Deployment of a revision. */
export function deploymentOf(revision: string): string {
  return `${revision}-deployment`
}

/** A workload that is kept out of the mesh speaks plain text, and has no proxy that reports. */
export function inMesh(workload: Workload | undefined): boolean {
  return workload !== undefined && workload.labels['sidecar.istio.io/inject'] !== 'false'
}

export interface Call {
  source: Workload | undefined
  destination: Workload | undefined
  /** The host of the service called. */
  host: string | undefined
  status: number
  flags: string
  grpc: boolean
}

/** All labels but `reporter` and `connection_security_policy`. */
export function istioLabels({ source, destination, host, status, flags, grpc }: Call): Labels {
  return {
    ...workloadLabels('source', inMesh(source) ? source : undefined),
    ...workloadLabels('destination', destination),
    ...serviceLabels(host),
    request_protocol: grpc ? 'grpc' : 'http',
    response_code: String(status),
    response_flags: flags,
  }
}

/** One set of labels for each side that reports: the caller's proxy, and the one beside the destination. */
export function reported(labels: Labels, { source, destination }: Pick<Call, 'source' | 'destination'>): Labels[] {
  const bySource = { ...labels, reporter: 'source', connection_security_policy: unknown }
  const policy = inMesh(source) ? 'mutual_tls' : 'none'
  const byDestination = { ...labels, reporter: 'destination', connection_security_policy: policy }
  return [...(inMesh(source) ? [bySource] : []), ...(inMesh(destination) ? [byDestination] : [])]
}

function workloadLabels(side: 'source' | 'destination', workload: Workload | undefined): Labels {
  const { name = unknown, namespace = unknown, serviceAccount, labels = {} } = workload ?? {}
  const principal = serviceAccount ? `spiffe://cluster.local/ns/${namespace}/sa/${serviceAccount}` : unknown
  return {
    [`${side}_workload`]: name,
    [`${side}_workload_namespace`]: namespace,
    [`${side}_principal`]: principal,
    [`${side}_app`]: labels.app ?? unknown,
    [`${side}_version`]: labels.version ?? unknown,
    [`${side}_cluster`]: workload ? cluster : unknown,
    [`${side}_canonical_service`]: labels[canonicalName] ?? labels.app ?? name,
    [`${side}_canonical_revision`]: labels[canonicalRevision] ?? labels.version ?? (workload ? 'latest' : unknown),
  }
}

function serviceLabels(host: string | undefined): Labels {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc\./.exec(host ?? '') ?? []
  return {
    destination_service: host ?? unknown,
    // A host outside the cluster is its own name.
    destination_service_name: name ?? host ?? unknown,
    destination_service_namespace: namespace ?? unknown,
  }
}

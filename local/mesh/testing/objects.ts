// For tests: the objects of a mesh, with what Knative and Istio bring along before any YAML is read.
import type { CoreService } from '../../api/core/types.ts'
import type { Gateway } from '../../api/istio/types.ts'
import type { Ingress } from '../../api/networking/types.ts'
import type { MeshObjects } from '../compile/mesh-objects.ts'

/** One service, `hello` of namespace `app`, with a public host and its cluster names. */
export function helloIngress(): Ingress {
  const splits = [
    {
      serviceName: 'hello-00001',
      serviceNamespace: 'app',
      servicePort: 80,
      percent: 100,
      appendHeaders: { 'Knative-Serving-Namespace': 'app', 'Knative-Serving-Revision': 'hello-00001' },
    },
  ]
  const http = { paths: [{ appendHeaders: { 'Knative-Serving-Default-Route': 'true' }, splits }] }
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'Ingress',
    metadata: { name: 'hello', namespace: 'app' },
    spec: {
      rules: [
        { hosts: ['hello.app', 'hello.app.svc', 'hello.app.svc.cluster.local'], visibility: 'ClusterLocal', http },
        { hosts: ['hello.app.localhost'], visibility: 'ExternalIP', http },
      ],
    },
  }
}

/** What stands before any YAML is read, the Ingresses of the test, and a Service for each of their revisions. */
export function knativeObjects(ingresses: readonly Ingress[], more: Partial<MeshObjects> = {}): MeshObjects {
  const splits = ingresses.flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) => http.paths.flatMap(one => one.splits)),
  )
  const revisions = new Map(splits.map(one => [`${one.serviceNamespace}/${one.serviceName}`, one]))
  const services = Array.from(revisions.values(), one => revisionService(one.serviceNamespace, one.serviceName))
  return {
    ...emptyObjects,
    ...more,
    gateways: [
      systemGateway('knative-ingress-gateway', 80),
      systemGateway('knative-local-gateway', 8081),
      ...(more.gateways ?? []),
    ],
    services: [localGatewayService, brokerService, ...services, ...(more.services ?? [])],
    ingresses,
  }
}

const emptyObjects: MeshObjects = {
  virtualServices: [],
  destinationRules: [],
  gateways: [],
  serviceEntries: [],
  sidecars: [],
  authorizationPolicies: [],
  requestAuthentications: [],
  peerAuthentications: [],
  services: [],
  ingresses: [],
  workloads: [],
  meshConfig: '',
}

function systemGateway(name: string, number: number): Gateway {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'knative-serving' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  }
}

function clusterService(namespace: string, name: string, targetPort: number, labels = {}): CoreService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { ports: [{ name: 'http2', port: 80, targetPort }] },
  }
}

const localGatewayService = clusterService('istio-system', 'knative-local-gateway', 8081)
const brokerService = clusterService('knative-eventing', 'broker-ingress', 8080)

/** The Service in front of a revision, as Knative labels it. */
export function revisionService(namespace: string, revision: string): CoreService {
  const labels = { 'serving.knative.dev/revision': revision, 'networking.internal.knative.dev/serviceType': 'Public' }
  return clusterService(namespace, revision, 8012, labels)
}

/** The Service of a Knative Service's name: another name of the gateway inside the cluster. */
export function routeService(namespace: string, name: string): CoreService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ExternalName',
      externalName: 'knative-local-gateway.istio-system.svc.cluster.local',
      ports: [{ name: 'http2', port: 80 }],
    },
  }
}

// What exists before any YAML is read: the namespaces and Services a fresh Knative-on-Istio cluster has.
import { arch, availableParallelism, platform, release, totalmem, type } from 'node:os'
import { type KubeObject, keyOf } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { systemConfigMaps } from './config-maps.ts'

const namespaces = ['default', 'kube-system', 'istio-system', 'knative-serving', 'knative-eventing']

interface ServicePort {
  name: string
  port: number
  nodePort?: number
  targetPort?: number
}

/**
 * The system objects, by the local port of each gateway port. The ingress gateway shows its local ports as nodePorts and
 * 127.0.0.1 as its load balancer's address, which is where clients and conformance suites look for the ingress.
 */
export function systemObjects(ports: Readonly<Record<number, number>>): KubeObject[] {
  const gatewayPorts = Object.entries(ports).map(([port, local]) => ({
    name: portName(Number(port)),
    port: Number(port),
    targetPort: local,
    nodePort: local,
  }))
  return [
    ...namespaces.map(name => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })),
    service('istio-system', 'istio-ingressgateway', 'LoadBalancer', gatewayPorts, [{ ip: '127.0.0.1' }]),
    service('istio-system', 'knative-local-gateway', 'ClusterIP', [{ name: 'http2', port: 80, targetPort: 8081 }]),
    service('knative-eventing', 'broker-ingress', 'ClusterIP', [{ name: 'http', port: 80, targetPort: 8080 }]),
    service('knative-eventing', 'imc-dispatcher', 'ClusterIP', [
      { name: 'http-dispatcher', port: 80, targetPort: 8080 },
    ]),
    machine(),
    gateway('knative-ingress-gateway', { number: 80, name: 'http', protocol: 'HTTP' }),
    gateway('knative-local-gateway', { number: 8081, name: 'http', protocol: 'HTTP' }),
  ]
}

/** Creates what is missing, and brings the ports of what is there up to date; settings stay as they are. */
export function ensureSystemObjects(store: ObjectStore, ports: Readonly<Record<number, number>>): void {
  for (const object of systemObjects(ports)) {
    const { group, kind } = { group: object.apiVersion.split('/').at(-2) ?? '', kind: object.kind }
    const found = store.get({ group, kind }, object.metadata.namespace ?? '', object.metadata.name)
    if (found) store.update({ ...structuredClone(found), ...object, metadata: structuredClone(found.metadata) })
    else store.create(object)
  }
  for (const settings of systemConfigMaps()) {
    const { group, kind, namespace, name } = keyOf(settings)
    if (!store.get({ group, kind }, namespace, name)) store.create(settings)
  }
}

function service(namespace: string, name: string, type: string, ports: ServicePort[], ingress?: unknown[]): KubeObject {
  const shape = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type, clusterIP: '127.0.0.1', ports: ports.map(port => ({ protocol: 'TCP', ...port })) },
    status: { loadBalancer: ingress ? { ingress } : {} },
  }
  return shape
}

function gateway(name: string, port: { number: number; name: string; protocol: string }): KubeObject {
  const shape = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'knative-serving' },
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ port, hosts: ['*'] }] },
  }
  return shape
}

/** Processor architectures as Go names them. */
const architecture = { x64: 'amd64', ia32: '386' }[arch() as string] ?? arch()

/** The node that pods name: this machine. */
function machine(): KubeObject {
  const capacity = { cpu: String(availableParallelism()), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: '1000' }
  const shape = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'localhost',
      labels: {
        'kubernetes.io/arch': architecture,
        'kubernetes.io/hostname': 'localhost',
        'kubernetes.io/os': platform(),
      },
    },
    spec: {},
    status: {
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: 'localhost' },
      ],
      allocatable: capacity,
      capacity,
      conditions: [{ type: 'Ready', status: 'True', reason: 'RuntimeReady', message: 'the runtime takes requests' }],
      nodeInfo: {
        architecture,
        containerRuntimeVersion: `node://${process.version}`,
        kernelVersion: release(),
        kubeletVersion: 'v1.34.0+skiff',
        operatingSystem: platform(),
        osImage: type(),
      },
    },
  }
  return shape
}

function portName(port: number): string {
  if (port === 80) return 'http2'
  return port === 443 ? 'https' : `port-${port}`
}

import { describe, expect, it } from 'vitest'
import {
  brokerIngressHost,
  type Call,
  ingressGateway,
  inMesh,
  istioLabels,
  ownService,
  reported,
  type Workload,
  workloadOfCaller,
} from './istio-labels.ts'

const workload = (name: string, labels: Record<string, string> = {}): Workload => ({
  ...{ name: `${name}-deployment`, namespace: 'app', serviceAccount: name, labels },
})
const kept = { 'sidecar.istio.io/inject': 'false' }
const call = (more: Partial<Call> = {}): Call => ({
  ...{ source: workload('a', { app: 'a' }), destination: workload('b', { app: 'b', version: 'v2' }) },
  ...{ host: 'b.app.svc.cluster.local', status: 200, flags: '-', grpc: false },
  ...more,
})

describe('the labels of a workload', () => {
  it('say what it is, as its own proxy would', () => {
    expect(istioLabels(call())).toMatchObject({
      ...{ destination_workload: 'b-deployment', destination_workload_namespace: 'app', destination_app: 'b' },
      ...{ destination_version: 'v2', destination_cluster: 'Kubernetes' },
      destination_principal: 'spiffe://cluster.local/ns/app/sa/b',
    })
  })

  it.each([
    [
      'its own labels',
      { 'service.istio.io/canonical-name': 'x', 'service.istio.io/canonical-revision': 'r' },
      'x',
      'r',
    ],
    ['app and version', { app: 'b', version: 'v2' }, 'b', 'v2'],
    ['its name, and latest', {}, 'b-deployment', 'latest'],
  ])('take the canonical service from %s', (_, labels, service, revision) => {
    expect(istioLabels(call({ destination: workload('b', labels) }))).toMatchObject({
      ...{ destination_canonical_service: service, destination_canonical_revision: revision },
    })
  })

  it('are unknown for who is not known, and for a caller that has no proxy', () => {
    for (const source of [undefined, workload('a', kept)]) {
      const labels = istioLabels(call({ source }))
      const ofSource = Object.entries(labels).filter(([name]) => name.startsWith('source_'))
      expect(ofSource.map(([, value]) => value)).toEqual(Array(8).fill('unknown'))
    }
  })
})

describe('the labels of a call', () => {
  it.each([
    ['a service of the cluster', 'b.app.svc.cluster.local', 'b', 'app'],
    ['a host outside', 'api.example.com', 'api.example.com', 'unknown'],
    ['nothing known', undefined, 'unknown', 'unknown'],
  ])('name %s', (_, host, name, namespace) => {
    expect(istioLabels(call({ host }))).toMatchObject({
      ...{ destination_service: host ?? 'unknown', destination_service_name: name },
      destination_service_namespace: namespace,
    })
  })

  it('say how it was answered', () => {
    expect(istioLabels(call({ status: 503, flags: 'UF', grpc: true }))).toMatchObject({
      ...{ response_code: '503', response_flags: 'UF', request_protocol: 'grpc' },
    })
  })
})

describe('a call is reported', () => {
  const reports = (source: Workload | undefined, destination: Workload | undefined) =>
    reported({}, { source, destination }).map(one => `${one.reporter} ${one.connection_security_policy}`)

  it.each([
    [
      'by both sides, where both have a proxy',
      workload('a'),
      workload('b'),
      ['source unknown', 'destination mutual_tls'],
    ],
    ['by the destination alone, as plain text', workload('a', kept), workload('b'), ['destination none']],
    ['by the source alone', workload('a'), workload('b', kept), ['source unknown']],
    ['by the source of a call that leaves the mesh', workload('a'), undefined, ['source unknown']],
    ['by nobody', undefined, workload('b', kept), []],
  ])('%s', (_, source, destination, expected) => expect(reports(source, destination)).toEqual(expected))
})

describe('who takes part', () => {
  it('a pod by its Deployment, a program by the name it gave itself', () => {
    const identity = { namespace: 'app', serviceAccount: 'x', name: 'n' }
    const pod = { ...identity, labels: { 'serving.knative.dev/revision': 'a-00001' } }
    expect(workloadOfCaller(pod).name).toBe('a-00001-deployment')
    expect(workloadOfCaller({ ...identity, labels: {} })).toMatchObject({ name: 'n', namespace: 'app' })
  })

  it('services of the runtime itself: the gateways, and the broker’s ingress, which has no proxy', () => {
    expect(ownService('istio-ingressgateway.istio-system.svc.cluster.local')).toBe(ingressGateway)
    expect(ownService('knative-local-gateway.istio-system.svc.cluster.local')).toBe(ingressGateway)
    expect(ownService(brokerIngressHost)?.name).toBe('mt-broker-ingress')
    expect([inMesh(ingressGateway), inMesh(ownService(brokerIngressHost)), inMesh(undefined)]).toEqual([
      ...[true, false, false],
    ])
    expect(ownService('b.app.svc.cluster.local')).toBeUndefined()
  })
})

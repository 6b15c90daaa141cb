import { describe, expect, it } from 'vitest'
import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { Identity } from '../../seams/identity.ts'
import { finishedRequest } from '../finished-request.ts'
import type { Point } from './family.ts'
import { RequestMetrics } from './request-metrics.ts'

const caller: Identity = {
  namespace: 'app',
  serviceAccount: 'buyer',
  name: 'b-00002-deployment-y',
  labels: {
    app: 'b',
    version: 'v2',
    'serving.knative.dev/revision': 'b-00002',
    'service.istio.io/canonical-name': 'b',
  },
}

const plain = { 'sidecar.istio.io/inject': 'false' }

function metricsOf(requests: Partial<FinishedRequest>[], labels: Record<string, string> = {}) {
  const brokers: FinishedRequest[] = []
  const metrics = new RequestMetrics({
    revision: (namespace, revision) =>
      namespace === 'app' && revision.startsWith('a-')
        ? { labels: { app: 'a', ...labels }, serviceAccount: 'seller' }
        : undefined,
    toBroker: request => void brokers.push(request),
  })
  for (const one of requests) metrics.record(finishedRequest(one))
  const points = (name: string): readonly Point[] => metrics.families().find(one => one.name === name)?.points ?? []
  return { metrics, brokers, points, total: points('istio_requests_total') }
}

describe('istio_requests_total', () => {
  it('from the gateway to a function, told by both sides', () => {
    const { total } = metricsOf([{}, {}])
    const common = {
      ...{ source_workload: 'istio-ingressgateway', source_workload_namespace: 'istio-system' },
      source_principal: 'spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
      ...{ destination_workload: 'a-00001-deployment', destination_workload_namespace: 'app', destination_app: 'a' },
      destination_principal: 'spiffe://cluster.local/ns/app/sa/seller',
      ...{ destination_version: 'unknown', destination_service: 'a-00001.app.svc.cluster.local' },
      ...{ destination_service_name: 'a-00001', destination_service_namespace: 'app' },
      ...{ request_protocol: 'http', response_code: '200', response_flags: '-' },
    }
    expect(total).toEqual([
      {
        value: 2,
        labels: expect.objectContaining({ ...common, reporter: 'source', connection_security_policy: 'unknown' }),
      },
      {
        value: 2,
        labels: expect.objectContaining({
          ...common,
          reporter: 'destination',
          connection_security_policy: 'mutual_tls',
        }),
      },
    ])
  })

  it('from one function to another', () => {
    const [one] = metricsOf([{ door: 'outbound', caller }]).total
    expect(one?.labels).toMatchObject({
      ...{
        source_workload: 'b-00002-deployment',
        source_app: 'b',
        source_version: 'v2',
        source_canonical_service: 'b',
      },
      ...{ source_principal: 'spiffe://cluster.local/ns/app/sa/buyer', destination_app: 'a' },
    })
  })

  it('of a caller outside the mesh is told by the destination alone, as plain text', () => {
    const outside = { ...caller, labels: plain }
    const { total } = metricsOf([{ door: 'outbound', caller: outside }])
    expect(
      total.map(({ labels }) => [labels.reporter, labels.connection_security_policy, labels.source_workload]),
    ).toEqual([['destination', 'none', 'unknown']])
  })

  it('of a destination outside the mesh is told by the source alone', () => {
    expect(metricsOf([{}], plain).total.map(({ labels }) => labels.reporter)).toEqual(['source'])
  })

  it('of a host nobody knows has no destination, however many such hosts are asked for', () => {
    const unknown = { cluster: '', revision: undefined, instance: '', status: 404, flags: 'NR' }
    const { total } = metricsOf([
      { ...unknown, host: 'x.test' },
      { ...unknown, host: 'y.test' },
    ])
    expect(total).toHaveLength(1)
    expect(total[0]?.labels).toMatchObject({
      destination_service: 'unknown',
      destination_workload: 'unknown',
      response_flags: 'NR',
    })
  })

  it('of a host outside the cluster is named by it', () => {
    const { total } = metricsOf([{ cluster: 'outbound|443||api.example.com', revision: undefined, instance: '' }])
    expect(total[0]?.labels).toMatchObject({
      destination_service: 'api.example.com',
      destination_service_name: 'api.example.com',
    })
  })

  it('keeps statuses, flags, revisions and gRPC apart', () => {
    const { total } = metricsOf([
      ...[{}, { status: 503, flags: 'UF' }, { status: 503, flags: 'UO' }, { contentType: 'application/grpc+proto' }],
      { revision: { namespace: 'app', revision: 'a-00002' } },
    ])
    expect(total.filter(({ labels }) => labels.reporter === 'source')).toHaveLength(5)
    expect(total.filter(({ labels }) => labels.request_protocol === 'grpc')).toHaveLength(2)
  })
})

describe('sizes and durations', () => {
  it('are sums and counts of what was told', () => {
    const { points } = metricsOf([
      { durationMs: 3, sentBytes: 100 },
      { durationMs: 30, sentBytes: 50, receivedBytes: 7 },
    ])
    const of = (name: string, suffix: string) =>
      points(name).find(one => one.suffix === suffix && one.labels.reporter === 'source')?.value
    expect(of('istio_request_duration_milliseconds', '_sum')).toBe(33)
    expect(of('istio_response_bytes', '_sum')).toBe(150)
    expect(of('istio_request_bytes', '_sum')).toBe(7)
    expect(of('istio_request_bytes', '_count')).toBe(2)
  })
})

describe('a pod', () => {
  it('answers without the time that a request waited for it', () => {
    const { metrics } = metricsOf([{ durationMs: 500, waitedMs: 400 }])
    const [durations] = metrics.pods.get('a-00001-deployment-x')?.invocations.values() ?? []
    expect(durations?.points({}).find(one => one.suffix === '_sum')?.value).toBe(0.1)
  })

  it('receives and sends, as one that is called and as one that calls', () => {
    const { metrics } = metricsOf([{ door: 'outbound', caller, receivedBytes: 2_000, sentBytes: 10 }])
    expect(metrics.pods.get('a-00001-deployment-x')).toMatchObject({
      ...{ received: { bytes: 2_000, packets: 2 }, transmitted: { bytes: 10, packets: 1 } },
    })
    expect(metrics.pods.get(caller.name)).toMatchObject({
      ...{ received: { bytes: 10, packets: 1 }, transmitted: { bytes: 2_000, packets: 2 } },
    })
  })

  it('is forgotten when thousands came after it', () => {
    const { metrics } = metricsOf(Array.from({ length: 2_100 }, (_, index) => ({ instance: `pod-${index}` })))
    expect(metrics.pods.size).toBe(2_000)
    expect(metrics.pods.has('pod-0')).toBe(false)
  })
})

it('requests to the brokers’ ingress are told of', () => {
  const cluster = 'outbound|80||broker-ingress.knative-eventing.svc.cluster.local'
  const { brokers, total } = metricsOf([{}, { cluster, revision: undefined, instance: '', door: 'outbound', caller }])
  expect(brokers.map(one => one.cluster)).toEqual([cluster])
  expect(total.at(-1)?.labels).toMatchObject({ destination_workload: 'mt-broker-ingress', reporter: 'source' })
})

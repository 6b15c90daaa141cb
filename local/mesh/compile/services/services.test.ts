import { describe, expect, it } from 'vitest'
import type { ClusterEndpoint } from '../../table/cluster.ts'
import { meshFromYaml } from '../from-yaml.ts'
import type { Workload } from '../mesh-objects.ts'
import type { MeshService, MeshServicePort } from '../service-registry.ts'
import { createServiceCompiler } from './compile-services.ts'

function compile(text: string, workloads: readonly Workload[] = []): readonly MeshService[] {
  return createServiceCompiler()(meshFromYaml(text, workloads))
}

function only(text: string, workloads: readonly Workload[] = []): MeshService {
  const [service, ...others] = compile(text, workloads)
  if (!service || others.length > 0) throw new Error('not exactly one service')
  return service
}

/** Where a port leads, in short. */
function placesOf({ endpoints }: MeshServicePort | { endpoints: readonly ClusterEndpoint[] }): string[] {
  return endpoints.map(endpoint => {
    if (endpoint.kind === 'address') return endpoint.path ?? `${endpoint.host}:${endpoint.port}`
    if (endpoint.kind === 'revision')
      return `${endpoint.direct ? 'pods of ' : ''}revision ${endpoint.namespace}/${endpoint.revision}`
    return endpoint.kind === 'gateway' ? `gateway ${endpoint.port}` : `internal ${endpoint.host}`
  })
}

const places = (service: MeshService) =>
  Object.fromEntries(service.ports.map(port => [port.number, placesOf(port).join(' ')]))

describe('a Kubernetes Service', () => {
  it('is known by its full host, its ports and its virtual address', () => {
    const service = only(`
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  clusterIP: 10.0.0.7
  ports: [{name: http, port: 9080}, {name: dns, port: 53, protocol: UDP}]`)
    expect(service).toMatchObject({
      host: 'reviews.shop.svc.cluster.local',
      origin: 'Service',
      createdAt: '2026-01-01T00:00:00Z',
      resolution: 'static',
      location: 'internal',
      addresses: ['10.0.0.7'],
      exportTo: [],
    })
    expect(service.ports).toEqual([{ number: 9080, name: 'http', protocol: 'HTTP', endpoints: [] }])
  })

  it.each([
    ['None', [], 'none'],
    ['127.0.0.1', [], 'static'],
    ['10.1.1.1', ['10.1.1.1'], 'static'],
  ])('with clusterIP %s has the virtual addresses %j and the resolution %s', (clusterIP, addresses, resolution) => {
    const service = only(
      `{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: ${clusterIP}, ports: [{port: 80}]}}`,
    )
    expect(service).toMatchObject({ addresses, resolution })
  })

  it('is exported as its annotation says', () => {
    const { exportTo } = only(`
apiVersion: v1
kind: Service
metadata: {name: s, annotations: {networking.istio.io/exportTo: "., other"}}
spec: {ports: [{port: 80}]}`)
    expect(exportTo).toEqual(['.', 'other'])
  })

  it('of type ExternalName is another name and has no endpoints', () => {
    const service = only(`
apiVersion: v1
kind: Service
metadata: {name: facade, namespace: app}
spec:
  type: ExternalName
  externalName: Knative-Local-Gateway.istio-system.svc.cluster.local.
  ports: [{name: http2, port: 80}]`)
    expect(service.aliasOf).toBe('knative-local-gateway.istio-system.svc.cluster.local')
    expect(places(service)).toEqual({ 80: '' })
  })

  it('finds the revisions whose pods its selector picks, in its own namespace', () => {
    const workloads: Workload[] = [
      { namespace: 'app', revision: 'reviews-v1', labels: { app: 'reviews', version: 'v1' } },
      { namespace: 'app', revision: 'reviews-v2', labels: { app: 'reviews', version: 'v2' } },
      { namespace: 'other', revision: 'reviews-v3', labels: { app: 'reviews', version: 'v3' } },
      { namespace: 'app', revision: 'ratings-v1', labels: { app: 'ratings' } },
    ]
    const service = only(
      `
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: app}
spec: {selector: {app: reviews}, ports: [{name: http, port: 80, targetPort: 8080}]}`,
      workloads,
    )
    expect(places(service)).toEqual({ 80: 'pods of revision app/reviews-v1 pods of revision app/reviews-v2' })
    expect(service.ports[0]?.endpoints.map(({ labels }) => labels.version)).toEqual(['v1', 'v2'])
  })

  it('without a selector has the addresses of its Endpoints, by the name of the port', () => {
    const [service] = compile(`
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{name: http, port: 80}, {name: admin, port: 81}, {name: none, port: 82}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: db}
subsets:
- addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}]
  notReadyAddresses: [{ip: 10.0.0.3}]
  ports: [{name: http, port: 8080}, {name: admin, port: 8081}]`)
    expect(service && places(service)).toEqual({
      80: '10.0.0.1:8080 10.0.0.2:8080',
      81: '10.0.0.1:8081 10.0.0.2:8081',
      82: '',
    })
  })
})

describe('Services of a revision', () => {
  const labels = `{serving.knative.dev/revision: usvc-v1, serving.knative.dev/revisionUID: u-1, networking.internal.knative.dev/serverlessservice: usvc-v1, networking.internal.knative.dev/serviceType: TYPE}`
  const written = (name: string, type: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: app, labels: ${labels.replace('TYPE', type)}}
spec: ${spec}`

  it('lead to the revision, on the ports that carry requests', () => {
    const ports = '[{name: http, port: 80, targetPort: 8012}, {name: https, port: 443, targetPort: 8112}]'
    expect(places(only(written('usvc-v1', 'Public', `{ports: ${ports}}`)))).toEqual({
      80: 'revision app/usvc-v1',
      443: '',
    })
  })

  it('lead there past the activator too', () => {
    const ports =
      '[{name: http, port: 80}, {name: http-autometric, port: 9090}, {name: http-usermetric, port: 9091}, {name: http-istio, port: 8012}]'
    const selector = '{serving.knative.dev/revisionUID: u-1}'
    const service = only(written('usvc-v1-private', 'Private', `{selector: ${selector}, ports: ${ports}}`))
    expect(places(service)).toEqual({
      80: 'pods of revision app/usvc-v1',
      9090: '',
      9091: '',
      8012: 'pods of revision app/usvc-v1',
    })
  })
})

describe('Services that lead back into the mesh', () => {
  it.each([
    ['knative-local-gateway', 'istio-system', '{ports: [{name: http2, port: 80, targetPort: 8081}]}', 'gateway 8081'],
    [
      'istio-ingressgateway',
      'istio-system',
      '{selector: {istio: ingressgateway}, ports: [{port: 80, targetPort: 8080}]}',
      'gateway 80',
    ],
    [
      'mirror-relay',
      'istio-system',
      '{selector: {istio: ingressgateway}, ports: [{port: 80, targetPort: 8090}]}',
      'gateway 8090',
    ],
    ['relay', 'istio-system', '{selector: {istio: ingressgateway}, ports: [{port: 80}]}', 'gateway 80'],
    ['relay', 'app', '{selector: {istio: ingressgateway}, ports: [{port: 80, targetPort: 8090}]}', ''],
    ['relay', 'istio-system', '{selector: {istio: egressgateway}, ports: [{port: 80}]}', ''],
    [
      'broker-ingress',
      'knative-eventing',
      '{ports: [{port: 80}]}',
      'internal broker-ingress.knative-eventing.svc.cluster.local',
    ],
    ['broker-ingress', 'app', '{ports: [{port: 80}]}', ''],
  ])('%s in %s with %s leads to %s', (name, namespace, spec, expected) => {
    const service = only(
      `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`,
    )
    expect(places(service)).toEqual({ 80: expected })
  })
})

describe('a ServiceEntry', () => {
  const entry = (spec: string) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: app}
spec: ${spec}`

  it('is one service a host', () => {
    const services = compile(
      entry('{hosts: [A.example.com, b.example.com], ports: [{number: 80, name: http, protocol: HTTP}]}'),
    )
    expect(services.map(({ host }) => host)).toEqual(['a.example.com', 'b.example.com'])
    expect(services[0]).toMatchObject({ origin: 'ServiceEntry', resolution: 'none', location: 'external' })
  })

  it('takes the port of an endpoint, else targetPort, else its own number', () => {
    const service = only(
      entry(`
  hosts: [a.example.com]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}, {number: 90, name: other, protocol: TCP}]
  endpoints:
  - {address: 10.0.0.1, ports: {http: 18080}, labels: {version: v1}, weight: 3, locality: eu/a}
  - {address: 10.0.0.2}
  - {address: unix:///tmp/x.sock}
  - {network: away}`),
    )
    expect(places(service)).toEqual({
      80: '10.0.0.1:18080 10.0.0.2:8080 /tmp/x.sock',
      90: '10.0.0.1:90 10.0.0.2:90 /tmp/x.sock',
    })
    expect(service.ports[0]?.endpoints[0]).toMatchObject({ labels: { version: 'v1' }, weight: 3, locality: 'eu/a' })
    expect(service.ports[0]?.endpoints[1]).toMatchObject({ labels: {}, weight: 1 })
    expect(service.location).toBe('internal')
  })

  it.each([
    ['DNS', 'api.example.com', 'api.example.com:8443'],
    ['DNS_ROUND_ROBIN', 'api.example.com', 'api.example.com:8443'],
    ['STATIC', 'api.example.com', ''],
    ['NONE', 'api.example.com', ''],
    ['DNS', '"*.example.com"', ''],
  ])('of resolution %s without endpoints, %s is found at "%s"', (resolution, host, expected) => {
    const ports = '[{number: 443, name: https, protocol: HTTPS, targetPort: 8443}]'
    expect(places(only(entry(`{hosts: [${host}], resolution: ${resolution}, ports: ${ports}}`)))).toEqual({
      443: expected,
    })
  })

  it('may select workloads of its namespace', () => {
    const workloads = [{ namespace: 'app', revision: 'r-1', labels: { app: 'r' } }]
    const spec =
      '{hosts: [r.example.com], resolution: STATIC, ports: [{number: 80, name: http}], workloadSelector: {labels: {app: r}}}'
    expect(places(only(entry(spec), workloads))).toEqual({ 80: 'pods of revision app/r-1' })
  })

  it('writes a single address as one', () => {
    const spec = '{hosts: [a.b], addresses: [10.0.0.1/32, 10.1.0.0/16, 10.2.0.1], ports: [{number: 80, name: http}]}'
    expect(only(entry(spec)).addresses).toEqual(['10.0.0.1', '10.1.0.0/16', '10.2.0.1'])
  })
})

describe('compiled again', () => {
  const text = `
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {ports: [{port: 80}]}`

  it('a service of the same objects is the same', () => {
    const compiler = createServiceCompiler()
    const objects = meshFromYaml(text)
    const before = compiler(objects)
    expect(compiler({ ...objects, services: [...objects.services] })).toEqual(before)
    expect(compiler(objects)[0]).toBe(before[0])
  })

  it('only what a new workload changes is another one', () => {
    const compiler = createServiceCompiler()
    const objects = meshFromYaml(text)
    const [a, b] = compiler(objects)
    const [sameA] = compiler({
      ...objects,
      workloads: [{ namespace: 'default', revision: 'c-1', labels: { app: 'c' } }],
    })
    expect(sameA).toBe(a)
    const [newA, sameB] = compiler({
      ...objects,
      workloads: [{ namespace: 'default', revision: 'a-1', labels: { app: 'a' } }],
    })
    expect(newA).not.toBe(a)
    expect(sameB).toBe(b)
  })
})

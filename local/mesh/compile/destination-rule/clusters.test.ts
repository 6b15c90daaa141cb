import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { DestinationRule, DestinationRuleSpec } from '../../../api/istio/types.ts'
import type { Cluster } from '../../table/cluster.ts'
import type { MeshService, MeshServicePort } from '../service-registry.ts'
import { type ClusterSetting, compileClusters } from './clusters.ts'

const endpoint = (host: string, labels = {}) =>
  ({ kind: 'address', host, port: 8080, labels, weight: 1, locality: '' }) as const

const http: MeshServicePort = {
  number: 80,
  name: 'http',
  protocol: 'HTTP',
  endpoints: [endpoint('10.0.0.1', { version: 'v1' }), endpoint('10.0.0.2', { version: 'v2' })],
}

function service(parts: Partial<MeshService> = {}): MeshService {
  return {
    host: 'reviews.shop.svc.cluster.local',
    namespace: 'shop',
    name: 'reviews',
    origin: 'Service',
    createdAt: '',
    ports: [http],
    exportTo: [],
    resolution: 'static',
    addresses: [],
    location: 'internal',
    aliasOf: undefined,
    subjectAltNames: [],
    ...parts,
  }
}

function rule(yaml: string): DestinationRule {
  const spec = { host: 'reviews', ...(parse(yaml) as Partial<DestinationRuleSpec>) }
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'r' }, spec }
}

const gateway: ClusterSetting = { side: 'gateway', connectTimeoutMs: undefined }
const caller: ClusterSetting = { side: 'caller', connectTimeoutMs: undefined }

const clusters = (yaml: string, of = service(), setting = gateway) => compileClusters(of, rule(yaml), setting)

/** The cluster of the whole service at port 80 under a traffic policy. */
function under(policy: string, of = service(), setting = gateway): Cluster {
  const found = clusters(`trafficPolicy: ${policy}`, of, setting)[0]
  if (!found) throw new Error('no cluster')
  return found
}

describe('clusters of a service', () => {
  it('have Istio’s names and Envoy’s defaults', () => {
    const [cluster, ...others] = compileClusters(service(), undefined, gateway)
    expect(others).toEqual([])
    expect(cluster).toEqual({
      name: 'outbound|80||reviews.shop.svc.cluster.local',
      key: 'gateway outbound|80||reviews.shop.svc.cluster.local',
      host: 'reviews.shop.svc.cluster.local',
      port: 80,
      subset: '',
      protocol: 'http1',
      discovery: 'static',
      endpoints: http.endpoints,
      balancing: { kind: 'least-request' },
      limits: undefined,
      outlier: undefined,
      tls: undefined,
      connectTimeoutMs: 10_000,
      tcp: { idleTimeoutMs: 3_600_000, maxDurationMs: undefined },
      metadata: { service: 'reviews', namespace: 'shop' },
    })
  })

  it('are one a port and subset; a subset nobody is in is there without endpoints', () => {
    const two = service({ ports: [http, { ...http, number: 90, name: 'http-b' }] })
    const found = clusters('subsets: [{name: v1, labels: {version: v1}}, {name: none, labels: {version: v9}}]', two)
    expect(found.map(({ name, endpoints }) => [name, endpoints.length])).toEqual([
      ['outbound|80||reviews.shop.svc.cluster.local', 2],
      ['outbound|80|v1|reviews.shop.svc.cluster.local', 1],
      ['outbound|80|none|reviews.shop.svc.cluster.local', 0],
      ['outbound|90||reviews.shop.svc.cluster.local', 2],
      ['outbound|90|v1|reviews.shop.svc.cluster.local', 1],
      ['outbound|90|none|reviews.shop.svc.cluster.local', 0],
    ])
  })

  it('are none for another name of a service', () => {
    expect(compileClusters(service({ aliasOf: 'x.shop.svc.cluster.local' }), undefined, gateway)).toEqual([])
  })

  it.each([
    ['HTTP', 'http1'],
    ['AUTO', 'http1'],
    ['HTTP2', 'h2c'],
    ['GRPC', 'h2c'],
  ] as const)('speak to a port of %s as %s', (protocol, expected) => {
    expect(under('{}', service({ ports: [{ ...http, protocol }] })).protocol).toBe(expected)
  })

  it('are upgraded, or left as the client speaks, where the rule says so', () => {
    expect(under('{connectionPool: {http: {h2UpgradePolicy: UPGRADE}}}').protocol).toBe('h2c')
    const grpc = service({ ports: [{ ...http, protocol: 'GRPC' }] })
    expect(under('{connectionPool: {http: {useClientProtocol: true}}}', grpc).protocol).toBe('client')
  })
})

describe('where endpoints come from', () => {
  const entry = (resolution: MeshService['resolution']) => service({ origin: 'ServiceEntry', resolution })

  it.each([
    ['a static entry', entry('static'), caller, 'static', 2],
    ['names', entry('dns'), caller, 'dns', 2],
    ['nothing, for a caller', entry('none'), caller, 'original', 0],
    ['nothing, for the gateway', entry('none'), gateway, 'static', 2],
    ['a headless Service', service({ resolution: 'none' }), caller, 'static', 2],
  ] as const)('%s', (_title, of, setting, discovery, endpoints) => {
    const [cluster] = compileClusters(of, undefined, setting)
    expect([cluster?.discovery, cluster?.endpoints.length]).toEqual([discovery, endpoints])
  })

  it('the caller’s own wish, with PASSTHROUGH', () => {
    expect(under('{loadBalancer: {simple: PASSTHROUGH}}')).toMatchObject({ discovery: 'original', endpoints: [] })
  })
})

describe('levels of a traffic policy', () => {
  const kinds = (yaml: string) => clusters(yaml).map(({ subset, balancing }) => [subset, balancing.kind])

  it('a subset takes what it does not say from the rule', () => {
    const yaml = `
trafficPolicy: {loadBalancer: {simple: RANDOM}, connectionPool: {tcp: {maxConnections: 7}}}
subsets:
- {name: own, labels: {}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}
- {name: plain, labels: {}}`
    expect(kinds(yaml)).toEqual([
      ['', 'random'],
      ['own', 'round-robin'],
      ['plain', 'random'],
    ])
    expect(clusters(yaml).map(({ limits }) => limits?.maxConnections)).toEqual([7, 7, 7])
  })

  it('a port’s settings stand for all of the rule’s', () => {
    const yaml = `
trafficPolicy:
  loadBalancer: {simple: RANDOM}
  connectionPool: {tcp: {maxConnections: 7}}
  portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: ROUND_ROBIN}}]`
    expect(clusters(yaml)[0]).toMatchObject({ balancing: { kind: 'round-robin' }, limits: undefined })
  })

  it('another port’s settings are nothing to it', () => {
    const yaml = `
trafficPolicy:
  loadBalancer: {simple: RANDOM}
  portLevelSettings: [{port: {number: 81}, loadBalancer: {simple: ROUND_ROBIN}}]`
    expect(kinds(yaml)).toEqual([['', 'random']])
  })

  it('a subset’s settings for the port take nothing from the rule', () => {
    const yaml = `
trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}
subsets:
- name: v1
  labels: {}
  trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}`
    expect(clusters(yaml)[1]).toMatchObject({ balancing: { kind: 'random' }, limits: undefined })
  })
})

describe('load balancers', () => {
  it.each([
    ['{}', { kind: 'least-request' }],
    ['{simple: LEAST_CONN}', { kind: 'least-request' }],
    ['{simple: UNSPECIFIED}', { kind: 'least-request' }],
    ['{simple: ROUND_ROBIN}', { kind: 'round-robin' }],
    ['{simple: RANDOM}', { kind: 'random' }],
    ['{consistentHash: {}}', { kind: 'least-request' }],
    [
      '{consistentHash: {httpHeaderName: X-User}}',
      { kind: 'consistent-hash', by: { kind: 'header', name: 'x-user' }, table: 'ring', slots: 1_024 },
    ],
    [
      '{consistentHash: {useSourceIp: true, ringHash: {minimumRingSize: 64}}}',
      { kind: 'consistent-hash', by: { kind: 'source' }, table: 'ring', slots: 64 },
    ],
    [
      '{consistentHash: {httpQueryParameterName: q, minimumRingSize: 32}}',
      { kind: 'consistent-hash', by: { kind: 'query', name: 'q' }, table: 'ring', slots: 32 },
    ],
    [
      '{consistentHash: {httpQueryParameterName: q, maglev: {}}}',
      { kind: 'consistent-hash', by: { kind: 'query', name: 'q' }, table: 'maglev', slots: 65_537 },
    ],
    [
      '{consistentHash: {httpCookie: {name: sess, ttl: 1h, attributes: [{name: Secure}]}, maglev: {tableSize: 1009}}}',
      {
        kind: 'consistent-hash',
        by: { kind: 'cookie', name: 'sess', path: '', ttlMs: 3_600_000, attributes: [{ name: 'Secure' }] },
        table: 'maglev',
        slots: 1_009,
      },
    ],
    [
      '{consistentHash: {httpCookie: {name: u, path: /p}}}',
      {
        kind: 'consistent-hash',
        by: { kind: 'cookie', name: 'u', path: '/p', ttlMs: undefined, attributes: [] },
        table: 'ring',
        slots: 1_024,
      },
    ],
  ])('%s', (loadBalancer, expected) => {
    expect(under(`{loadBalancer: ${loadBalancer}}`).balancing).toEqual(expected)
  })
})

describe('connection pools', () => {
  it('say how long connections of bytes last, for the rule as a whole', () => {
    const whole = '{connectionPool: {tcp: {idleTimeout: 5s, maxConnectionDuration: 1m}}}'
    const found = clusters(`trafficPolicy: ${whole}
subsets: [{name: v1, labels: {}, trafficPolicy: {connectionPool: {tcp: {idleTimeout: 9s}}}}]`)
    expect(found.map(({ tcp }) => tcp)).toEqual(Array(2).fill({ idleTimeoutMs: 5_000, maxDurationMs: 60_000 }))
    expect(under('{connectionPool: {tcp: {idleTimeout: 0s, maxConnectionDuration: 0s}}}').tcp).toEqual({
      idleTimeoutMs: 0,
      maxDurationMs: undefined,
    })
    expect(under('{connectionPool: {http: {idleTimeout: 5s}}}').tcp.idleTimeoutMs).toBe(3_600_000)
  })

  it('limit what is named and nothing else', () => {
    const { limits, connectTimeoutMs } = under(
      '{connectionPool: {tcp: {maxConnections: 1, connectTimeout: 0.5s}, http: {http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRequestsPerConnection: 4, maxConcurrentStreams: 6, maxRetries: 5, idleTimeout: 30s}}}',
    )
    expect(limits).toEqual({
      maxConnections: 1,
      maxPendingRequests: 2,
      maxRequests: 3,
      maxRequestsPerConnection: 4,
      maxConcurrentStreams: 6,
      maxRetries: 5,
      idleTimeoutMs: 30_000,
    })
    expect(connectTimeoutMs).toBe(500)
  })

  it('take zero for no limit', () => {
    expect(under('{connectionPool: {tcp: {maxConnections: 0}, http: {maxRetries: 0}}}').limits).toBeUndefined()
  })

  it('have the mesh’s time to connect when they name none', () => {
    expect(under('{}', service(), { ...gateway, connectTimeoutMs: 3_000 }).connectTimeoutMs).toBe(3_000)
  })
})

describe('outlier detection', () => {
  it('has Envoy’s defaults as Istio sends them', () => {
    expect(under('{outlierDetection: {}}').outlier).toEqual({
      consecutive5xx: 5,
      consecutiveGatewayErrors: 0,
      consecutiveLocalOriginFailures: 5,
      splitExternalLocalOriginErrors: false,
      intervalMs: 10_000,
      baseEjectionMs: 30_000,
      maxEjectionPercent: 10,
      minHealthPercent: 0,
    })
  })

  it('takes what the rule says; zero switches a check of answers off', () => {
    const yaml =
      '{outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2, interval: 1s, baseEjectionTime: 2m, maxEjectionPercent: 100, minHealthPercent: 50}}'
    expect(under(yaml).outlier).toEqual({
      consecutive5xx: 0,
      consecutiveGatewayErrors: 3,
      consecutiveLocalOriginFailures: 2,
      splitExternalLocalOriginErrors: true,
      intervalMs: 1_000,
      baseEjectionMs: 120_000,
      maxEjectionPercent: 100,
      minHealthPercent: 50,
    })
  })
})

describe('TLS to the endpoints', () => {
  it.each(['DISABLE', 'ISTIO_MUTUAL'])('is none of ours with %s', mode => {
    expect(under(`{tls: {mode: ${mode}}}`).tls).toBeUndefined()
  })

  it('expects the names of the ServiceEntry when the rule has none', () => {
    const entry = service({ origin: 'ServiceEntry', subjectAltNames: ['spiffe://x'] })
    expect(under('{tls: {mode: SIMPLE}}', entry).tls?.subjectAltNames).toEqual(['spiffe://x'])
    expect(under('{tls: {mode: SIMPLE, subjectAltNames: [y]}}', entry).tls?.subjectAltNames).toEqual(['y'])
  })

  it('has its files, or a Secret in their place', () => {
    const files = 'clientCertificate: /c, privateKey: /k, caCertificates: /ca, sni: api.example.com'
    expect(under(`{tls: {mode: MUTUAL, ${files}}}`).tls).toEqual({
      mode: 'MUTUAL',
      sni: 'api.example.com',
      subjectAltNames: [],
      caCertificates: '/ca',
      clientCertificate: '/c',
      privateKey: '/k',
      credentialName: undefined,
      insecureSkipVerify: false,
    })
    expect(under('{tls: {mode: MUTUAL, credentialName: cert, insecureSkipVerify: true}}').tls).toMatchObject({
      credentialName: 'cert',
      clientCertificate: undefined,
      insecureSkipVerify: true,
    })
  })

  it('reads a Secret for a caller only when the rule selects its callers', () => {
    const policy = 'trafficPolicy: {tls: {mode: SIMPLE, credentialName: cert}}'
    const selector = 'workloadSelector: {matchLabels: {app: front}}'
    expect(clusters(policy, service(), caller)[0]?.tls).toBeUndefined()
    expect(clusters(`{${policy}, ${selector}}`, service(), caller)[0]?.tls?.credentialName).toBe('cert')
  })
})

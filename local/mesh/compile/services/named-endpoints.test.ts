import { describe, expect, it } from 'vitest'
import type { ClusterEndpoint } from '../../table/cluster.ts'
import { meshFromYaml } from '../from-yaml.ts'
import type { Workload } from '../mesh-objects.ts'
import type { MeshService } from '../service-registry.ts'
import { createServiceCompiler } from './compile-services.ts'

const workloads: readonly Workload[] = [{ namespace: 'default', revision: 'shop-1', labels: { app: 'shop' } }]

const service = (name: string, spec: string, namespace = 'default') =>
  `---\n{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}\n`

const shop = service('shop', '{selector: {app: shop}, ports: [{port: 8080, name: http}]}')
const localGateway = service(
  'knative-local-gateway',
  '{selector: {istio: ingressgateway}, ports: [{port: 80, targetPort: 8081, name: http2}]}',
  'istio-system',
)

const aliasOf = (name: string, target: string) =>
  service(name, `{type: ExternalName, externalName: ${target}, ports: [{port: 80, name: http2}]}`)

const entry = (endpoint: string, resolution = 'DNS', port = 80) => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec:
  hosts: [outside.example.com]
  resolution: ${resolution}
  ports: [{number: ${port}, name: http, protocol: HTTP}]
  endpoints: [${endpoint}]
`

function outsideOf(services: readonly MeshService[]): MeshService {
  const found = services.find(({ host }) => host === 'outside.example.com')
  if (!found) throw new Error('the entry is no service')
  return found
}

function placesOf(text: string): string[] {
  const endpoints = outsideOf(createServiceCompiler()(meshFromYaml(text, workloads))).ports[0]?.endpoints ?? []
  return endpoints.map(placeOf)
}

function placeOf(endpoint: ClusterEndpoint): string {
  if (endpoint.kind === 'address') return `${endpoint.host}:${endpoint.port}`
  if (endpoint.kind === 'revision') return `revision ${endpoint.namespace}/${endpoint.revision}`
  return endpoint.kind === 'gateway' ? `gateway ${endpoint.port}` : `internal ${endpoint.host}`
}

describe('an endpoint by name', () => {
  it('that is a Service of the cluster leads to what answers at that port of it', () => {
    const endpoint = '{address: shop.default.svc.cluster.local, ports: {http: 8080}}'
    expect(placesOf(shop + entry(endpoint))).toEqual(['revision default/shop-1'])
  })

  it('that is another name of a Service leads to where that one leads, by one alias or several', () => {
    const gateway = 'knative-local-gateway.istio-system.svc.cluster.local'
    const aliases = aliasOf('inner', gateway) + aliasOf('outer', 'inner.default.svc.cluster.local')
    const text = (name: string) => localGateway + aliases + entry(`{address: ${name}.default.svc.cluster.local}`)
    expect(placesOf(text('inner'))).toEqual(['gateway 8081'])
    expect(placesOf(text('outer'))).toEqual(['gateway 8081'])
  })

  it('counts in any case and with the dot of a whole name', () => {
    const endpoint = '{address: SHOP.default.svc.cluster.local., ports: {http: 8080}}'
    expect(placesOf(shop + entry(endpoint))).toEqual(['revision default/shop-1'])
  })

  it.each([
    ['of nobody in the cluster', '{address: api.example.com}', 'api.example.com:80'],
    [
      'of a Service without that port',
      '{address: shop.default.svc.cluster.local}',
      'shop.default.svc.cluster.local:80',
    ],
    [
      'that names itself in a circle',
      '{address: round.default.svc.cluster.local}',
      'round.default.svc.cluster.local:80',
    ],
  ])('%s stays an address', (_name, endpoint, expected) => {
    const circle =
      aliasOf('round', 'about.default.svc.cluster.local') + aliasOf('about', 'round.default.svc.cluster.local')
    expect(placesOf(shop + circle + entry(endpoint))).toEqual([expected])
  })

  it('keeps the labels, the weight and the locality written with it', () => {
    const written =
      '{address: shop.default.svc.cluster.local, ports: {http: 8080}, labels: {v: a}, weight: 3, locality: eu}'
    const services = createServiceCompiler()(meshFromYaml(shop + entry(written), workloads))
    expect(outsideOf(services).ports[0]?.endpoints).toEqual([
      {
        ...{ kind: 'revision', namespace: 'default', revision: 'shop-1', direct: true },
        ...{ labels: { v: 'a' }, weight: 3, locality: 'eu' },
      },
    ])
  })
})

describe('compiled again', () => {
  const text = shop + entry('{address: shop.default.svc.cluster.local, ports: {http: 8080}}')

  it('an entry is the same while nothing changes behind its name, and another one when something does', () => {
    const compiler = createServiceCompiler()
    const objects = meshFromYaml(text, workloads)
    const before = outsideOf(compiler(objects))
    expect(outsideOf(compiler({ ...objects }))).toBe(before)
    const after = outsideOf(compiler({ ...objects, workloads: [] }))
    expect(after).not.toBe(before)
    expect(after.ports[0]?.endpoints).toEqual([])
  })
})

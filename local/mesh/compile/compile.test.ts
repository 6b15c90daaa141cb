import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import type { Identity } from '../../seams/identity.ts'
import { type CompiledMesh, compileMesh } from './compile.ts'
import { meshFromYaml } from './from-yaml.ts'
import type { MeshObjects } from './mesh-objects.ts'

const yaml = `
{apiVersion: v1, kind: Service, metadata: {name: reviews, namespace: shop}, spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: ratings, namespace: shop}, spec: {ports: [{name: http, port: 9080}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: shop}
spec: {hosts: [api.example.com], resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: shop}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.example.com]
  gateways: [gw]
  http: [{route: [{destination: {host: reviews, subset: v1}}]}]
`

const callerIn = (namespace: string, labels: Record<string, string> = {}): Identity => ({
  namespace,
  labels,
  serviceAccount: 'default',
  name: 'pod',
})

const reviews = 'outbound|9080||reviews.shop.svc.cluster.local'

/** The same objects, each with a version; `change` gives new versions to those it names. */
function versioned(objects: MeshObjects, changed: (object: KubeObject) => boolean = () => false): MeshObjects {
  const stamp = <T extends KubeObject>(list: readonly T[]): T[] =>
    list.map(one => ({ ...one, metadata: { ...one.metadata, uid: 'u', resourceVersion: changed(one) ? '2' : '1' } }))
  return {
    ...objects,
    virtualServices: stamp(objects.virtualServices),
    destinationRules: stamp(objects.destinationRules),
    serviceEntries: stamp(objects.serviceEntries),
    services: stamp(objects.services),
    gateways: stamp(objects.gateways),
    sidecars: stamp(objects.sidecars),
    ingresses: stamp(objects.ingresses),
  }
}

describe('a compiled mesh', () => {
  const mesh = compileMesh(meshFromYaml(yaml))

  it('has the gateway’s ports and clusters', () => {
    expect([...mesh.gatewayPorts.keys()]).toEqual([80])
    expect([...mesh.clusters.keys()].toSorted()).toEqual([
      'outbound|80||api.example.com',
      'outbound|9080|v1|reviews.shop.svc.cluster.local',
      'outbound|9080||ratings.shop.svc.cluster.local',
      reviews,
    ])
    expect(mesh.refusals).toEqual([])
  })

  it('has clusters for callers that go where these wanted', () => {
    expect(mesh.clusters.get('outbound|80||api.example.com')?.discovery).toBe('static')
    const own = mesh.outboundClusters(callerIn('app'))
    expect(own.get('outbound|80||api.example.com')?.discovery).toBe('original')
  })

  it('has one set of clusters for callers of a kind', () => {
    expect(mesh.outboundClusters(callerIn('app', { a: '1' }))).toBe(mesh.outboundClusters(callerIn('app')))
  })

  it('has what a caller meets at a port', () => {
    expect(mesh.outbound(callerIn('shop'), 9080).http).toBe(true)
    expect(mesh.outbound(callerIn('shop'), 9080).hosts.exact.has('reviews')).toBe(true)
    expect(mesh.outbound(callerIn('shop'), 1234).http).toBe(false)
  })
})

describe('DestinationRules of a caller', () => {
  it('hold for its namespace alone; the others keep theirs', () => {
    const mesh = compileMesh(
      meshFromYaml(`${yaml}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: mine, namespace: app}
spec: {host: reviews.shop.svc.cluster.local, trafficPolicy: {loadBalancer: {simple: RANDOM}}}`),
    )
    const kindFor = (namespace: string) => mesh.outboundClusters(callerIn(namespace)).get(reviews)?.balancing.kind
    expect([kindFor('app'), kindFor('shop'), mesh.clusters.get(reviews)?.balancing.kind]).toEqual([
      'random',
      'least-request',
      'least-request',
    ])
  })

  it('that select callers hold for these alone', () => {
    const mesh = compileMesh(
      meshFromYaml(`${yaml}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: picky, namespace: shop}
spec: {host: reviews, workloadSelector: {matchLabels: {app: front}}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}`),
    )
    const kindFor = (app: string) => mesh.outboundClusters(callerIn('shop', { app })).get(reviews)?.balancing.kind
    expect([kindFor('front'), kindFor('back'), kindFor('front')]).toEqual(['random', 'least-request', 'random'])
  })
})

it('a Sidecar says which clusters a caller has', () => {
  const mesh = compileMesh(
    meshFromYaml(`${yaml}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: app}
spec: {egress: [{hosts: ["shop/ratings.shop.svc.cluster.local"]}]}`),
  )
  expect([...mesh.outboundClusters(callerIn('app')).keys()]).toEqual(['outbound|9080||ratings.shop.svc.cluster.local'])
  expect(mesh.outboundClusters(callerIn('shop')).has(reviews)).toBe(true)
})

describe('compiled again', () => {
  const objects = meshFromYaml(yaml)
  const first = compileMesh(versioned(objects))
  const kept = (again: CompiledMesh) =>
    Object.fromEntries(Array.from(again.clusters, ([name, one]) => [name, one === first.clusters.get(name)]))

  it('nothing is another cluster when nothing changed', () => {
    expect(new Set(Object.values(kept(compileMesh(versioned(objects), first))))).toEqual(new Set([true]))
  })

  it('a changed DestinationRule changes the clusters of its host', () => {
    const again = compileMesh(
      versioned(objects, ({ kind }) => kind === 'DestinationRule'),
      first,
    )
    expect(kept(again)).toEqual({
      'outbound|80||api.example.com': true,
      'outbound|9080||ratings.shop.svc.cluster.local': true,
      'outbound|9080|v1|reviews.shop.svc.cluster.local': false,
      [reviews]: false,
    })
  })

  it('a new instance changes the clusters of those that select it', () => {
    const workloads = [{ namespace: 'shop', revision: 'reviews-1', labels: { app: 'reviews', version: 'v1' } }]
    const again = compileMesh({ ...versioned(objects), workloads }, first)
    expect(kept(again)).toMatchObject({ 'outbound|9080||ratings.shop.svc.cluster.local': true, [reviews]: false })
    expect(again.clusters.get('outbound|9080|v1|reviews.shop.svc.cluster.local')?.endpoints).toHaveLength(1)
  })

  it('a changed VirtualService leaves the routes of others as they are', () => {
    const other = `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: other, namespace: shop}
spec: {hosts: [other.example.com], gateways: [gw], http: [{route: [{destination: {host: ratings}}]}]}`
    const two = meshFromYaml(yaml + other)
    const before = compileMesh(versioned(two))
    const after = compileMesh(
      versioned(two, ({ metadata }) => metadata.name === 'other'),
      before,
    )
    const routeOf = (mesh: CompiledMesh, host: string) =>
      mesh.gatewayPorts.get(80)?.chains[0]?.hosts.exact.get(host)?.routes[0]
    expect(routeOf(after, 'reviews.example.com')).toBe(routeOf(before, 'reviews.example.com'))
    expect(routeOf(after, 'other.example.com')).toEqual(routeOf(before, 'other.example.com'))
    expect(routeOf(after, 'other.example.com')).not.toBe(routeOf(before, 'other.example.com'))
  })

  it('what is gone is gone', () => {
    const without = meshFromYaml(yaml.replace(/apiVersion: networking.istio.io\/v1\nkind: ServiceEntry[^-]*---/, ''))
    expect(compileMesh(versioned(without), first).clusters.has('outbound|80||api.example.com')).toBe(false)
  })

  it('a new time to connect is for all clusters', () => {
    const again = compileMesh({ ...versioned(objects), meshConfig: 'connectTimeout: 2s' }, first)
    expect(again.clusters.get(reviews)?.connectTimeoutMs).toBe(2_000)
  })
})

describe('a mesh configuration that cannot be read', () => {
  const bad = { ...meshFromYaml(yaml), meshConfig: 'outboundTrafficPolicy: {mode: X}' }

  it('is refused, and the defaults hold', () => {
    const mesh = compileMesh(bad)
    expect(mesh.mesh.outboundPolicy).toBe('ALLOW_ANY')
    expect(mesh.refusals.map(({ message }) => message)).toEqual([
      'ConfigMap istio-system/istio, data.mesh, line 1: outboundTrafficPolicy.mode must be one of REGISTRY_ONLY, ALLOW_ANY',
    ])
  })

  it('leaves the settings of before', () => {
    const strict = compileMesh({ ...bad, meshConfig: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}' })
    const mesh = compileMesh(bad, strict)
    expect(mesh.mesh.outboundPolicy).toBe('REGISTRY_ONLY')
    expect(mesh.refusals).toHaveLength(1)
  })
})

// Facades and edges in front of a Knative Service, hop by hop: what each did on a real cluster.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { WalkedRequest } from '../../route/walk.ts'
import { pickHost } from '../../route/walk.ts'
import type { Cluster } from '../../table/cluster.ts'
import type { HeaderRules } from '../../table/header-rules.ts'
import type { ForwardAction } from '../../table/route.ts'
import type { VirtualHosts } from '../../table/virtual-hosts.ts'
import type { CompiledMesh } from '../compile.ts'
import { callerOf, compileText, gatewayHosts, requestTo, routeFor } from '../harness.ts'

const golden = join(import.meta.dirname, '../../../../test/golden')
const read = (path: string) => readFileSync(join(golden, path), 'utf8')

const localGateway = 'knative-local-gateway.istio-system.svc.cluster.local'
const alias = (name: string) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: app}
spec: {type: ExternalName, externalName: ${localGateway}, ports: [{name: http2, port: 80}]}
`
const revision = (name: string) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: app, labels: {serving.knative.dev/revision: ${name}, networking.internal.knative.dev/serviceType: Public}}
spec: {clusterIP: 10.1.0.9, ports: [{name: http, port: 80, targetPort: 8012}]}
`
const gateway = (name: string, port: number) => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, namespace: knative-serving}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: ${port}, name: http, protocol: HTTP}, hosts: ["*"]}]}
`
const cluster = `
apiVersion: v1
kind: Service
metadata: {name: knative-local-gateway, namespace: istio-system}
spec: {clusterIP: 127.0.0.1, ports: [{name: http2, port: 80, targetPort: 8081}]}
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec: {clusterIP: 127.0.0.1, ports: [{name: http2, port: 80, targetPort: 8080}]}
${gateway('knative-ingress-gateway', 80)}${gateway('knative-local-gateway', 8081)}
${['usvc', 'beta-usvc', 'prod-usvc', 'fn-a', 'fn-b'].map(alias).join('')}
${['usvc-v1', 'usvc-v2', 'fn-a-00001', 'fn-b-00001'].map(revision).join('')}
---
${read('objects/usvc-kingress-tagged.yaml')}
---
`

/** The header lines a set of rules leaves behind, as far as routing looks at them. */
function withHeaders(headers: readonly string[], ...rules: (HeaderRules | undefined)[]): string[] {
  const set = rules.flatMap(one => one?.set ?? [])
  const names = new Set(set.map(({ name }) => name))
  const kept = headers.flatMap((name, index) => (index % 2 || names.has(name) ? [] : [name, headers[index + 1] ?? '']))
  return [...kept, ...set.flatMap(({ name, value }) => [name, String(value)])]
}

function nextRequest(request: WalkedRequest, action: ForwardAction, rules: HeaderRules | undefined): WalkedRequest {
  const [drawn] = action.clusters
  return {
    ...request,
    authority: action.rewrite?.authority ?? drawn?.authority ?? request.authority,
    headers: withHeaders(request.headers, rules, drawn?.requestHeaders),
  }
}

interface Door {
  hosts: VirtualHosts | undefined
  clusters: ReadonlyMap<string, Cluster>
}

function gatewayDoor(mesh: CompiledMesh, port: number): Door {
  return { hosts: gatewayHosts(mesh, port), clusters: mesh.clusters }
}

/** Each hop, then the end: `revision usvc-v2`, `404`, `503`. Always the first of several clusters. */
function follow(mesh: CompiledMesh, door: Door, request: WalkedRequest, hops: string[] = []): string {
  const route = routeFor(door.hosts, request)
  if (route?.action.kind !== 'forward') return [...hops, '404'].join(' → ')
  const [drawn] = route.action.clusters
  const endpoint = door.clusters.get(drawn?.cluster ?? '')?.endpoints[0]
  if (endpoint?.kind === 'revision') return [...hops, `revision ${endpoint.revision}`].join(' → ')
  if (endpoint?.kind !== 'gateway') return [...hops, '503'].join(' → ')
  const next = nextRequest(request, route.action, route.requestHeaders)
  return follow(mesh, gatewayDoor(mesh, endpoint.port), next, [...hops, `gateway ${endpoint.port}`])
}

const user = { 'x-dev-user': 'betaUser' }

function fromMesh(mesh: CompiledMesh, url: string, headers = {}, namespace = 'app'): string {
  const caller = callerOf(namespace)
  const door = { hosts: mesh.outbound(caller, 80).hosts, clusters: mesh.outboundClusters(caller) }
  const request = requestTo(url, headers)
  return pickHost(door.hosts, request.authority) ? follow(mesh, door, request) : 'unknown host'
}

/** As a caller without a sidecar comes in: by the address of a gateway. */
function fromOutside(mesh: CompiledMesh, url: string, headers = {}, port = 80): string {
  return follow(mesh, gatewayDoor(mesh, port), requestTo(url, headers))
}

describe('a Knative Service', () => {
  const mesh = compileText(cluster)

  it.for(['usvc.app', 'usvc.app.svc', 'usvc.app.svc.cluster.local'])('KNI-02: answers as %s', host => {
    expect(fromMesh(mesh, `http://${host}/`)).toBe('revision usvc-v1')
    expect(fromMesh(mesh, `http://${host}:80/`, {}, 'elsewhere')).toBe('revision usvc-v1')
    expect(fromOutside(mesh, `http://${host}/`, {}, 8081)).toBe('revision usvc-v1')
  })
  it('its bare name is 404 although a Service of that name exists', () => {
    expect(fromMesh(mesh, 'http://usvc/')).toBe('404')
    expect(fromOutside(mesh, 'http://usvc/', {}, 8081)).toBe('404')
  })
  it('from another namespace the bare name is no host of the mesh', () => {
    expect(fromMesh(mesh, 'http://usvc/', {}, 'elsewhere')).toBe('unknown host')
  })
  it('a tag has a host of its own', () => {
    expect(fromMesh(mesh, 'http://beta-usvc.app/')).toBe('revision usvc-v2')
    expect(fromOutside(mesh, 'http://beta-usvc.app.localhost/')).toBe('revision usvc-v2')
  })
  it('the public gateway knows its public host alone; the local one lets in all that begins like it', () => {
    expect(fromOutside(mesh, 'http://usvc.app.localhost/')).toBe('revision usvc-v1')
    expect(fromOutside(mesh, 'http://usvc.app.localhost/', {}, 8081)).toBe('revision usvc-v1')
    expect(fromOutside(mesh, 'http://usvc.app.svc.cluster.local/')).toBe('404')
  })
  it('the tag header leads to the tag; an unknown tag to the default route', () => {
    expect(fromMesh(mesh, 'http://usvc.app/', { 'knative-serving-tag': 'beta' })).toBe('revision usvc-v2')
    expect(fromMesh(mesh, 'http://usvc.app/', { 'knative-serving-tag': 'none' })).toBe('revision usvc-v1')
  })
  it('is not retried, unlike other services', () => {
    const route = routeFor(mesh.outbound(callerOf('app'), 80).hosts, requestTo('http://usvc.app/'))
    expect(route?.action).toMatchObject({ retry: undefined, operation: 'usvc-v1.app.svc.cluster.local:80/*' })
    expect(route?.origin).toMatchObject({ kind: 'Ingress', namespace: 'app', name: 'usvc' })
  })
})

describe('facades', () => {
  const mesh = compileText(cluster + read('patterns/a-facades.yaml'))
  const v1 = 'gateway 8081 → revision usvc-v1'
  const v2 = 'gateway 8081 → revision usvc-v2'

  it('a1: a Service without selector, on the mesh, also by its short name', () => {
    expect(fromMesh(mesh, 'http://fac-cip/')).toBe(v1)
    expect(fromMesh(mesh, 'http://fac-cip.app.svc.cluster.local/', user)).toBe(v2)
    expect(fromOutside(mesh, 'http://fac-cip.app.svc.cluster.local/', {}, 8081)).toBe('404')
  })
  it('a2: an ExternalName with a port works for everybody', () => {
    for (const host of ['fac-ext', 'fac-ext.app', 'fac-ext.app.svc', 'fac-ext.app.svc.cluster.local']) {
      expect(fromMesh(mesh, `http://${host}/`, user)).toBe(v2)
    }
    expect(fromOutside(mesh, 'http://fac-ext.app/', user, 8081)).toBe(v2)
    expect(fromOutside(mesh, 'http://fac-ext/', user, 8081)).toBe('404')
  })
  it('a3: an ExternalName without ports works by its full name, its bare name is 404', () => {
    expect(fromMesh(mesh, 'http://fac-extnp.app.svc.cluster.local/', user)).toBe(v2)
    expect(fromMesh(mesh, 'http://fac-extnp/', user)).toBe('gateway 8081 → 404')
  })
  it('a5: straight to the revisions’ Services, without a second hop', () => {
    expect(fromMesh(mesh, 'http://fac-rev.app/', user)).toBe('revision usvc-v2')
    expect(fromMesh(mesh, 'http://fac-rev.app/')).toBe('revision usvc-v1')
    expect(fromOutside(mesh, 'http://fac-rev.app/', user, 8081)).toBe('revision usvc-v2')
  })
  it('a7: `*` at the local gateway takes a bare host', () => {
    const edged = compileText(
      [cluster, read('patterns/a-facades.yaml'), '---\n', read('patterns/b-edge.yaml')].join(''),
    )
    expect(fromOutside(edged, 'http://fac-ext/', user, 8081)).toBe(v2)
    expect(fromOutside(edged, 'http://fac-ext/', {}, 8081)).toBe(v1)
  })
})

describe('a8: a VirtualService on the service’s own host', () => {
  const own = read('patterns/a8-own-host.yaml')

  it('made after the service: nothing changes', () => {
    const later = own.replaceAll('namespace: app}', 'namespace: app, creationTimestamp: "2030-01-01T00:00:00Z"}')
    const mesh = compileText(`${cluster}${later}`)
    expect(fromMesh(mesh, 'http://usvc.app.svc.cluster.local/', user)).toBe('revision usvc-v1')
    expect(fromOutside(mesh, 'http://usvc.app.svc.cluster.local/', user, 8081)).toBe('revision usvc-v1')
  })
  it('made before: the gateways take both, the mesh takes the older alone', () => {
    const mesh = compileText(`${cluster}${own}`)
    expect(fromOutside(mesh, 'http://usvc.app.localhost/', user)).toBe('gateway 8081 → revision usvc-v2')
    expect(fromOutside(mesh, 'http://usvc.app.localhost/')).toBe('revision usvc-v1')
    expect(fromMesh(mesh, 'http://usvc.app.svc.cluster.local/', user)).toBe('gateway 8081 → revision usvc-v2')
    expect(fromMesh(mesh, 'http://usvc.app.svc.cluster.local/')).toBe('404')
  })
})

describe('edges', () => {
  const mesh = compileText([cluster, read('patterns/b-edge.yaml'), '---\n', read('patterns/e-weights.yaml')].join(''))
  const rows: [id: string, host: string, forUser: string, forOthers: string][] = [
    ['b1', 'edge1', 'gateway 8081 → revision usvc-v2', 'gateway 8081 → revision usvc-v1'],
    ['b2 (own Gateway)', 'edge2', 'gateway 8081 → revision usvc-v2', 'gateway 8081 → revision usvc-v1'],
    ['b3 (public host)', 'edge3', 'gateway 80 → revision usvc-v2', 'gateway 80 → revision usvc-v1'],
    ['c (tag header)', 'edge-tagh', 'gateway 8081 → revision usvc-v2', 'gateway 8081 → revision usvc-v1'],
    ['c2 (host header)', 'edge-hosth', 'gateway 8081 → revision usvc-v2', 'gateway 8081 → revision usvc-v1'],
    ['e3 (no rewrite)', 'edge-direct2', 'gateway 8081 → 404', 'gateway 8081 → 404'],
    ['e4 (revisions)', 'edge-rev', 'revision fn-a-00001', 'revision fn-a-00001'],
  ]
  it.for(rows)('%s', ([, host, forUser, forOthers]) => {
    expect(fromOutside(mesh, `http://${host}.localhost/`, user)).toBe(forUser)
    expect(fromOutside(mesh, `http://${host}.localhost/`)).toBe(forOthers)
  })
  it('e: each destination of a split names its own host', () => {
    const route = routeFor(gatewayHosts(mesh), requestTo('http://edge-w.localhost/'))
    const clusters = route?.action.kind === 'forward' ? route.action.clusters : []
    expect(clusters.map(({ authority, weight }) => `${authority} ${weight}`)).toEqual([
      'fn-a.app.svc.cluster.local 70',
      'fn-b.app.svc.cluster.local 30',
    ])
  })
  it('e: a rewrite of the route beats the hosts of its destinations', () => {
    const route = routeFor(gatewayHosts(mesh), requestTo('http://edge-both.localhost/'))
    expect(route?.action).toMatchObject({ rewrite: { authority: 'fn-a.app.svc.cluster.local' } })
    const clusters = route?.action.kind === 'forward' ? route.action.clusters : []
    expect(clusters.map(({ authority }) => authority)).toEqual([undefined, undefined])
  })
})

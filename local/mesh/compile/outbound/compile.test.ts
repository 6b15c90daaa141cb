// What captured callers meet: services under all their names, VirtualServices on `mesh`, by namespace, labels and port.
import { describe, expect, it } from 'vitest'
import { pickHost } from '../../route/walk.ts'
import type { CompiledMesh } from '../compile.ts'
import { callerOf, compileText, outcomeOf, requestTo, routeFor } from '../harness.ts'

const service = (
  name: string,
  ports = '[{name: http, port: 80}]',
  more = 'clusterIP: 10.0.0.1',
  namespace = 'default',
) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${more}, ports: ${ports}}
`
const rules = (name: string, hosts: string, http: string, more = '', metadata = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}${metadata}}
spec: {hosts: ${hosts}${more}, http: ${http}}
`
const answering = (status: number, match = '') => `{${match}directResponse: {status: ${status}}}`
const all = (status: number) => `[${answering(status)}]`

function get(
  mesh: CompiledMesh,
  url: string,
  { namespace = 'default', labels = {}, headers = {}, port = 80 } = {},
): string {
  const { hosts } = mesh.outbound(callerOf(namespace, labels), port)
  const request = requestTo(url, headers)
  return pickHost(hosts, request.authority) ? outcomeOf(routeFor(hosts, request)) : 'unknown host'
}

const reviews = 'outbound|80||reviews.default.svc.cluster.local'

describe('names of a service', () => {
  const mesh = compileText(service('reviews'))
  const rows: [host: string, own: string, other: string][] = [
    ['reviews', reviews, 'unknown host'],
    ['reviews:80', reviews, 'unknown host'],
    ['reviews.default', reviews, reviews],
    ['reviews.default.svc', reviews, reviews],
    ['reviews.default.svc.cluster.local', reviews, reviews],
    ['reviews.default.svc.cluster.local.', reviews, reviews],
    ['reviews.default.svc.cluster.local:9999', reviews, reviews],
    ['REVIEWS.Default', reviews, reviews],
    ['10.0.0.1', reviews, reviews],
    ['10.0.0.1:80', reviews, reviews],
    ['reviews.svc', 'unknown host', 'unknown host'],
    ['x.reviews.default', 'unknown host', 'unknown host'],
  ]
  it.for(rows)('m-reviews: %s', ([host, own, other]) => {
    expect(get(mesh, `http://${host}/`)).toBe(own)
    expect(get(mesh, `http://${host}/`, { namespace: 'other' })).toBe(other)
  })
  it('the same name in the caller’s namespace is another service', () => {
    const two = compileText(service('reviews') + service('reviews', undefined, 'clusterIP: 10.0.0.2', 'other'))
    expect(get(two, 'http://reviews/', { namespace: 'other' })).toBe('outbound|80||reviews.other.svc.cluster.local')
  })
  it('a headless service also under each pod’s name', () => {
    const headless = compileText(service('db', '[{name: http, port: 80}]', 'clusterIP: None'))
    expect(get(headless, 'http://db-0.db.default.svc.cluster.local/')).toBe('outbound|80||db.default.svc.cluster.local')
  })
  it('an ExternalName without ports is another name of what it names', () => {
    const alias = service('old', '[]', 'type: ExternalName, externalName: reviews.default.svc.cluster.local')
    expect(get(compileText(service('reviews') + alias), 'http://old.default/')).toBe(reviews)
  })
  it('two that lead to each other are nobody', () => {
    const to = (name: string) => `type: ExternalName, externalName: ${name}.default.svc.cluster.local`
    const mesh = compileText(service('reviews') + service('a', '[]', to('b')) + service('b', '[]', to('a')))
    expect(get(mesh, 'http://a.default/')).toBe('unknown host')
  })
})

describe('a service without VirtualService', () => {
  const route = () => {
    const { hosts } = compileText(service('reviews')).outbound(callerOf('default'), 80)
    return routeFor(hosts, requestTo('http://reviews/'))
  }
  it('has the default route, with default retries', () => {
    expect(route()).toMatchObject({ name: 'default', origin: { kind: 'Service', name: 'reviews' } })
    expect(route()?.action).toMatchObject({
      retry: { retries: 2 },
      operation: 'reviews.default.svc.cluster.local:80/*',
      timeoutMs: 0,
    })
  })
})

describe('ports', () => {
  const mesh = compileText(
    service('two', '[{name: http-a, port: 9080}, {name: http-b, port: 9090}, {name: tcp-c, port: 5432}]'),
  )
  it('each port of a service leads to itself', () => {
    expect(get(mesh, 'http://two:9090/', { port: 9090 })).toBe('outbound|9090||two.default.svc.cluster.local')
  })
  it('a port of TCP is none of HTTP', () => {
    expect(mesh.outbound(callerOf('default'), 5432)).toMatchObject({ http: false, otherwise: 'ALLOW_ANY' })
  })
  it('a port that nothing has neither', () => {
    expect(mesh.outbound(callerOf('default'), 81).http).toBe(false)
  })
  it('x-two: a destination without a port is at the port the caller asks for', () => {
    const routed = compileText(
      service('two', '[{name: http-a, port: 9080}, {name: http-b, port: 9090}]') +
        rules('v', '[two]', '[{route: [{destination: {host: two}}]}]'),
    )
    expect(get(routed, 'http://two/', { port: 9090 })).toBe('outbound|9090||two.default.svc.cluster.local')
  })
})

describe('VirtualServices', () => {
  it('m-details-nomatch: rules that do not match are a 404, not the service', () => {
    const mesh = compileText(
      service('reviews') + rules('v', '[reviews]', `[${answering(201, 'match: [{uri: {prefix: /a}}], ')}]`),
    )
    expect([get(mesh, 'http://reviews/a'), get(mesh, 'http://reviews/b')]).toEqual(['answer 201', '404'])
  })
  it('bound to a gateway alone do not count', () => {
    expect(
      get(compileText(service('reviews') + rules('v', '[reviews]', all(201), ', gateways: [gw]')), 'http://reviews/'),
    ).toBe(reviews)
  })
  it('or-mesh-ts: of two for one host only the oldest counts', () => {
    const young = rules(
      'a',
      '[reviews]',
      `[${answering(201, 'match: [{uri: {prefix: /a}}], ')}]`,
      '',
      ', creationTimestamp: "2024-01-01T00:00:00Z"',
    )
    const old = rules(
      'b',
      '[reviews]',
      `[${answering(202, 'match: [{uri: {prefix: /b}}], ')}]`,
      '',
      ', creationTimestamp: "2021-01-01T00:00:00Z"',
    )
    const mesh = compileText(service('reviews') + young + old)
    expect([get(mesh, 'http://reviews/b'), get(mesh, 'http://reviews/a')]).toEqual(['answer 202', '404'])
  })
  it('m-details-oth: rules for other callers are dropped', () => {
    const http = `[${answering(201, 'match: [{sourceLabels: {app: a}}], ')}, ${answering(202, 'match: [{sourceNamespace: other}], ')}, ${answering(203)}]`
    const mesh = compileText(service('reviews') + rules('v', '[reviews]', http))
    expect(get(mesh, 'http://reviews/', { labels: { app: 'a' } })).toBe('answer 201')
    expect(get(mesh, 'http://reviews.default/', { namespace: 'other' })).toBe('answer 202')
    expect(get(mesh, 'http://reviews/', { labels: { app: 'b' } })).toBe('answer 203')
  })
  it('where no rule holds for a caller, the service itself answers', () => {
    const mesh = compileText(
      service('reviews') + rules('v', '[reviews]', `[${answering(201, 'match: [{sourceLabels: {app: a}}], ')}]`),
    )
    expect(get(mesh, 'http://reviews/')).toBe(reviews)
  })
  it('not exported to the caller do not count for it', () => {
    const mesh = compileText(service('reviews') + rules('v', '[reviews]', all(201), ', exportTo: ["."]'))
    expect(get(mesh, 'http://reviews/')).toBe('answer 201')
    expect(get(mesh, 'http://reviews.default/', { namespace: 'other' })).toBe(reviews)
  })
  it('of the caller’s namespace alone go before everybody’s', () => {
    const mesh = compileText(
      service('reviews') + rules('a', '[reviews]', all(201)) + rules('z', '[reviews]', all(202), ', exportTo: ["."]'),
    )
    expect(get(mesh, 'http://reviews/')).toBe('answer 202')
  })
  it('for a host that is no service count at port 80', () => {
    const mesh = compileText(
      service('reviews') + service('r9', '[{name: http, port: 9080}]') + rules('v', '[shop.example.com]', all(201)),
    )
    expect(get(mesh, 'http://shop.example.com/')).toBe('answer 201')
    expect(get(mesh, 'http://shop.example.com:9080/', { port: 9080 })).toBe('unknown host')
  })
})

describe('wildcards', () => {
  const wild = (name: string, host: string, status: number) => rules(name, `["${host}"]`, all(status))

  it('meshwild: take services that have no VirtualService of their own', () => {
    const mesh = compileText(
      service('reviews') +
        service('details') +
        wild('w', '*.default.svc.cluster.local', 201) +
        rules('d', '[details]', all(202)),
    )
    expect([get(mesh, 'http://reviews/'), get(mesh, 'http://details/')]).toEqual(['answer 201', 'answer 202'])
  })
  it('the longest takes a service', () => {
    const mesh = compileText(service('reviews') + wild('a', '*', 201) + wild('b', '*.default.svc.cluster.local', 202))
    expect(get(mesh, 'http://reviews/')).toBe('answer 202')
  })
  it('`*` leaves unknown hosts unknown', () => {
    expect(get(compileText(service('reviews') + wild('a', '*', 201)), 'http://example.org/')).toBe('unknown host')
  })
  it('of no service are a wildcard host', () => {
    expect(get(compileText(service('reviews') + wild('a', '*.example.org', 201)), 'http://a.example.org/')).toBe(
      'answer 201',
    )
  })
})

describe('what is kept', () => {
  it('callers whose labels no rule looks at share one table', () => {
    const mesh = compileText(service('reviews'))
    expect(mesh.outbound(callerOf('default', { app: 'a' }), 80)).toBe(
      mesh.outbound(callerOf('default', { app: 'b' }), 80),
    )
    expect(mesh.outbound(callerOf('other'), 80)).not.toBe(mesh.outbound(callerOf('default'), 80))
  })
  it('the policy for unknown hosts is the mesh’s', () => {
    const config =
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}\n'
    expect(compileText(service('reviews') + config).outbound(callerOf('default'), 80).otherwise).toBe('REGISTRY_ONLY')
  })
})

describe('a value that Envoy refuses', () => {
  const bad = rules('b', '[details]', '[{redirect: {uri: /x, redirectCode: 304}}]')
  it('takes every host of the port with it', () => {
    const mesh = compileText(service('reviews') + service('details') + bad)
    expect([get(mesh, 'http://reviews/'), get(mesh, 'http://example.org/')]).toEqual(['404', '404'])
    expect(mesh.refusals[0]?.where).toBe('port 80 for callers of namespace default, all hosts')
  })
  it('leaves what the caller had before', () => {
    const before = compileText(service('reviews') + service('details'))
    expect(get(before, 'http://reviews/')).toBe(reviews)
    expect(get(compileText(service('reviews') + service('details') + bad, undefined, before), 'http://reviews/')).toBe(
      reviews,
    )
  })
})

import { describe, expect, it } from 'vitest'
import type { Gateway, VirtualService } from '../../../api/istio/types.ts'
import type { DomainMapping } from '../../../api/serving/types.ts'
import type { GroupKind, KubeObject } from '../../../kernel/object.ts'
import { mappedHosts, publicHosts, routedHosts } from './public-hosts.ts'

const mapping = (name: string, service: string, path?: string): DomainMapping => ({
  ...{ apiVersion: 'serving.knative.dev/v1beta1', kind: 'DomainMapping' },
  metadata: { name, namespace: 'shop', ...(path ? { annotations: { 'skiff.dev/try': path } } : {}) },
  spec: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: service } },
})

const route = (spec: VirtualService['spec'], metadata: Partial<VirtualService['metadata']> = {}): VirtualService => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  metadata: { name: 'v', namespace: 'shop', ...metadata },
  spec,
})

type Server = NonNullable<Gateway['spec']['servers']>[number]
const gateway = (namespace: string, name: string, ...servers: Server[]): Gateway => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name, namespace } },
  spec: { selector: { istio: 'ingressgateway' }, servers },
})
const server = (number: number, protocol = 'HTTP', more: Partial<Server> = {}): Server => ({
  ...{ port: { number, name: `p${number}`, protocol }, hosts: ['*'] },
  ...more,
})

const gateways = [
  gateway('knative-serving', 'knative-ingress-gateway', server(80)),
  gateway('knative-serving', 'knative-local-gateway', server(8081)),
  gateway('shop', 'own', server(443, 'HTTPS'), server(9000)),
  gateway('shop', 'moved', server(80, 'HTTP', { tls: { httpsRedirect: true } })),
]

describe('the hosts of DomainMappings', () => {
  it('are one entry for each service and path', () => {
    const mappings = [mapping('a.test', 'api', '/list'), mapping('ui.test', 'ui'), mapping('b.test', 'api', '/list')]
    expect(mappedHosts(mappings)).toMatchObject([
      { namespace: 'shop', service: 'shop/api', hosts: ['a.test', 'b.test'], path: '/list', gatewayPort: 80 },
      { namespace: 'shop', service: 'shop/ui', hosts: ['ui.test'], path: '/', gatewayPort: 80 },
    ])
  })
})

describe('the hosts of VirtualServices', () => {
  const edge = ['knative-serving/knative-ingress-gateway']

  it.each([
    ['a path that a rule names', [{ match: [{ uri: { exact: '/page' } }] }], '/page'],
    ['a prefix', [{ route: [] }, { match: [{ headers: {} }, { uri: { prefix: '/api' } }] }], '/api'],
    ['the root when no rule names a path', [{ route: [] }], '/'],
  ])('are tried at %s', (_what, http, path) => {
    expect(routedHosts([route({ hosts: ['a.test'], gateways: edge, http })], gateways)).toEqual([
      { namespace: 'shop', hosts: ['a.test'], gatewayPort: 80, path },
    ])
  })

  it('are tried where the annotation says', () => {
    const annotations = { 'skiff.dev/try': '/look' }
    const [found] = routedHosts([route({ hosts: ['a.test'], gateways: edge }, { annotations })], gateways)
    expect(found?.path).toBe('/look')
  })

  it.each([
    ['a Gateway of the same namespace, at the port where it speaks HTTP', ['own'], 9000],
    ['the first Gateway that is there', ['mesh', 'gone', 'shop/own'], 9000],
  ])('are those of %s', (_what, names, port) => {
    const [found] = routedHosts([route({ hosts: ['a.test'], gateways: names })], gateways)
    expect(found?.gatewayPort).toBe(port)
  })

  it.each([
    ['of the mesh alone', { hosts: ['a.test'] }, {}],
    ['of the local gateway', { hosts: ['a.test'], gateways: ['mesh', 'knative-serving/knative-local-gateway'] }, {}],
    ['of a Gateway that does not exist', { hosts: ['a.test'], gateways: ['gone'] }, {}],
    ['of a Gateway that only redirects', { hosts: ['a.test'], gateways: ['moved'] }, {}],
    ['with wildcards alone', { hosts: ['*.test'], gateways: edge }, {}],
    ['that Knative made', { hosts: ['a.test'], gateways: edge }, { ownerReferences: [owner()] }],
  ])('are not those %s', (_what, spec, metadata) => {
    expect(routedHosts([route(spec, metadata)], gateways)).toEqual([])
  })
})

it('are those of all namespaces, in the order of their names; a kind of which there is nothing has none', () => {
  const routes = ['b', 'a'].map(namespace =>
    route({ hosts: [`${namespace}.test`], gateways: ['shop/own'] }, { namespace }),
  )
  const stored: Record<string, KubeObject[]> = { Gateway: gateways, VirtualService: routes }
  const hosts = publicHosts(<T>({ kind }: GroupKind) => (stored[kind] ?? []) as T[])
  expect(hosts.map(({ namespace }) => namespace)).toEqual(['a', 'b'])
})

function owner() {
  return { apiVersion: 'networking.internal.knative.dev/v1alpha1', kind: 'Ingress', name: 'v', uid: '1' }
}

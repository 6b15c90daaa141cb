// Ingresses of Knative against the VirtualServices that net-istio made of them on a cluster.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { VirtualService } from '../../../api/istio/types.ts'
import type { Ingress } from '../../../api/networking/types.ts'
import { ingressVirtualServices } from './virtual-services.ts'

function golden<T>(name: string): T {
  return parse(readFileSync(join(import.meta.dirname, '../../../../test/golden/objects', name), 'utf8'))
}

/** Rules for net-istio's own prober, and the stamp it puts on them, are no part of what we make. */
function withoutProbes({ spec }: VirtualService): VirtualService['spec'] {
  const http = (spec.http ?? []).filter(rule => !JSON.stringify(rule.match).includes('K-Network-Hash'))
  return { ...spec, http }
}

const tagged = golden<Ingress>('usvc-kingress-tagged.yaml')

describe('a Knative Service with two tags and routing by the tag header', () => {
  const [mesh, gateways] = ingressVirtualServices([tagged])

  it('KNI-01: callers with a sidecar get X-mesh, as on the cluster', () => {
    const wanted = golden<VirtualService>('usvc-mesh-vs-tagged.yaml')
    expect(mesh?.spec).toEqual(withoutProbes(wanted))
    expect(mesh?.metadata).toMatchObject({ name: 'usvc-mesh', namespace: 'app', labels: wanted.metadata.labels })
  })

  it('the gateways get X-ingress, as on the cluster', () => {
    const wanted = golden<VirtualService>('usvc-ingress-vs-tagged.yaml')
    expect(gateways?.spec).toEqual(withoutProbes(wanted))
    expect(gateways?.metadata.labels).toEqual(wanted.metadata.labels)
    expect(gateways?.metadata.annotations).toEqual(wanted.metadata.annotations)
  })

  it('both belong to the Ingress and are as old as it', () => {
    const [owner] = mesh?.metadata.ownerReferences ?? []
    expect(owner).toMatchObject({ kind: 'Ingress', name: 'usvc', controller: true })
    expect(mesh?.metadata.creationTimestamp).toBe(tagged.metadata.creationTimestamp)
  })
})

describe('hosts', () => {
  const path = { splits: [{ serviceName: 'b', serviceNamespace: 'n', servicePort: 80, percent: 100 }] }
  const ingress = (
    name: string,
    rules: [visibility: 'ExternalIP' | 'ClusterLocal', ...hosts: string[]][],
  ): Ingress => ({
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'Ingress',
    metadata: { name, namespace: 'n' },
    spec: { rules: rules.map(([visibility, ...hosts]) => ({ hosts, visibility, http: { paths: [path] } })) },
  })

  it('a mapped domain has no object for the mesh: it is no name inside the cluster', () => {
    const made = ingressVirtualServices([ingress('shop.example.org', [['ExternalIP', 'shop.example.org']])])
    expect(made.map(({ metadata }) => metadata.name)).toEqual(['shop.example.org-ingress'])
    const wanted = golden<VirtualService>('domainmapping-vs.yaml')
    expect(made[0]?.spec.hosts).toEqual(wanted.spec.hosts)
    expect(made[0]?.spec.gateways).toEqual(wanted.spec.gateways)
  })

  it('a mapped domain goes to its service under the service’s own host', () => {
    const mapping = ingress('shop.example.org', [['ExternalIP', 'shop.example.org']])
    const [rule] = mapping.spec.rules
    if (rule) rule.http.paths = [{ ...path, rewriteHost: 'usvc.app.svc.cluster.local' }]
    const [made] = ingressVirtualServices([mapping])
    expect(made?.spec.http?.[0]).toMatchObject({ retries: {}, rewrite: { authority: 'usvc.app.svc.cluster.local' } })
  })

  it('a service inside the cluster alone is not bound to the public gateway', () => {
    const [mesh, gateways] = ingressVirtualServices([ingress('s', [['ClusterLocal', 's.n.svc.cluster.local']])])
    expect(mesh?.spec.gateways).toEqual(['mesh'])
    expect(gateways?.spec.gateways).toEqual(['knative-serving/knative-local-gateway'])
    expect(gateways?.spec.hosts).toEqual(['s.n', 's.n.svc', 's.n.svc.cluster.local'])
  })

  it('a rule with paths and headers asks for both', () => {
    const one = ingress('s', [['ExternalIP', 's.example.com']])
    const [rule] = one.spec.rules
    if (rule) rule.http.paths = [{ ...path, path: '/.well-known', headers: { 'X-A': { exact: 'b' } } }]
    expect(ingressVirtualServices([one])[0]?.spec.http?.[0]?.match).toEqual([
      {
        gateways: ['knative-serving/knative-ingress-gateway'],
        authority: { prefix: 's.example.com' },
        uri: { prefix: '/.well-known' },
        headers: { 'X-A': { exact: 'b' } },
      },
    ])
  })

  it('a name too long for its suffix is cut and told apart', () => {
    const name = `${'long-'.repeat(12)}end`
    const names = ingressVirtualServices([ingress(name, [['ExternalIP', 'a.b']])]).map(({ metadata }) => metadata.name)
    expect(names).toHaveLength(1)
    expect(names[0]).toMatch(/^long-long-long-long-lon[0-9a-f]{32}-ingress$/)
    expect(names[0]).toHaveLength(63)
  })

  it('an Ingress without rules makes nothing', () => {
    expect(ingressVirtualServices([ingress('s', [])])).toEqual([])
  })
})

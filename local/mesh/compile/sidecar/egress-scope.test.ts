import { describe, expect, it } from 'vitest'
import type { Sidecar } from '../../../api/istio/types.ts'
import { meshFromYaml } from '../from-yaml.ts'
import { createServiceCompiler } from '../services/compile-services.ts'
import { createRegistry } from '../services/registry.ts'
import { boundServicesOf } from '../virtual-service/all-services.ts'
import { compileEgressScope, type EgressScope } from './egress-scope.ts'
import { sidecarFor } from './sidecars.ts'

const services = `
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: app}, spec: {ports: [{name: http, port: 80}, {name: http-b, port: 90}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b, namespace: app}, spec: {ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: c, namespace: other}, spec: {ports: [{name: http, port: 80}, {name: http-b, port: 90}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: b, namespace: app}
spec:
  hosts: [b]
  http: [{route: [{destination: {host: c.other.svc.cluster.local}}], mirror: {host: a}}]
`

function scope(sidecar: string | undefined, namespace = 'app', more = ''): EgressScope {
  const objects = meshFromYaml(`${services}\n${more}`)
  const written = sidecar === undefined ? [] : meshFromYaml(sidecarYaml(sidecar)).sidecars
  return compileEgressScope(namespace, written[0], {
    registry: createRegistry(createServiceCompiler()(objects)),
    virtualServices: boundServicesOf(objects),
    outboundPolicy: 'ALLOW_ANY',
  })
}

const sidecarYaml = (spec: string) =>
  `{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: app}, spec: ${spec}}`

/** Hosts at a port's listener in short: `a b/other`. */
const seen = (of: EgressScope, port = 80) =>
  of
    .listener(port)
    ?.services.map(({ host }) => host.replace('.svc.cluster.local', ''))
    .join(' ')

const all = (of: EgressScope) => [...of.services.keys()].map(host => host.replace('.svc.cluster.local', '')).join(' ')

describe('what a caller sees', () => {
  it('is everything without a Sidecar, or with one that says nothing of egress', () => {
    for (const sidecar of [undefined, '{}', '{egress: []}']) {
      expect(seen(scope(sidecar))).toBe('a.app b.app c.other')
      expect(all(scope(sidecar))).toBe('a.app b.app c.other')
    }
  })

  it.each([
    ['["./*"]', 'a.app b.app'],
    ['["app/*"]', 'a.app b.app'],
    ['["other/*"]', 'c.other'],
    ['["*/a.app.svc.cluster.local"]', 'a.app'],
    ['["./a.app.svc.cluster.local", "other/*"]', 'a.app c.other'],
    ['["*/*.other.svc.cluster.local"]', 'c.other'],
    ['["./c.other.svc.cluster.local"]', ''],
    ['["~/*"]', ''],
    ['["nonsense"]', ''],
  ])('of hosts %s is %j', (hosts, expected) => {
    expect(seen(scope(`{egress: [{hosts: ${hosts}}]}`))).toBe(expected)
  })

  it('is one port of each service at a listener of a port', () => {
    const of = scope(
      '{egress: [{port: {number: 90, protocol: HTTP, name: h}, hosts: ["*/*"]}, {hosts: ["./b.app.svc.cluster.local"]}]}',
    )
    expect(of.listener(90)?.services.map(({ host, ports }) => [host, ports.map(({ number }) => number)])).toEqual([
      ['a.app.svc.cluster.local', [90]],
      ['c.other.svc.cluster.local', [90]],
    ])
    expect(seen(of, 80)).toBe('b.app')
  })

  it('is nothing at a port that no listener has', () => {
    expect(
      scope('{egress: [{port: {number: 90, protocol: HTTP, name: h}, hosts: ["*/*"]}]}').listener(80),
    ).toBeUndefined()
  })

  it('takes in where the routes lead that it brings', () => {
    const of = scope('{egress: [{hosts: ["./b.app.svc.cluster.local"]}]}')
    expect(seen(of)).toBe('b.app')
    expect(all(of)).toBe('b.app c.other a.app')
  })

  it('does not take in where other routes lead', () => {
    expect(all(scope('{egress: [{hosts: ["./a.app.svc.cluster.local"]}]}'))).toBe('a.app')
  })

  it('puts the ports of two listeners together', () => {
    const of = scope(
      '{egress: [{port: {number: 80, protocol: HTTP, name: h}, hosts: ["./a.app.svc.cluster.local"]}, {port: {number: 90, protocol: HTTP, name: i}, hosts: ["./a.app.svc.cluster.local"]}]}',
    )
    expect(of.services.get('a.app.svc.cluster.local')?.ports.map(({ number }) => number)).toEqual([80, 90])
  })

  it('is a host of its own namespace before others', () => {
    const entry = (namespace: string) => `
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: ${namespace}}, spec: {hosts: [x.com], ports: [{number: 80, name: http}]}}`
    const of = scope(undefined, 'app', entry('aaa') + entry('app'))
    expect(of.services.get('x.com')?.namespace).toBe('app')
    expect(scope(undefined, 'third', entry('aaa') + entry('app')).services.get('x.com')?.namespace).toBe('aaa')
  })
})

describe('routes a listener brings', () => {
  const imports = (hosts: string, routes: { namespace: string; hosts: string[] }) =>
    scope(`{egress: [{hosts: ${hosts}}]}`).listener(80)?.imports(routes)

  it.each([
    ['["./*"]', { namespace: 'app', hosts: ['x.com'] }, true],
    ['["./*"]', { namespace: 'other', hosts: ['x.com'] }, false],
    ['["*/x.com"]', { namespace: 'other', hosts: ['y.com', 'x.com'] }, true],
    ['["*/x.com"]', { namespace: 'other', hosts: ['*.com'] }, true],
    ['["*/*.com"]', { namespace: 'other', hosts: ['x.com'] }, true],
    ['["*/x.com"]', { namespace: 'other', hosts: ['y.com'] }, false],
  ])('of hosts %s and %j: %s', (hosts, routes, expected) => {
    expect(imports(hosts, routes)).toBe(expected)
  })
})

describe('unknown hosts', () => {
  it.each([
    [undefined, 'ALLOW_ANY'],
    ['{}', 'ALLOW_ANY'],
    ['{outboundTrafficPolicy: {}}', 'REGISTRY_ONLY'],
    ['{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}', 'REGISTRY_ONLY'],
    ['{outboundTrafficPolicy: {mode: ALLOW_ANY}}', 'ALLOW_ANY'],
  ])('under %s: %s', (sidecar, expected) => {
    expect(scope(sidecar).outboundPolicy).toBe(expected)
  })
})

describe('which Sidecar holds', () => {
  function sidecar(name: string, namespace: string, spec: Sidecar['spec'] = {}, creationTimestamp = ''): Sidecar {
    const metadata = { name, namespace, creationTimestamp }
    return { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata, spec }
  }
  const selecting = sidecar('picky', 'app', { workloadSelector: { labels: { app: 'front' } } }, '2026-03-01T00:00:00Z')
  const old = sidecar('z-old', 'app', {}, '2026-01-01T00:00:00Z')
  const young = sidecar('a-young', 'app', {}, '2026-02-01T00:00:00Z')
  const root = sidecar('root', 'istio-system')
  const rootPicky = sidecar('root-picky', 'istio-system', { workloadSelector: { labels: { app: 'front' } } })
  const everyone = [rootPicky, root, young, old, selecting]
  const holds = (namespace: string, labels: Record<string, string>, among = everyone) =>
    sidecarFor({ namespace, labels }, among, 'istio-system')?.metadata.name

  it.each([
    ['the one that selects the caller', 'app', { app: 'front' }, 'picky'],
    ['else the oldest for all of the namespace', 'app', { app: 'back' }, 'z-old'],
    ['else the root namespace’s', 'other', { app: 'front' }, 'root'],
  ])('%s', (_title, namespace, labels, expected) => {
    expect(holds(namespace, labels)).toBe(expected)
  })

  it('is none when there is none', () => {
    expect(holds('other', {}, [old, selecting, rootPicky])).toBeUndefined()
  })
})

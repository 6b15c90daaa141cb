import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Ingress } from '../../api/networking/types.ts'
import { seededRandom } from '../../kernel/random.ts'
import { route } from '../route/route.ts'
import type { Destination } from './host-table.ts'
import { compileIngresses } from './ingress.ts'

const tagged = parse(
  readFileSync(new URL('../../../test/golden/objects/usvc-kingress-tagged.yaml', import.meta.url), 'utf8'),
) as Ingress

const tables = compileIngresses([tagged])

function ask(gateway: 'public' | 'local', host: string, headers: string[] = [], target = '/') {
  return route(tables, gateway, { host, target, headers }, seededRandom(1))
}

function revisionOf(outcome: ReturnType<typeof ask>): string {
  return typeof outcome === 'string' ? outcome : outcome.target.revision
}

describe('a tagged service as Knative writes its Ingress', () => {
  it.each(['usvc.app', 'usvc.app.svc', 'usvc.app.svc.cluster.local', 'USVC.App', 'usvc.app:8080'])(
    'answers inside as %s',
    host => {
      expect(revisionOf(ask('local', host))).toBe('usvc-v1')
    },
  )

  it('keeps cluster names from the public gateway', () => {
    expect(ask('public', 'usvc.app')).toBe('route_not_found')
    expect(ask('public', 'usvc.app.svc.cluster.local')).toBe('route_not_found')
    expect(revisionOf(ask('public', 'usvc.app.localhost'))).toBe('usvc-v1')
  })

  it('knows neither the bare name nor a trailing dot', () => {
    expect(ask('local', 'usvc')).toBe('route_not_found')
    expect(ask('public', 'usvc.app.localhost.')).toBe('route_not_found')
  })

  it('follows the tag header and falls back to the default route', () => {
    expect(revisionOf(ask('local', 'usvc.app', ['knative-serving-tag', 'beta']))).toBe('usvc-v2')
    expect(revisionOf(ask('local', 'usvc.app', ['knative-serving-tag', 'nope']))).toBe('usvc-v1')
    expect(revisionOf(ask('local', 'usvc.app', ['knative-serving-tag', 'Beta']))).toBe('usvc-v1')
  })

  it('says which route was taken, and keeps the revision headers to itself', () => {
    const byDefault = ask('public', 'usvc.app.localhost') as Destination
    expect(byDefault.setText).toBe('knative-serving-default-route: true\r\n')
    const byTag = ask('public', 'beta-usvc.app.localhost') as Destination
    expect(byTag).toMatchObject({ setText: 'knative-serving-tag: beta\r\n', target: { revision: 'usvc-v2' } })
    expect((ask('local', 'usvc.app', ['knative-serving-tag', 'beta']) as Destination).setText).toBe('')
  })

  it('remembers the namespaces that have routes', () => {
    expect([...tables.namespaces]).toEqual(['app'])
  })
})

function split(revision: string, percent: number) {
  return { serviceName: revision, serviceNamespace: 'n', servicePort: 80, percent }
}

function ingress(name: string, rules: Ingress['spec']['rules'], creationTimestamp = ''): Ingress {
  const metadata = { name, namespace: 'n', creationTimestamp }
  return { apiVersion: 'networking.internal.knative.dev/v1alpha1', kind: 'Ingress', metadata, spec: { rules } }
}

describe('splits', () => {
  const shares = compileIngresses([
    ingress('s', [
      {
        hosts: ['s.n'],
        visibility: 'ClusterLocal',
        http: { paths: [{ splits: [split('a', 80), split('b', 20), split('never', 0)] }] },
      },
    ]),
  ])

  it('draws by percent, and never what has none', () => {
    const random = seededRandom(5)
    const counts: Record<string, number> = { a: 0, b: 0, never: 0 }
    for (let n = 0; n < 10_000; n++) {
      const outcome = route(shares, 'local', { host: 's.n', target: '/', headers: [] }, random) as Destination
      counts[outcome.target.revision] = (counts[outcome.target.revision] ?? 0) + 1
    }
    expect(counts.never).toBe(0)
    expect(counts.b).toBeGreaterThan(1_850)
    expect(counts.b).toBeLessThan(2_150)
  })

  it('gives the same destination for the same draw', () => {
    const draw = (next: number) =>
      (route(shares, 'local', { host: 's.n', target: '/', headers: [] }, { next: () => next }) as Destination).target
        .revision
    expect([draw(0), draw(0.7999), draw(0.8), draw(0.9999)]).toEqual(['a', 'a', 'b', 'b'])
  })

  it('names the failure when nothing has any share', () => {
    const none = compileIngresses([
      ingress('z', [
        { hosts: ['z.n'], visibility: 'ClusterLocal', http: { paths: [{ splits: [split('a', 0), split('b', 0)] }] } },
      ]),
    ])
    expect(route(none, 'local', { host: 'z.n', target: '/', headers: [] }, seededRandom(1))).toBe('no_destination')
  })
})

describe('paths and hosts', () => {
  const rule = (path: string | undefined, revision: string) => ({
    ...(path ? { path } : {}),
    splits: [split(revision, 100)],
  })

  it('matches a path as a plain prefix, in order', () => {
    const compiled = compileIngresses([
      ingress('p', [
        { hosts: ['p.n'], visibility: 'ClusterLocal', http: { paths: [rule('/a', 'a'), rule(undefined, 'rest')] } },
      ]),
    ])
    const at = (target: string) => {
      const outcome = route(compiled, 'local', { host: 'p.n', target, headers: [] }, seededRandom(1))
      return revisionOf(outcome)
    }
    expect([at('/a'), at('/abc?x'), at('/b'), at('/A')]).toEqual(['a', 'a', 'rest', 'rest'])
  })

  it('asks the older object first where two name one host', () => {
    const of = (name: string, time: string) =>
      ingress(name, [{ hosts: ['h.n'], visibility: 'ClusterLocal', http: { paths: [rule(undefined, name)] } }], time)
    const compiled = compileIngresses([of('young', '2026-01-02T00:00:00Z'), of('old', '2026-01-01T00:00:00Z')])
    expect(revisionOf(route(compiled, 'local', { host: 'h.n', target: '/', headers: [] }, seededRandom(1)))).toBe('old')
  })

  it('walks on at the local gateway under a rewritten host, but not for ever', () => {
    const mapping = (name: string, host: string, rewriteHost: string) =>
      ingress(name, [{ hosts: [host], visibility: 'ExternalIP', http: { paths: [{ rewriteHost, splits: [] }] } }])
    const target = ingress('t', [
      { hosts: ['t.n.svc.cluster.local'], visibility: 'ClusterLocal', http: { paths: [rule(undefined, 't-1')] } },
    ])
    const compiled = compileIngresses([
      mapping('m', 'shop.example.org', 't.n.svc.cluster.local'),
      mapping('x', 'a.example.org', 'b.example.org'),
      mapping('y', 'b.example.org', 'a.example.org'),
      target,
    ])
    const at = (host: string) =>
      revisionOf(route(compiled, 'public', { host, target: '/', headers: [] }, seededRandom(1)))
    expect(at('shop.example.org')).toBe('t-1')
    expect(at('a.example.org')).toBe('route_not_found')
  })
})

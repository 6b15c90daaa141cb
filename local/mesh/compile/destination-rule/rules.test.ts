import { describe, expect, it } from 'vitest'
import type { DestinationRule, DestinationRuleSpec } from '../../../api/istio/types.ts'
import type { MeshService } from '../service-registry.ts'
import { indexDestinationRules } from './rules.ts'

function rule(name: string, namespace: string, spec: Partial<DestinationRuleSpec>, createdAt = ''): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, ...(createdAt && { creationTimestamp: createdAt }) },
    spec: { host: 'reviews', ...spec },
  }
}

const reviews: MeshService = {
  host: 'reviews.shop.svc.cluster.local',
  namespace: 'shop',
  name: 'reviews',
  origin: 'Service',
  createdAt: '',
  ports: [],
  exportTo: [],
  resolution: 'static',
  addresses: [],
  location: 'internal',
  aliasOf: undefined,
  subjectAltNames: [],
}

const full = 'reviews.shop.svc.cluster.local'

/** The name of the rule that holds for a caller. */
function holds(rules: DestinationRule[], namespace: string, labels = {}): string | undefined {
  return indexDestinationRules(rules, 'istio-system').find(reviews, { namespace, labels })?.metadata.name
}

describe('which rule holds', () => {
  it.each([
    ['the service’s namespace, by its short name', [rule('short', 'shop', {})], 'app', 'short'],
    ['a short name is of the rule’s own namespace', [rule('elsewhere', 'app', {})], 'app', undefined],
    [
      'the caller’s namespace before the service’s',
      [rule('service', 'shop', { host: full }), rule('caller', 'app', { host: full })],
      'app',
      'caller',
    ],
    [
      'the service’s before the root namespace’s',
      [rule('root', 'istio-system', { host: '*' }), rule('service', 'shop', {})],
      'app',
      'service',
    ],
    ['the root namespace’s for everybody', [rule('root', 'istio-system', { host: '*.local' })], 'app', 'root'],
    [
      'for a caller in the root namespace the service’s own first',
      [rule('root', 'istio-system', { host: '*' }), rule('service', 'shop', {})],
      'istio-system',
      'service',
    ],
    [
      'but what the root namespace keeps to itself before all',
      [rule('root', 'istio-system', { host: '*', exportTo: ['.'] }), rule('service', 'shop', {})],
      'istio-system',
      'root',
    ],
    ['not one that is kept to another namespace', [rule('private', 'shop', { exportTo: ['.'] })], 'app', undefined],
    ['one that is kept to its own', [rule('private', 'shop', { exportTo: ['.'] })], 'shop', 'private'],
    ['one exported by name', [rule('named', 'shop', { exportTo: ['app'] })], 'app', 'named'],
    [
      'not in its own namespace when exported elsewhere',
      [rule('named', 'shop', { exportTo: ['app'] })],
      'shop',
      undefined,
    ],
    [
      'the exact host before a wildcard',
      [rule('wild', 'shop', { host: '*.shop.svc.cluster.local' }), rule('exact', 'shop', {})],
      'app',
      'exact',
    ],
    [
      'the longer wildcard',
      [rule('short', 'shop', { host: '*.local' }), rule('long', 'shop', { host: '*.shop.svc.cluster.local' })],
      'app',
      'long',
    ],
    [
      'no wildcard that does not cover it',
      [rule('wild', 'shop', { host: '*.other.svc.cluster.local' })],
      'app',
      undefined,
    ],
    ['no other host', [rule('other', 'shop', { host: 'ratings' })], 'app', undefined],
  ])('%s', (_title, rules, namespace, expected) => {
    expect(holds(rules, namespace)).toBe(expected)
  })
})

describe('a rule that selects its callers', () => {
  const selecting = rule('picky', 'shop', { workloadSelector: { matchLabels: { app: 'front' } } })
  const general = rule('general', 'shop', {})

  it('holds for them before the one for all', () => {
    expect(holds([general, selecting], 'shop', { app: 'front', version: 'v1' })).toBe('picky')
    expect(holds([general, selecting], 'shop', { app: 'back' })).toBe('general')
  })

  it('never holds outside its namespace', () => {
    expect(holds([selecting], 'app', { app: 'front' })).toBeUndefined()
  })

  it('is said to be there', () => {
    const rules = indexDestinationRules([general, selecting], 'istio-system')
    expect([rules.selectCallers('shop'), rules.selectCallers('app')]).toEqual([true, false])
  })
})

describe('several rules for one host', () => {
  const subset = (name: string, version: string) => ({ name, labels: { version } })
  const old = rule('old', 'shop', { subsets: [subset('v1', '1'), subset('v2', '2')] }, '2026-01-01T00:00:00Z')
  const young = rule(
    'young',
    'shop',
    { subsets: [subset('v2', 'other'), subset('v3', '3')], trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
    '2026-02-01T00:00:00Z',
  )
  const youngest = rule('youngest', 'shop', { trafficPolicy: {} }, '2026-03-01T00:00:00Z')

  it('are one with the subsets of all and the first traffic policy', () => {
    const rules = indexDestinationRules([youngest, young, old], 'istio-system')
    const merged = rules.find(reviews, { namespace: 'app', labels: {} })
    expect(merged?.metadata.name).toBe('old')
    expect(merged?.spec.subsets).toEqual([subset('v1', '1'), subset('v2', '2'), subset('v3', '3')])
    expect(merged?.spec.trafficPolicy).toEqual({ loadBalancer: { simple: 'RANDOM' } })
  })

  it('give the same object each time', () => {
    const rules = indexDestinationRules([young, old], 'istio-system')
    const find = (namespace: string) => rules.find(reviews, { namespace, labels: {} })
    expect(find('app')).toBe(find('shop'))
  })
})

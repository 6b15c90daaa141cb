// Hosts of a route: how they are spelled, and which cannot be.
import { describe, expect, it } from 'vitest'
import { domainFor, readDomain } from '../../api/serving/config/domain.ts'
import { readNetwork } from '../../api/serving/config/network.ts'
import type { Route } from '../../api/serving/types.ts'
import { clusterSpellings, hostFlaw, publicHost, urlOf } from './hosts.ts'

const route: Route = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Route',
  metadata: { name: 'hello', namespace: 'app', labels: { app: 'shop', tier: 'web' } },
  spec: {},
}
const naming = (publicPort: number) => ({ network: readNetwork({}), domain: readDomain({}), publicPort })

describe('hosts', () => {
  it('are public under the domain, and known by three spellings inside', () => {
    expect(publicHost(naming(80), route, 'dev')).toBe('dev-hello.app.localhost')
    expect(clusterSpellings('hello.app.svc.cluster.local')).toEqual([
      'hello.app',
      'hello.app.svc',
      'hello.app.svc.cluster.local',
    ])
  })

  it('get the gateway’s port in public URLs alone', () => {
    expect(urlOf(naming(8080), route, '', 'ExternalIP')).toBe('http://hello.app.localhost:8080')
    expect(urlOf(naming(80), route, '', 'ExternalIP')).toBe('http://hello.app.localhost')
    expect(urlOf(naming(8080), route, '', 'ClusterLocal')).toBe('http://hello.app.svc.cluster.local')
  })

  const flaws: [host: string, flawed: boolean][] = [
    ['hello.app.localhost', false],
    [`${'a'.repeat(63)}.app`, false],
    [`${'a'.repeat(64)}.app`, true],
    ['Hello.app', true],
    ['hello..app', true],
    [Array(128).fill('a').join('.'), true],
  ]
  it.for(flaws)('%s', ([host, flawed]) => {
    expect(hostFlaw(host) !== undefined).toBe(flawed)
  })
})

describe('config-domain', () => {
  const selector = (text: string) => `selector:\n${text}`
  const rows: [sentence: string, data: Record<string, string>, wanted: string][] = [
    ['names none: the local machine', {}, 'localhost'],
    ['names one for all', { 'example.com': '' }, 'example.com'],
    [
      'the most specific selector wins',
      { 'a.com': '', 'b.com': selector('  app: shop'), 'c.com': selector('  app: shop\n  tier: web') },
      'c.com',
    ],
    ['a selector that does not match counts for nothing', { 'a.com': '', 'b.com': selector('  app: other') }, 'a.com'],
    [
      'of equals the first by the alphabet wins',
      { 'b.com': selector('  app: shop'), 'a.com': selector('  tier: web') },
      'a.com',
    ],
    ['the example is no domain', { _example: 'example.com: ""' }, 'localhost'],
  ]
  it.for(rows)('%s', ([, data, wanted]) => {
    expect(domainFor(readDomain(data), route.metadata.labels)).toBe(wanted)
  })

  it('the visibility label keeps a route inside whatever the domains', () => {
    const labels = { 'networking.knative.dev/visibility': 'cluster-local' }
    expect(domainFor(readDomain({ 'a.com': '' }), labels)).toBe('svc.cluster.local')
  })

  it('a value that is no mapping is refused with its domain', () => {
    expect(() => readDomain({ 'a.com': 'yes' })).toThrow(
      'a.com: expected nothing, or a mapping with a selector of labels, got "yes"',
    )
  })
})

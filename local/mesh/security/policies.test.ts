import { describe, expect, it } from 'vitest'
import type { PeerAuthentication, RequestAuthentication } from '../../api/istio/types.ts'
import { jwtRulesFor, type MtlsMode, mtlsMode } from './policies.ts'

type Spec = NonNullable<PeerAuthentication['spec']>

function peer(namespace: string, spec: Spec, name = 'p', creationTimestamp = ''): PeerAuthentication {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name, namespace, creationTimestamp },
    spec,
  }
}

const workload = { namespace: 'shop', labels: { app: 'cart' } }
const strict: Spec = { mtls: { mode: 'STRICT' } }
const disabled: Spec = { mtls: { mode: 'DISABLE' } }
const cart = { matchLabels: { app: 'cart' } }

describe('mutual TLS', () => {
  it.each<[string, PeerAuthentication[], MtlsMode]>([
    ['nothing set is permissive', [], 'PERMISSIVE'],
    ['the mesh’s', [peer('istio-system', strict)], 'STRICT'],
    ['the namespace’s before the mesh’s', [peer('istio-system', strict), peer('shop', disabled)], 'DISABLE'],
    ['another namespace’s does not count', [peer('other', strict)], 'PERMISSIVE'],
    [
      'the workload’s before the namespace’s',
      [peer('shop', disabled), peer('shop', { ...strict, selector: cart }, 'w')],
      'STRICT',
    ],
    [
      'a selector that does not fit',
      [peer('shop', { ...strict, selector: { matchLabels: { app: 'x' } } })],
      'PERMISSIVE',
    ],
    ['UNSET inherits', [peer('istio-system', strict), peer('shop', { mtls: { mode: 'UNSET' } })], 'STRICT'],
    ['no mode inherits', [peer('istio-system', strict), peer('shop', {})], 'STRICT'],
    ['the oldest of two', [peer('shop', strict, 'a', '2026-02'), peer('shop', disabled, 'b', '2026-01')], 'DISABLE'],
    ['the first name of two of one age', [peer('shop', strict, 'b'), peer('shop', disabled, 'a')], 'DISABLE'],
    [
      'the port’s before everything',
      [peer('shop', { ...strict, selector: cart, portLevelMtls: { 8080: { mode: 'DISABLE' } } })],
      'DISABLE',
    ],
  ])('%s', (_sentence, policies, expected) => {
    expect(mtlsMode(policies, workload, 8080)).toBe(expected)
  })

  it('of another port is the workload’s', () => {
    const policies = [peer('shop', { ...strict, selector: cart, portLevelMtls: { 8080: { mode: 'DISABLE' } } })]
    expect(mtlsMode(policies, workload, 9090)).toBe('STRICT')
    expect(mtlsMode(policies, workload, undefined)).toBe('STRICT')
  })
})

describe('token rules', () => {
  const authentication = (namespace: string, ...issuers: string[]): RequestAuthentication => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: issuers.join('-'), namespace },
    spec: { jwtRules: issuers.map(issuer => ({ issuer })) },
  })

  it('of all policies that hold are put together, by issuer', () => {
    const policies = [
      authentication('shop', 'c', 'a'),
      authentication('other', 'x'),
      authentication('istio-system', 'b'),
    ]
    expect(jwtRulesFor(policies, workload).map(({ issuer }) => issuer)).toEqual(['a', 'b', 'c'])
  })
})

import { describe, expect, it } from 'vitest'
import { meshFromYaml } from '../from-yaml.ts'
import { createRegistry } from '../services/registry.ts'
import { createScopes } from './scopes.ts'

const sidecars = meshFromYaml(`
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: all, namespace: app}, spec: {egress: [{hosts: ["./*"]}]}}
---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: front, namespace: app}, spec: {workloadSelector: {labels: {app: front}}, outboundTrafficPolicy: {}}}
---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: root, namespace: istio-system}, spec: {outboundTrafficPolicy: {}}}
`).sidecars

const scopeOf = createScopes(sidecars, 'istio-system', {
  registry: createRegistry([]),
  virtualServices: [],
  outboundPolicy: 'ALLOW_ANY',
})

describe('callers', () => {
  it('of one namespace and one Sidecar share what they see', () => {
    expect(scopeOf({ namespace: 'app', labels: { app: 'a' } })).toBe(
      scopeOf({ namespace: 'app', labels: { app: 'b' } }),
    )
    expect(scopeOf({ namespace: 'app', labels: { app: 'front' } })).not.toBe(scopeOf({ namespace: 'app', labels: {} }))
  })

  it('of namespaces without a Sidecar have the root namespace’s, each for itself', () => {
    const [one, other] = ['one', 'other'].map(namespace => scopeOf({ namespace, labels: {} }))
    expect([one?.namespace, other?.namespace]).toEqual(['one', 'other'])
    expect([one?.outboundPolicy, other?.outboundPolicy]).toEqual(['REGISTRY_ONLY', 'REGISTRY_ONLY'])
  })

  it('are under the policy of the Sidecar that selects them', () => {
    const policyOf = (app: string) => scopeOf({ namespace: 'app', labels: { app } }).outboundPolicy
    expect([policyOf('front'), policyOf('back')]).toEqual(['REGISTRY_ONLY', 'ALLOW_ANY'])
  })
})

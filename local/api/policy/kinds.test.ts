import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createRegistry } from '../registry.ts'
import { schemaFlaws } from '../schema.ts'

const registry = createRegistry()

/** What the schema of a kind says of a spec. */
function flawsOf(name: string, spec: string): string {
  const kind = registry.byName(name)
  if (!kind) return `no kind ${name}`
  const object = { apiVersion: `${kind.group}/v1`, kind: kind.kind, metadata: { name: 'a' }, spec: parse(spec) }
  return schemaFlaws(kind.schema, object)
    .map(({ path }) => path)
    .join()
}

describe('policies of Kubernetes', () => {
  it.each([
    ['a budget in pods', 'pdb', '{ maxUnavailable: 1, selector: { matchLabels: { a: b } } }'],
    ['a budget in percent', 'pdb', '{ minAvailable: 50% }'],
    [
      'a network policy of namespaces and ports',
      'netpol',
      '{ podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: a, operator: In, values: [b] }] } }], ports: [{ port: http }] }] }',
    ],
    [
      'a network policy of addresses',
      'netpol',
      '{ egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16] } }] }] }',
    ],
  ])('takes %s', (_, name, spec) => {
    expect(flawsOf(name, spec)).toBe('')
  })

  it.each([
    ['PodDisruptionBudget', '{ maxAvailable: 1 }', 'spec.maxAvailable'],
    ['PodDisruptionBudget', '{ selector: { matchLabels: { a: 1 } } }', 'matchLabels'],
    ['NetworkPolicy', '{ ingres: [] }', 'spec.ingres'],
    ['NetworkPolicy', '{ policyTypes: Ingress }', 'spec.policyTypes'],
  ])('refuses of a %s %s', (name, spec, path) => {
    expect(flawsOf(name, spec)).toContain(path)
  })

  it.each(['pdb', 'poddisruptionbudgets.policy', 'netpol', 'networkpolicies.networking.k8s.io'])(
    'are found as %s',
    name => {
      expect(registry.byName(name)?.namespaced).toBe(true)
    },
  )
})

// Knative's internal kinds: what of them a client may send, and the columns it is shown.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { StatusError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { admit } from '../admission.ts'
import { createRegistry } from '../registry.ts'

const registry = createRegistry()
const context = { user: 'admin', now: 0, config: () => ({}) }
const folder = new URL('../../../test/golden/serving/ready/', import.meta.url)

function admitted(object: KubeObject): string {
  const kind = registry.of(object)
  if (!kind) return `no kind ${object.kind}`
  try {
    admit(kind, object, context)
    return 'taken'
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.message
  }
}

describe('an object observed on a cluster is taken as it is', () => {
  it.for(['sks.yaml', 'kingress.yaml', 'podautoscaler.yaml', 'services.yaml'])('%s', file => {
    const { items } = parse(readFileSync(new URL(file, folder), 'utf8')) as { items: KubeObject[] }
    expect(items.map(admitted)).toEqual(items.map(() => 'taken'))
  })
})

describe('columns', () => {
  const rows: [name: string, columns: string[]][] = [
    ['sks', ['Mode', 'Activators', 'ServiceName', 'PrivateServiceName', 'Ready', 'Reason']],
    [
      'serverlessservices.networking.internal.knative.dev',
      ['Mode', 'Activators', 'ServiceName', 'PrivateServiceName', 'Ready', 'Reason'],
    ],
    ['kingress', ['Ready', 'Reason']],
    ['kpa', ['DesiredScale', 'ActualScale', 'Ready', 'Reason']],
    ['podautoscaler', ['DesiredScale', 'ActualScale', 'Ready', 'Reason']],
    ['cdc', []],
  ]
  it.for(rows)('%s', ([name, columns]) => {
    expect(registry.byName(name)?.columns.map(one => one.name)).toEqual(columns)
  })
})

describe('what is not known', () => {
  const object = (kind: string, spec: object, metadata: object = { name: 'x', namespace: 'n' }) =>
    ({ apiVersion: 'networking.internal.knative.dev/v1alpha1', kind, metadata, spec }) as unknown as KubeObject
  const rows: [sentence: string, object: KubeObject, answer: string][] = [
    ['a field of a ServerlessService', object('ServerlessService', { mod: 'Proxy' }), 'unknown field "spec.mod"'],
    ['a field of an Ingress', object('Ingress', { rule: [] }), 'unknown field "spec.rule"'],
    [
      'a claim for nobody',
      object('ClusterDomainClaim', { namespace: '' }, { name: 'a.com' }),
      'missing field(s): spec.namespace',
    ],
  ]
  it.for(rows)('%s is refused', ([, given, answer]) => {
    expect(admitted(given)).toContain(answer)
  })
})

// The kinds as clients meet them: names, columns, and a schema that knows every field observed on a cluster.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import { autoscalingKinds } from '../autoscaling/kinds.ts'
import { networkingKinds } from '../networking/kinds.ts'
import { Registry } from '../registry.ts'
import { schemaFlaws } from '../schema.ts'
import { servingKinds } from './kinds.ts'

const registry = new Registry([...servingKinds, ...networkingKinds, ...autoscalingKinds])
const folder = new URL('../../../test/golden/serving/', import.meta.url)

function objects(file: string): KubeObject[] {
  const document = parse(readFileSync(new URL(file, folder), 'utf8')) as KubeObject & { items?: KubeObject[] }
  return document.items ?? [document]
}

describe('every object observed decodes strictly', () => {
  const files = [
    'ready/ksvc',
    'ready/configuration',
    'ready/revision',
    'ready/route',
    'ready/kingress',
    'ready/podautoscaler',
  ]
  const more = ['failed/ksvc', 'failed/rev', 'failed/rt', 'objects/kingress', 'objects/route', 'objects/domainmapping']
  it.for([...files, ...more])('%s', file => {
    for (const object of objects(`${file}.yaml`)) {
      const kind = registry.of(object)
      expect(kind && schemaFlaws(kind.schema, object), object.metadata.name).toEqual([])
    }
  })
})

describe('columns are those kubectl prints', () => {
  const rows: [name: string, columns: string][] = [
    ['ksvc', 'URL LATESTCREATED LATESTREADY READY REASON'],
    ['rt', 'URL READY REASON'],
    ['cfg', 'LATESTCREATED LATESTREADY READY REASON'],
    ['rev', 'CONFIG NAME GENERATION READY REASON ACTUAL REPLICAS DESIRED REPLICAS'],
    ['domainmapping', 'URL READY REASON'],
    ['kpa', 'DESIREDSCALE ACTUALSCALE READY REASON'],
  ]
  it.for(rows)('%s', ([name, columns]) => {
    const names = registry.byName(name)?.columns.map(column => column.name.toUpperCase())
    expect(names?.join(' ')).toBe(columns)
  })
})

it('a DomainMapping is served in both versions', () => {
  expect(registry.of({ apiVersion: 'serving.knative.dev/v1', kind: 'DomainMapping' })?.plural).toBe('domainmappings')
})

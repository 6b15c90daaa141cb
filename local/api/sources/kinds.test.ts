import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { admit as admitObject } from '../admission.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { sourcesKinds } from './kinds.ts'

const kindOf = (name: string): Kind => sourcesKinds.find(({ kind }) => kind === name) ?? sourcesKinds[0] ?? never()
function never(): never {
  throw new Error('no kinds')
}

const context = (config: Record<string, Record<string, string>> = {}): AdmissionContext => ({
  user: 'admin',
  now: 0,
  config: (_namespace, name) => config[name] ?? {},
})

/** The object as it is stored, or the sentence that refuses it. */
function admit(kind: string, spec: unknown, given = context()): { spec?: Record<string, unknown>; refused?: string } {
  const metadata = { name: 'x', namespace: 'app' }
  const draft = { apiVersion: 'sources.knative.dev/v1', kind, metadata, ...(spec === undefined ? {} : { spec }) }
  try {
    return admitObject(kindOf(kind), draft as unknown as KubeObject, given) as { spec?: Record<string, unknown> }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

const sink = { uri: 'http://sink.app' }
const subject = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'x' }
const resources = [{ apiVersion: 'v1', kind: 'ConfigMap' }]
const template = { spec: { containers: [{ image: 'i' }] } }

describe('defaults', () => {
  it('a PingSource without a schedule rings every minute', () => {
    expect(admit('PingSource', { sink }).spec).toEqual({ sink, schedule: '* * * * *' })
  })

  it('an ApiServerSource tells references, as the default service account', () => {
    expect(admit('ApiServerSource', { sink, resources }).spec).toMatchObject({
      mode: 'Reference',
      serviceAccountName: 'default',
    })
  })

  it('a SinkBinding’s subject stands in its own namespace', () => {
    expect(admit('SinkBinding', { sink, subject }).spec).toMatchObject({ subject: { namespace: 'app' } })
  })

  it('the containers of a ContainerSource are named after it', () => {
    expect(admit('ContainerSource', { sink, template }).spec).toMatchObject({
      template: { spec: { containers: [{ name: 'x-0', image: 'i' }] } },
    })
  })

  it('who made a source is noted under its group', () => {
    const stored = admit('PingSource', { sink }) as unknown as KubeObject
    expect(stored.metadata.annotations).toEqual({
      'sources.knative.dev/creator': 'admin',
      'sources.knative.dev/lastModifier': 'admin',
    })
  })
})

describe('refused, in Knative’s words', () => {
  const ping = (spec: object) => ({ sink, schedule: '* * * * *', ...spec })
  it.each<[string, string, unknown, string]>([
    [
      'a source without a sink',
      'PingSource',
      { schedule: '* * * * *' },
      'expected at least one, got none: spec.sink.ref, spec.sink.uri',
    ],
    ['nothing at all', 'PingSource', undefined, 'expected at least one, got none'],
    ['nothing at all', 'ApiServerSource', undefined, 'missing field(s): spec.resources'],
    ['nothing at all', 'SinkBinding', undefined, 'spec.subject.kind'],
    ['nothing at all', 'ContainerSource', undefined, 'missing field(s): spec.containers'],
    [
      'a short schedule',
      'PingSource',
      ping({ schedule: '* *' }),
      'invalid value: expected 5 to 6 fields, found 2: [* *]: spec.schedule',
    ],
    [
      '@every',
      'PingSource',
      ping({ schedule: '@every 1h' }),
      'invalid value: unsupported descriptor @every: spec.schedule',
    ],
    [
      'an unknown zone',
      'PingSource',
      ping({ timezone: 'Knative/Land' }),
      'provided bad location Knative/Land: unknown time zone Knative/Land: spec.timezone',
    ],
    [
      'two kinds of data',
      'PingSource',
      ping({ data: 'a', dataBase64: 'YQ==' }),
      'expected exactly one, got both: spec.data, spec.dataBase64',
    ],
    ['bad base64', 'PingSource', ping({ dataBase64: '$' }), 'invalid value: illegal base64 data: spec.dataBase64'],
    ['JSON that is none', 'PingSource', ping({ data: '{', contentType: 'application/json' }), 'spec.data'],
    [
      'JSON that is no object',
      'PingSource',
      ping({ data: '[]', contentType: 'application/json' }),
      'the JSON data is no object: spec.data',
    ],
    [
      'an extension badly named',
      'PingSource',
      ping({ ceOverrides: { extensions: { 'A-B': 'x' } } }),
      'invalid key name "A-B": spec.ceOverrides.extensions.A-B',
    ],
    ['an unknown mode', 'ApiServerSource', { sink, resources, mode: 'Whole' }, 'invalid value: Whole: spec.mode'],
    ['no resources', 'ApiServerSource', { sink, resources: [] }, 'missing field(s): spec.resources'],
    [
      'a resource without kind',
      'ApiServerSource',
      { sink, resources: [{ apiVersion: 'v1', kind: '' }] },
      'missing field(s): spec.resources[0].kind',
    ],
    [
      'a strange version',
      'ApiServerSource',
      { sink, resources: [{ apiVersion: 'a/b/c', kind: 'K' }] },
      'invalid value: a/b/c: spec.resources[0].apiVersion',
    ],
    [
      'filters without their feature',
      'ApiServerSource',
      { sink, resources, filters: [{ exact: { type: 'a' } }] },
      'NewAPIServerFilters feature is disabled',
    ],
    [
      'a subject elsewhere',
      'SinkBinding',
      { sink, subject: { ...subject, namespace: 'other' } },
      'invalid value: other: spec.subject.namespace',
    ],
    [
      'a subject with no name',
      'SinkBinding',
      { sink, subject: { ...subject, name: '' } },
      'expected exactly one, got neither: spec.subject.name, spec.subject.selector',
    ],
    [
      'a subject twice',
      'SinkBinding',
      { sink, subject: { ...subject, selector: {} } },
      'expected exactly one, got both',
    ],
    [
      'no image',
      'ContainerSource',
      { sink, template: { spec: { containers: [{ name: 'a' }] } } },
      'missing field(s): spec.containers[0].image',
    ],
    ['an unknown field', 'PingSource', ping({ jsonData: '{}' }), 'unknown field "spec.jsonData"'],
  ])('%s of a %s', (_sentence, kind, spec, sentence) => {
    expect(admit(kind, spec).refused).toContain(sentence)
  })

  it('data beyond the bound of config-ping-defaults', () => {
    const limited = context({ 'config-ping-defaults': { 'data-max-size': '3' } })
    expect(admit('PingSource', ping({ data: 'abcd' }), limited).refused).toContain(
      'the data length of 4 bytes exceeds limit set at 3.: spec.data',
    )
    expect(admit('PingSource', ping({ data: 'abc' }), limited).refused).toBeUndefined()
  })

  it('filters are taken once their feature is on, and looked at then', () => {
    const enabled = context({ 'config-features': { 'new-apiserversource-filters': 'enabled' } })
    const filtered = (filter: object) =>
      admit('ApiServerSource', { sink, resources, filters: [filter] }, enabled).refused
    expect(filtered({ exact: { type: 'a' } })).toBeUndefined()
    expect(filtered({ exact: { 'T-': 'a' } })).toContain('invalid key name "T-"')
  })
})

it('the columns are those of kubectl get', () => {
  const columns = Object.fromEntries(
    sourcesKinds.map(kind => [kind.kind, kind.columns.map(({ name }) => name.toUpperCase()).join(' ')]),
  )
  expect(columns).toMatchObject({
    PingSource: 'SINK SCHEDULE AGE READY REASON',
    SinkBinding: 'SINK AGE READY REASON',
    ApiServerSource: 'SINK AGE READY REASON',
    ContainerSource: 'SINK AGE READY REASON',
  })
})

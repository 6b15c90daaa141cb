import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Kind } from '../../../api/kind.ts'
import { createRegistry } from '../../../api/registry.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { collectionPath, namespaceOf, objectPath } from '../../client/kind-paths.ts'
import { formatNames, formatObjects, formatTables, formatYaml } from './print-objects.ts'

const registry = createRegistry()

function kindNamed(name: string): Kind {
  const kind = registry.byName(name)
  if (!kind) throw new Error(`no kind ${name}`)
  return kind
}

const options = { wide: false, withNamespace: false, now: Date.parse('2026-11-21T08:31:57Z') }
const object = (apiVersion: string, kind: string, name: string): KubeObject => ({
  kind,
  metadata: { namespace: 'app', name, creationTimestamp: '2026-11-21T08:30:57Z' },
  apiVersion,
})
const maps = { kind: kindNamed('cm'), objects: [object('v1', 'ConfigMap', 'a'), object('v1', 'ConfigMap', 'longer')] }
const services = { kind: kindNamed('ksvc'), objects: [object('serving.knative.dev/v1', 'Service', 'hello')] }

describe('objects as tables', () => {
  it('of one kind have plain names, and the namespace where it is asked for', () => {
    expect(formatTables([maps], options).split('\n')[1]).toMatch(/^a {3,}/)
    const [headings, first] = formatTables([maps], { ...options, withNamespace: true }).split('\n')
    expect(headings).toMatch(/^NAMESPACE +NAME +/)
    expect(first).toMatch(/^app +a +/)
  })

  it('of several kinds say theirs, an empty line between; a kind without objects is left out', () => {
    const text = formatTables([maps, { ...services, objects: [] }, services], options)
    const blocks = text.split('\n\n').map(block => block.trimEnd().split('\n'))
    expect(blocks.map(block => block.slice(1).map(line => line.split(' ')[0]))).toEqual([
      ['configmap/a', 'configmap/longer'],
      ['service.serving.knative.dev/hello'],
    ])
  })

  it('of events begin with when they were seen, and name them last where all is asked for', () => {
    const told = { type: 'Normal', reason: 'Started', message: 'm', involvedObject: { kind: 'Pod', name: 'p' } }
    const event = { ...object('v1', 'Event', 'p.1'), ...told, lastTimestamp: '2026-11-21T08:31:00Z' } as KubeObject
    const [headings, line] = formatTables([{ kind: kindNamed('ev'), objects: [event] }], options).split('\n')
    expect(headings).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE *$/)
    expect(line).toMatch(/^57s +Normal +Started +pod\/p +m *$/)
    const wide = formatTables([{ kind: kindNamed('ev'), objects: [event] }], { ...options, wide: true })
    expect(wide).toMatch(/MESSAGE +NAME *\n57s .* p\.1 *\n/)
  })

  it('of nothing are nothing', () => {
    expect(formatTables([{ ...maps, objects: [] }], options)).toBe('')
  })
})

describe('objects as documents', () => {
  it('are one, or a List, with keys in order, the same in YAML and JSON', () => {
    const one = JSON.parse(formatObjects([services], true))
    expect(Object.keys(one)).toEqual(['apiVersion', 'kind', 'metadata'])
    const all = JSON.parse(formatObjects([maps, services], false))
    expect([all.kind, all.items.length]).toEqual(['List', 3])
    expect(parse(formatYaml([services], true))).toEqual(one)
    expect(parse(formatYaml([maps, services], false))).toEqual(all)
  })

  it('or as names, one a line', () => {
    expect(formatNames([maps, services])).toBe('configmap/a\nconfigmap/longer\nservice.serving.knative.dev/hello\n')
  })
})

describe('paths of the API', () => {
  it.each<[string, string | undefined, string]>([
    ['ksvc', 'app', '/apis/serving.knative.dev/v1/namespaces/app/services'],
    ['ksvc', undefined, '/apis/serving.knative.dev/v1/services'],
    ['cm', 'app', '/api/v1/namespaces/app/configmaps'],
    ['namespace', 'app', '/api/v1/namespaces'],
  ])('of %s in %s', (kind, namespace, expected) => {
    expect(collectionPath(kindNamed(kind), namespace)).toBe(expected)
  })

  it('of an object keep its name in one piece', () => {
    expect(objectPath(kindNamed('cm'), 'a/b', 'c?d')).toBe('/api/v1/namespaces/a%2Fb/configmaps/c%3Fd')
  })

  it('take the default namespace for those that need one alone', () => {
    const without = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    expect([namespaceOf(kindNamed('cm'), without), namespaceOf(kindNamed('namespace'), without)]).toEqual([
      'default',
      '',
    ])
  })
})

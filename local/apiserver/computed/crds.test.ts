import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../api/registry.ts'
import { definitions } from './crds.ts'

interface Definition {
  metadata: { name: string; uid: string; labels: Record<string, string>; creationTimestamp: string }
  spec: {
    group: string
    scope: string
    names: { kind: string; listKind: string; plural: string; shortNames?: string[] }
    versions: {
      name: string
      served: boolean
      storage: boolean
      schema: { openAPIV3Schema: { type: string } }
      subresources?: { status: object }
      additionalPrinterColumns: { name: string; type: string; jsonPath: string }[]
    }[]
  }
  status: { storedVersions: string[]; conditions: { type: string; status: string }[] }
}

const registry = createRegistry()
const since = Date.parse('2026-01-01T00:00:00Z')
const made = definitions(registry, since)
const all = made.objects() as unknown as Definition[]
const named = (name: string) => {
  const found = all.find(one => one.metadata.name === name)
  if (!found) throw new Error(`no definition ${name}`)
  return found
}

describe('each definition', () => {
  it.each(all.map(one => [one.metadata.name, one] as const))('%s is one a cluster would take', (name, definition) => {
    const { names, group, versions } = definition.spec
    expect(name).toBe(`${names.plural}.${group}`)
    expect(names.listKind).toBe(`${names.kind}List`)
    expect(versions.filter(({ storage }) => storage)).toHaveLength(1)
    expect(definition.status.storedVersions).toEqual(versions.filter(({ storage }) => storage).map(one => one.name))
    for (const { schema, additionalPrinterColumns } of versions) {
      expect(schema.openAPIV3Schema.type).toBe('object')
      // What a cluster refuses (apiextensions-apiserver, validation.go): other types, and paths that are no simple ones.
      for (const { type, jsonPath } of additionalPrinterColumns) {
        expect(['integer', 'number', 'string', 'boolean', 'date']).toContain(type)
        expect(jsonPath).toMatch(/^\./)
      }
    }
  })

  it('is established', () => {
    for (const { status } of all) {
      expect(status.conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
        'NamesAccepted=True',
        'Established=True',
      ])
    }
  })

  it('has a name and a uid that no other has, and stands in the order of names', () => {
    const names = all.map(({ metadata }) => metadata.name)
    expect(new Set(all.map(({ metadata }) => metadata.uid)).size).toBe(all.length)
    expect(names).toEqual([...new Set(names)].sort())
  })

  it('is as old as the server, and the same at every look', () => {
    expect(new Set(all.map(({ metadata }) => metadata.creationTimestamp))).toEqual(new Set(['2026-01-01T00:00:00Z']))
    expect(made.objects()).toBe(made.objects())
    expect(definitions(createRegistry(), since).objects()).toEqual(made.objects())
  })
})

it.each(['configmaps', 'pods', 'deployments.apps', 'endpointslices.discovery.k8s.io'])('%s is built in', name => {
  expect(all.map(({ metadata }) => metadata.name)).not.toContain(name.includes('.') ? name : `${name}.`)
  expect(all.some(({ spec }) => spec.names.plural === name.split('.')[0])).toBe(false)
})

it.each([
  ['a Knative Service takes events', 'services.serving.knative.dev', 'duck.knative.dev/addressable'],
  ['a Broker takes events', 'brokers.eventing.knative.dev', 'duck.knative.dev/addressable'],
  ['a Sequence takes events', 'sequences.flows.knative.dev', 'duck.knative.dev/addressable'],
  ['a channel can be subscribed', 'inmemorychannels.messaging.knative.dev', 'messaging.knative.dev/subscribable'],
  ['a PingSource is a source', 'pingsources.sources.knative.dev', 'duck.knative.dev/source'],
])('%s, by its label', (_, name, label) => {
  expect(named(name).metadata.labels[label]).toBe('true')
})

it.each([
  ['a Revision', 'revisions.serving.knative.dev'],
  ['a Trigger', 'triggers.eventing.knative.dev'],
  ['a Subscription', 'subscriptions.messaging.knative.dev'],
  ['a VirtualService', 'virtualservices.networking.istio.io'],
])('%s takes no events', (_, name) => {
  expect(named(name).metadata.labels).toEqual({})
})

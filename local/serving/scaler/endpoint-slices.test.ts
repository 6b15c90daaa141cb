// EndpointSlices: against one observed on a cluster, and for Services that select nothing, several pods, or none.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type CoreService, core, type Pod } from '../../api/core/types.ts'
import type { EndpointSlice } from '../../api/discovery/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { endpointSlices, makeSlice } from './endpoint-slices.ts'

const folder = new URL('../../../test/golden/serving/ready/', import.meta.url)
const all = <T>(file: string) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { items: T[] }).items

const privateOne = <T extends KubeObject>(one: T) => /-private(-|$)/.test(one.metadata.name)
const service = all<CoreService>('services.yaml').find(privateOne) as CoreService
const pod = all<Pod>('pods.yaml')[0] as Pod
const observed = all<EndpointSlice>('endpointslices.yaml').find(privateOne) as EndpointSlice

describe('the slice of a revision’s private Service is as on a cluster', () => {
  const made = makeSlice(service, [pod])

  it('its owner, labels and where its name comes from', () => {
    expect(made.metadata.generateName).toBe(observed.metadata.generateName)
    expect(made.metadata.labels).toEqual(observed.metadata.labels)
    expect(made.metadata.ownerReferences).toMatchObject([{ kind: 'Service', name: service.metadata.name }])
  })

  it('its endpoints', () => {
    const told = (slice: EndpointSlice) =>
      slice.endpoints.map(({ addresses, conditions, targetRef }) => ({ addresses, conditions, targetRef }))
    expect(told(made)).toEqual(told(observed))
  })

  it('its ports, those with a name of a container’s port too', () => {
    const sorted = (slice: EndpointSlice) => slice.ports.map(one => `${one.name} ${one.port} ${one.protocol}`).sort()
    expect(sorted(made)).toEqual(sorted(observed))
  })
})

describe('a slice', () => {
  const changed = (change: (pod: Pod) => void) => {
    const copy = structuredClone(pod)
    change(copy)
    return makeSlice(service, [copy]).endpoints.map(one => one.conditions)
  }

  it('of a pod that is not ready holds it as such', () => {
    const unready = changed(copy => {
      for (const one of copy.status?.conditions ?? []) one.status = 'False'
    })
    expect(unready).toEqual([{ ready: false, serving: false, terminating: false }])
  })

  it('of a pod that ends takes no more requests to it', () => {
    const ending = changed(copy => {
      copy.metadata.deletionTimestamp = '2026-11-21T08:32:00Z'
    })
    expect(ending).toEqual([{ ready: false, serving: true, terminating: true }])
  })

  it('of a Service nobody stands behind is empty', () => {
    expect(makeSlice(service, [])).toMatchObject({ endpoints: [], ports: [] })
    const other = { ...pod, metadata: { ...pod.metadata, labels: {} } }
    expect(makeSlice(service, [other]).endpoints).toEqual([])
  })
})

describe('the resource', () => {
  it('has a slice for each Service with a selector, of pods of its namespace', () => {
    const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
    const labels = { app: 'a' }
    for (const namespace of ['one', 'two']) {
      store.create({ ...structuredClone(pod), metadata: { name: `pod-${namespace}`, namespace, labels } })
    }
    const spec = { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
    const named = (name: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'one' } })
    store.create({ ...named('a'), spec } as KubeObject)
    store.create({ ...named('external'), spec: { type: 'ExternalName' } } as KubeObject)
    const { objects, from } = endpointSlices(store)
    expect(objects().map(one => one.metadata.labels?.['kubernetes.io/service-name'])).toEqual(['a'])
    expect(objects()[0]?.endpoints.map(one => one.targetRef?.name)).toEqual(['pod-one'])
    expect(from).toEqual([core.service, core.pod])
  })
})

import { describe, expect, it } from 'vitest'
import type { CoreService } from '../../api/core/types.ts'
import { createRegistry } from '../../api/registry.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { ensureSystemObjects, systemObjects } from './objects.ts'

const newStore = () => new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
const service = { group: '', kind: 'Service' }
const ingress = (store: ObjectStore) => store.get<CoreService>(service, 'istio-system', 'istio-ingressgateway')
const portsOf = (store: ObjectStore) =>
  ingress(store)?.spec?.ports?.map(({ name, port, nodePort }) => [name, port, (nodePort as unknown) ?? 0])

describe('what a cluster has from the start', () => {
  it('are kinds that the API serves, each in a namespace that is there', () => {
    const objects = systemObjects({ 80: 8080 })
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
    const registry = createRegistry()
    for (const object of objects) {
      expect(registry.of(object)?.kind).toBe(object.kind)
      if (object.metadata.namespace) expect(namespaces).toContain(object.metadata.namespace)
    }
  })

  it('has the Services and Gateways that Knative’s routes and brokers lead to', () => {
    const names = systemObjects({}).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
    for (const expected of [
      'Service istio-system/knative-local-gateway',
      'Service knative-eventing/broker-ingress',
      'Gateway knative-serving/knative-ingress-gateway',
      'Gateway knative-serving/knative-local-gateway',
    ]) {
      expect(names).toContain(expected)
    }
  })

  it('shows where the ingress is: local ports as node ports, this machine as its address', () => {
    const store = newStore()
    ensureSystemObjects(store, { 80: 8080, 443: 8443, 15443: 15443 })
    expect(portsOf(store)).toEqual([
      ['http2', 80, 8080],
      ['https', 443, 8443],
      ['port-15443', 15443, 15443],
    ])
    expect(ingress(store)).toMatchObject({ status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } })
  })
})

describe('a further start', () => {
  it('brings the ports up to date, and makes nothing twice', () => {
    const store = newStore()
    ensureSystemObjects(store, { 80: 8080 })
    const before = ingress(store)
    ensureSystemObjects(store, { 80: 9090 })
    expect(portsOf(store)).toEqual([['http2', 80, 9090]])
    expect(ingress(store)?.metadata.uid).toBe(before?.metadata.uid)
  })

  it('leaves labels that somebody has put on what is there', () => {
    const store = newStore()
    ensureSystemObjects(store, {})
    const kind = { group: '', kind: 'Namespace' }
    const found = store.get(kind, '', 'knative-serving') as KubeObject
    const labels = { ...found.metadata.labels, 'istio-injection': 'disabled' }
    store.update({ ...found, metadata: { ...found.metadata, labels } })
    ensureSystemObjects(store, {})
    expect(store.get(kind, '', 'knative-serving')?.metadata.labels).toEqual(labels)
  })

  it('leaves settings as somebody has changed them, and puts back what was deleted', () => {
    const store = newStore()
    ensureSystemObjects(store, {})
    const kind = { group: '', kind: 'ConfigMap' }
    const settings = store.get(kind, 'knative-serving', 'config-autoscaler') as KubeObject
    store.update({ ...settings, data: { 'scale-to-zero-grace-period': '5s' } } as KubeObject)
    store.delete({ ...kind, namespace: 'knative-serving', name: 'config-features' })
    ensureSystemObjects(store, {})
    expect(store.get(kind, 'knative-serving', 'config-autoscaler')).toMatchObject({
      data: { 'scale-to-zero-grace-period': '5s' },
    })
    expect(store.get(kind, 'knative-serving', 'config-features')).toBeDefined()
  })

  it('changes nothing where nothing changed', () => {
    const store = newStore()
    ensureSystemObjects(store, { 80: 8080 })
    const { version } = store
    ensureSystemObjects(store, { 80: 8080 })
    expect(store.version).toBe(version)
  })
})

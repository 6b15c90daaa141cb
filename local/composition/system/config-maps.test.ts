import { describe, expect, it } from 'vitest'
import { readAutoscaler } from '../../api/serving/config/autoscaler.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { systemConfigMaps } from './config-maps.ts'
import { ensureSystemObjects } from './objects.ts'

const configMap = { group: '', kind: 'ConfigMap' }
const worldOf = () => new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })

describe('the ConfigMaps of an installation', () => {
  it('are those of Knative, by namespace', () => {
    const of = (namespace: string) =>
      systemConfigMaps().flatMap(({ metadata }) => (metadata.namespace === namespace ? [metadata.name] : []))
    expect(of('knative-serving').sort()).toEqual([
      'config-autoscaler',
      'config-defaults',
      'config-deployment',
      'config-domain',
      'config-features',
      'config-gc',
      'config-leader-election',
      'config-logging',
      'config-network',
      'config-observability',
      'config-tracing',
    ])
    expect(of('knative-eventing')).toContain('config-br-defaults')
  })

  it('say nothing: defaults hold', () => {
    for (const { data } of systemConfigMaps()) expect(data).toEqual({})
    expect(readAutoscaler({})).toMatchObject({ initialScale: 1, allowZeroInitialScale: false })
  })

  it('are made where they are missing, and what a project brought stays', () => {
    const store = worldOf()
    ensureSystemObjects(store, { 80: 8080 })
    const found = store.get(configMap, 'knative-serving', 'config-autoscaler')
    const own = { ...structuredClone(found), data: { 'initial-scale': '0' } } as KubeObject
    store.update(own)
    store.delete({ ...configMap, namespace: 'knative-serving', name: 'config-gc' })
    ensureSystemObjects(store, { 80: 8081 })
    expect(store.get(configMap, 'knative-serving', 'config-autoscaler')).toMatchObject({
      data: { 'initial-scale': '0' },
    })
    expect(store.get(configMap, 'knative-serving', 'config-gc')).toMatchObject({ data: {} })
  })
})

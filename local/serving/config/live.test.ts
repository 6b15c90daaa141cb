// ConfigMaps as controllers see them: what holds now, what held last when the present one cannot be read.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { type LiveConfigs, liveConfigs, systemNamespace } from './live.ts'

function room() {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  const logged: string[] = []
  const log: Log = (level, message) => logged.push(`${level} ${message}`)
  const configs = liveConfigs(store, log)
  const set = (name: string, data: Record<string, string>, namespace = systemNamespace) => {
    const found = store.get<KubeObject>({ group: '', kind: 'ConfigMap' }, namespace, name)
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
    if (found) store.update({ ...structuredClone(found), data } as KubeObject)
    else store.create(object)
  }
  return { store, logged, configs, set }
}

type Row = [
  sentence: string,
  name: string,
  good: Record<string, string>,
  bad: Record<string, string>,
  read: (configs: LiveConfigs) => unknown,
  shipped: unknown,
  wanted: unknown,
]

const rows: Row[] = [
  [
    'config-deployment',
    'config-deployment',
    { 'progress-deadline': '60s' },
    { 'progress-deadline': 'x' },
    configs => configs.deployment().progressDeadlineMs,
    600_000,
    60_000,
  ],
  [
    'config-domain',
    'config-domain',
    { 'example.com': '' },
    { 'example.com': 'x' },
    configs => configs.domain().domains.map(one => one.domain),
    ['localhost'],
    ['example.com'],
  ],
  [
    'config-features',
    'config-features',
    { 'tag-header-based-routing': 'enabled' },
    { 'tag-header-based-routing': 'x' },
    configs => configs.features().tagHeaderBasedRouting,
    'Disabled',
    'Enabled',
  ],
  [
    'config-gc',
    'config-gc',
    { 'min-non-active-revisions': '3' },
    { 'min-non-active-revisions': 'x' },
    configs => configs.gc().minNonActive,
    20,
    3,
  ],
  [
    'config-network',
    'config-network',
    { 'rollout-duration': '30' },
    { 'rollout-duration': 'x' },
    configs => configs.network().rolloutDurationSeconds,
    0,
    30,
  ],
]

describe('a ConfigMap', () => {
  it.for(rows)('%s: shipped, set, unreadable, mended, gone', ([, name, good, bad, read, shipped, wanted]) => {
    const { store, configs, set, logged } = room()
    expect(read(configs)).toEqual(shipped)
    set(name, good)
    expect(read(configs)).toEqual(wanted)
    set(name, bad)
    expect(read(configs)).toEqual(wanted)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatch(
      new RegExp(`^error ConfigMap knative-serving/${name}: .*; the last good one stays in force$`),
    )
    set(name, good)
    expect(read(configs)).toEqual(wanted)
    store.delete({ group: '', kind: 'ConfigMap', namespace: systemNamespace, name })
    expect(read(configs)).toEqual(shipped)
    expect(logged).toHaveLength(1)
  })

  it('that cannot be read is told once, however often it is asked for', () => {
    const { configs, set, logged } = room()
    set('config-gc', { 'min-non-active-revisions': 'x' })
    for (let time = 0; time < 5; time++) configs.gc()
    expect(logged).toHaveLength(1)
  })

  it('of another namespace is not read', () => {
    const { configs, set } = room()
    set('config-gc', { 'min-non-active-revisions': '3' }, 'default')
    expect(configs.gc().minNonActive).toBe(20)
  })

  it('keeps what it was parsed to until it changes', () => {
    const { configs, set } = room()
    set('config-network', { 'rollout-duration': '30' })
    expect(configs.network()).toBe(configs.network())
  })
})

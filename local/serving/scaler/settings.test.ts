import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { Settings } from './settings.ts'

function settingsWith(data: Record<string, string>) {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  const logged: string[] = []
  const log = (_: string, message: string) => void logged.push(message)
  return { store, data, logged, settings: new Settings({ store, log, config: () => data }) }
}

function deployment(progressDeadline: string): KubeObject {
  const metadata = { name: 'config-deployment', namespace: 'knative-serving' }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...{ data: { 'progress-deadline': progressDeadline } } }
}

describe('settings of scaling', () => {
  it('are those shipped until a ConfigMap says otherwise', () => {
    const { settings } = settingsWith({})
    expect([settings.autoscaler.stableWindowMs, settings.progressDeadlineMs]).toEqual([60_000, 600_000])
  })

  it('follow a change that is told of, and not before', () => {
    const { settings, data } = settingsWith({ 'stable-window': '30s' })
    data['stable-window'] = '40s'
    expect(settings.autoscaler.stableWindowMs).toBe(30_000)
    expect(settings.changed('config-autoscaler')).toBe(true)
    expect(settings.autoscaler.stableWindowMs).toBe(40_000)
  })

  it('stay as they are when the new ones cannot be taken, all of them, and the log names the key', () => {
    const { settings, data, logged } = settingsWith({ 'stable-window': '30s' })
    Object.assign(data, { 'stable-window': '40s', 'max-scale': 'many' })
    settings.changed('config-autoscaler')
    expect(settings.autoscaler.stableWindowMs).toBe(30_000)
    expect(logged).toEqual([
      expect.stringMatching(/^config-autoscaler: max-scale: .*the last good one stays in force$/),
    ])
  })

  it('that are bad from the start are those shipped', () => {
    const { settings, logged } = settingsWith({ 'tick-interval': '1ms' })
    expect([settings.autoscaler.tickMs, logged.length]).toEqual([2_000, 1])
  })

  it.each([
    ['2m', 120_000],
    ['soon', 600_000],
  ])('take a progress deadline of %s as %i ms', (text, expected) => {
    const { settings, store } = settingsWith({})
    store.create(deployment(text))
    expect([settings.changed('config-deployment'), settings.progressDeadlineMs]).toEqual([true, expected])
  })

  it('are not touched by other ConfigMaps', () => {
    expect(settingsWith({}).settings.changed('config-network')).toBe(false)
  })
})

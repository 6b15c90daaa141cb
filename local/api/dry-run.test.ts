import { describe, expect, it } from 'vitest'
import { FakeClock } from '../kernel/clock.ts'
import type { KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import { tried } from './dry-run.ts'

const clock = new FakeClock(Date.UTC(2026, 0, 1))
const random = seededRandom(7)
const thing = (name: string, size: number): KubeObject & { spec: { size: number } } => ({
  ...{ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace: 'app' }, spec: { size } },
})

function world() {
  const store = new ObjectStore({ clock, random })
  return { store, things: { group: 'example.com', kind: 'Thing' }, of: { store, clock, random } }
}

describe('a write that is tried', () => {
  it('gives what a new object would be, without a version, and stores nothing', () => {
    const { store, things, of } = world()
    const { metadata } = tried(thing('a', 1), of, trial => trial.create(thing('a', 1)))
    expect(metadata).toMatchObject({ name: 'a', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' })
    expect(metadata.resourceVersion).toBeUndefined()
    expect(store.list(things)).toEqual([])
  })

  it('gives what a stored object would become, under the version it keeps', () => {
    const { store, things, of } = world()
    const before = store.create(thing('a', 1))
    const changed = { ...before, spec: { size: 2 } }
    const after = tried(changed, of, trial => trial.update(changed))
    expect(after).toMatchObject({ spec: { size: 2 }, metadata: { generation: 2, resourceVersion: '1' } })
    expect(store.get(things, 'app', 'a')).toBe(before)
  })

  it('tells nobody, and counts no version', () => {
    const { store, of } = world()
    const told: string[] = []
    store.watch(({ type }) => told.push(type))
    tried(thing('a', 1), of, trial => trial.create(thing('a', 1)))
    expect([told, store.version]).toEqual([[], 0])
  })

  it('is refused as the real one would be', () => {
    const { store, of } = world()
    store.create(thing('a', 1))
    expect(() => tried(thing('a', 1), of, trial => trial.create(thing('a', 1)))).toThrow('already exists')
    expect(() => tried(thing('b', 1), of, trial => trial.update(thing('b', 1)))).toThrow('not found')
    const stale = { ...thing('a', 2), metadata: { name: 'a', namespace: 'app', resourceVersion: '99' } }
    expect(() => tried(stale, of, trial => trial.update(stale))).toThrow('the object has been modified')
  })
})

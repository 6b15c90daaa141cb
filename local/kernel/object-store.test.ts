import { describe, expect, it } from 'vitest'
import { FakeClock } from './clock.ts'
import { StatusError } from './errors.ts'
import { type KubeObject, keyOf, ownedBy } from './object.ts'
import { ObjectStore, type StoreEvent } from './object-store.ts'
import { seededRandom } from './random.ts'

interface Thing extends KubeObject {
  spec: { size: number }
  status?: { seen: number }
}

const things = { group: 'example.com', kind: 'Thing' }

function thing(name: string, size = 1): Thing {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace: 'app' }, spec: { size } }
}

function newStore() {
  return new ObjectStore({ clock: new FakeClock(Date.UTC(2026, 0, 1)), random: seededRandom(7) })
}

function reasonOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof StatusError) return error.reason
    throw error
  }
  return 'none'
}

describe('writing', () => {
  it('gives a created object uid, version, generation 1 and the time', () => {
    const created = newStore().create(thing('a'))
    expect(created.metadata).toMatchObject({
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    })
    expect(created.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  })

  it('appends five characters to generateName', () => {
    const draft = { ...thing(''), metadata: { name: '', generateName: 'a-', namespace: 'app' } }
    expect(newStore().create(draft).metadata.name).toMatch(/^a-[b-z2-9]{5}$/)
  })

  it('refuses a second object of the same name', () => {
    const store = newStore()
    store.create(thing('a'))
    expect(() => store.create(thing('a'))).toThrow('things.example.com "a" already exists')
  })

  it('counts the generation with the spec, not with labels', () => {
    const store = newStore()
    const created = store.create(thing('a'))
    const labelled = store.update({ ...created, metadata: { ...created.metadata, labels: { x: 'y' } } })
    expect(labelled.metadata).toMatchObject({ generation: 1, resourceVersion: '2' })
    expect(store.update({ ...labelled, spec: { size: 2 } }).metadata).toMatchObject({
      generation: 2,
      resourceVersion: '3',
    })
  })

  it('writes nothing when nothing changed', () => {
    const store = newStore()
    const created = store.create(thing('a'))
    expect(store.update(structuredClone(created))).toBe(created)
    expect(store.version).toBe(1)
  })

  it('refuses an update of a stale version', () => {
    const store = newStore()
    const stale = store.create(thing('a'))
    store.update({ ...stale, spec: { size: 2 } })
    expect(reasonOf(() => store.update({ ...stale, spec: { size: 3 } }))).toBe('Conflict')
  })

  it('keeps status on update and spec on updateStatus', () => {
    const store = newStore()
    store.create(thing('a'))
    store.updateStatus({ ...thing('a', 99), status: { seen: 5 } })
    store.update(thing('a', 2))
    expect(store.get<Thing>(things, 'app', 'a')).toMatchObject({ spec: { size: 2 }, status: { seen: 5 } })
  })

  it('hands out objects nobody can change', () => {
    const created = newStore().create(thing('a'))
    expect(() => {
      created.spec.size = 3
    }).toThrow(TypeError)
  })
})

describe('deleting', () => {
  it('removes at once without finalizers and says NotFound afterwards', () => {
    const store = newStore()
    const key = keyOf(store.create(thing('a')))
    store.delete(key)
    expect(store.get(things, 'app', 'a')).toBeUndefined()
    expect(() => store.delete(key)).toThrow('things.example.com "a" not found')
  })

  it('marks while a finalizer stands and removes with the last one', () => {
    const store = newStore()
    const draft = thing('a')
    draft.metadata.finalizers = ['hold']
    const marked = store.delete(keyOf(store.create(draft)))
    expect(marked.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z')
    store.update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } })
    expect(store.get(things, 'app', 'a')).toBeUndefined()
  })

  it('takes dependents along, and their dependents', () => {
    const store = newStore()
    const parent = store.create(thing('parent'))
    const childDraft = thing('child')
    childDraft.metadata.ownerReferences = [ownedBy(parent)]
    const child = store.create(childDraft)
    const grandchild = thing('grandchild')
    grandchild.metadata.ownerReferences = [ownedBy(child)]
    store.create(grandchild)
    store.delete(keyOf(parent))
    expect(store.list(things)).toEqual([])
  })

  it('leaves dependents alive when asked to orphan them', () => {
    const store = newStore()
    const parent = store.create(thing('parent'))
    const child = thing('child')
    child.metadata.ownerReferences = [ownedBy(parent)]
    store.create(child)
    store.delete(keyOf(parent), { orphan: true })
    expect(store.get(things, 'app', 'child')?.metadata.ownerReferences).toEqual([])
  })

  it('refuses when the uid is another one', () => {
    const store = newStore()
    const key = keyOf(store.create(thing('a')))
    expect(reasonOf(() => store.delete(key, { uid: 'other' }))).toBe('Conflict')
  })
})

describe('watching', () => {
  it('tells every change in order, a deletion with a version of its own', () => {
    const store = newStore()
    const seen: string[] = []
    const stop = store.watch(
      ({ type, object, version }) => void seen.push(`${type} ${object.metadata.name} ${version}`),
    )
    const created = store.create(thing('a'))
    store.update({ ...created, spec: { size: 2 } })
    store.delete(keyOf(created))
    stop()
    store.create(thing('b'))
    expect(seen).toEqual(['ADDED a 1', 'MODIFIED a 2', 'DELETED a 3'])
  })

  it('replays what came after a version, and knows when it no longer can', () => {
    const store = newStore()
    for (let size = 0; size < 12_000; size++)
      size === 0 ? store.create(thing('a', size)) : store.update(thing('a', size))
    expect(store.since(store.version - 2)?.map(event => event.version)).toEqual([11_999, 12_000])
    expect(store.since(store.version)).toEqual([])
    expect(store.since(1)).toBeUndefined()
    expect(store.since(store.version + 1)).toBeUndefined()
  })
})

describe('listing', () => {
  it('stays in order as objects come, change and go', () => {
    const store = newStore()
    const names = () => store.list(things).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
    const inNamespace = (namespace: string, name: string) => ({ ...thing(name), metadata: { name, namespace } })
    store.create(inNamespace('app-2', 'a'))
    store.create(inNamespace('app', 'c'))
    expect(names()).toEqual(['app/c', 'app-2/a'])
    store.create(inNamespace('app', 'b'))
    expect(names()).toEqual(['app/b', 'app/c', 'app-2/a'])
    store.update({ ...inNamespace('app', 'c'), spec: { size: 5 } })
    expect(store.list<Thing>(things).map(({ spec }) => spec.size)).toEqual([1, 5, 1])
    store.delete({ ...things, namespace: 'app', name: 'b' })
    expect(names()).toEqual(['app/c', 'app-2/a'])
  })

  it('sorts by namespace and name and selects by namespace and labels', () => {
    const store = newStore()
    store.create(thing('b'))
    store.create(thing('a'))
    const labelled = thing('c')
    labelled.metadata = { name: 'c', namespace: 'other', labels: { x: '1' } }
    store.create(labelled)
    const names = (options = {}) => store.list(things, options).map(one => one.metadata.name)
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(names({ namespace: 'other' })).toEqual(['c'])
    expect(names({ labels: { x: '1' } })).toEqual(['c'])
    expect(names({ labels: { x: '2' } })).toEqual([])
  })
})

it('starts from what was persisted and saves each change', () => {
  const saved: StoreEvent[] = []
  const earlier = newStore().create(thing('old'))
  const persistence = {
    load: () => ({ objects: [earlier], version: 41 }),
    save: (event: StoreEvent) => void saved.push(event),
  }
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1), persistence })
  store.create(thing('new'))
  expect(store.list(things).map(one => one.metadata.name)).toEqual(['new', 'old'])
  expect(saved.map(event => event.version)).toEqual([42])
})

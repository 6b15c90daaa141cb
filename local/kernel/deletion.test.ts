import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from './clock.ts'
import { type KubeObject, type ObjectMeta, ownedBy } from './object.ts'
import { ObjectStore } from './object-store.ts'
import { seededRandom } from './random.ts'
import { stableUid } from './stable-uid.ts'

const kind = { group: 'toys.example.com', kind: 'Toy' }
const key = (name: string) => ({ ...kind, namespace: 'app', name })
let store: ObjectStore
let told: string[]

beforeEach(() => {
  store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  told = []
  store.watch(({ type, object }) => told.push(`${type} ${object.metadata.name}`))
})

const add = (name: string, metadata: Partial<ObjectMeta> = {}, ...owners: KubeObject[]): KubeObject =>
  store.create({
    apiVersion: 'toys.example.com/v1',
    kind: 'Toy',
    metadata: { name, namespace: 'app', ...metadata, ownerReferences: owners.map(ownedBy) },
  })
const find = (name: string) => store.get(kind, 'app', name)
const names = () => store.list(kind).map(one => one.metadata.name)
const finish = (name: string) => {
  const found = find(name) as KubeObject
  store.update({ ...found, metadata: { ...found.metadata, finalizers: [] } })
}

describe('deleting an owner', () => {
  it('in the background takes it first, then what it owns, and what that owns', () => {
    const owner = add('owner')
    add('grandchild', {}, add('child', {}, owner))
    told.length = 0
    store.delete(key('owner'))
    expect(told).toEqual(['DELETED owner', 'DELETED child', 'DELETED grandchild'])
  })

  it('in the foreground takes what it owns first', () => {
    const owner = add('owner')
    add('grandchild', {}, add('child', {}, owner))
    told.length = 0
    const marked = store.delete(key('owner'), { foreground: true })
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['foregroundDeletion'],
    })
    expect(told.filter(one => one.startsWith('DELETED'))).toEqual([
      'DELETED grandchild',
      'DELETED child',
      'DELETED owner',
    ])
  })

  it('in the foreground waits for finalizers of what it owns', () => {
    const owner = add('owner')
    add('child', { finalizers: ['example.com/wait'] }, owner)
    store.delete(key('owner'), { foreground: true })
    expect(names()).toEqual(['child', 'owner'])
    finish('child')
    expect(names()).toEqual([])
  })

  it('in the foreground without anything owned is over at once', () => {
    add('owner')
    store.delete(key('owner'), { foreground: true })
    expect(names()).toEqual([])
  })

  it('leaves orphans without that owner', () => {
    const owner = add('owner')
    add('child', {}, owner)
    store.delete(key('owner'), { orphan: true })
    expect(find('child')?.metadata.ownerReferences).toEqual([])
  })

  it('leaves what another owner holds', () => {
    const [one, two] = [add('one'), add('two')]
    add('shared', {}, one, two)
    store.delete(key('one'))
    expect(find('shared')?.metadata.ownerReferences).toEqual([ownedBy(two)])
    store.delete(key('two'))
    expect(names()).toEqual([])
  })

  it('does not count an owner of that name which is another one', () => {
    const one = add('one')
    const stranger = { ...add('two'), metadata: { name: 'two', namespace: 'app', uid: 'gone' } }
    add('child', {}, one, stranger)
    store.delete(key('one'))
    expect(names()).toEqual(['two'])
  })

  it('is marked once, and goes with its last finalizer', () => {
    add('a', { finalizers: ['x/1', 'x/2'] })
    const marked = store.delete(key('a'))
    expect(store.delete(key('a'))).toBe(marked)
    store.update({ ...marked, metadata: { ...marked.metadata, finalizers: ['x/2'] } })
    expect(names()).toEqual(['a'])
    finish('a')
    expect(names()).toEqual([])
  })
})

describe('generations', () => {
  it('are counted for every kind but those of the core group', () => {
    const map = store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', generation: 7 } })
    expect(map.metadata).not.toHaveProperty('generation')
    const changed = store.update({ ...map, data: { a: '1' } } as KubeObject)
    expect(changed.metadata.generation).toBeUndefined()
    expect(add('a').metadata.generation).toBe(1)
    expect(
      store.create<KubeObject>({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }).metadata.generation,
    ).toBe(1)
  })
})

it('a stable uid is a UUID, the same for the same text', () => {
  expect(stableUid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(stableUid('a')).toBe(stableUid('a'))
  expect(stableUid('b')).not.toBe(stableUid('a'))
})

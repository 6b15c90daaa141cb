import { describe, expect, it } from 'vitest'
import type { KubeObject, OwnerReference } from './object.ts'
import { ObjectTable } from './object-table.ts'

const things = { group: 'example.com', kind: 'Thing' }
const apiVersion = 'example.com/v1'

function thing(place: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  const [namespace, name = ''] = place.split('/')
  return { apiVersion, kind: 'Thing', metadata: { name, ...(namespace ? { namespace } : {}), uid: place, ...more } }
}

const ownedBy = (place: string): OwnerReference => {
  const [, name = ''] = place.split('/')
  return { apiVersion, kind: 'Thing', name, uid: place }
}

function tableOf(...objects: KubeObject[]): ObjectTable {
  const table = new ObjectTable()
  for (const object of objects) table.put(object)
  return table
}

const placesOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.uid)

describe('a list', () => {
  it('goes by namespace, then by name, whatever came first', () => {
    const table = tableOf(thing('b/a'), thing('a-b/a'), thing('a/c'), thing('/z'), thing('a/b'))
    expect(placesOf(table.list(things, {}))).toEqual(['/z', 'a/b', 'a/c', 'a-b/a', 'b/a'])
  })

  it('of a namespace has nothing of one whose name begins alike', () => {
    const table = tableOf(thing('app/a'), thing('app-2/a'), thing('ap/a'))
    expect(placesOf(table.list(things, { namespace: 'app' }))).toEqual(['app/a'])
  })

  it('by labels has those that have them all', () => {
    const table = tableOf(thing('app/a', { labels: { x: '1', y: '2' } }), thing('app/b', { labels: { x: '1' } }))
    expect(placesOf(table.list(things, { labels: { x: '1', y: '2' } }))).toEqual(['app/a'])
  })

  it('follows what comes and goes after it was read once', () => {
    const table = tableOf(thing('app/b'))
    table.list(things, {})
    table.put(thing('app/a'))
    expect(placesOf(table.list(things, {}))).toEqual(['app/a', 'app/b'])
    table.drop(thing('app/b'))
    expect(placesOf(table.list(things, {}))).toEqual(['app/a'])
  })

  it('of a kind nobody has is empty', () => {
    expect(tableOf(thing('app/a')).list({ group: 'example.com', kind: 'Other' }, {})).toEqual([])
  })
})

it('an object stands in the place of its earlier state', () => {
  const table = tableOf(thing('app/a', { labels: { x: '1' } }), thing('app/a', { labels: { x: '2' } }))
  expect(table.list(things, {})).toHaveLength(1)
  expect(table.get(things, 'app', 'a')?.metadata.labels).toEqual({ x: '2' })
})

describe('owners', () => {
  it('have who names them, as it names them now', () => {
    const [owner, other] = [thing('app/owner'), thing('app/other')]
    const table = tableOf(owner, other, thing('app/a', { ownerReferences: [ownedBy('app/owner')] }))
    expect(table.dependentsOf(owner).map(({ name }) => name)).toEqual(['a'])
    table.put(thing('app/a', { ownerReferences: [ownedBy('app/other')] }))
    expect(table.dependentsOf(owner)).toEqual([])
    expect(table.dependentsOf(other).map(({ name }) => name)).toEqual(['a'])
    table.drop(thing('app/a', { ownerReferences: [ownedBy('app/other')] }))
    expect(table.dependentsOf(other)).toEqual([])
  })

  it.each([
    ['of the same namespace', 'app/owner', 'app/owner', true],
    ['of no namespace', '/owner', '/owner', true],
    ['of another namespace is none', 'other/owner', 'other/owner', false],
    ['that was made anew under the name is none', 'app/owner', 'app/older', false],
  ])('%s', (_, place, uid, found) => {
    const owner = thing(place)
    const reference = { ...ownedBy(place), uid }
    expect(tableOf(owner).ownerOf(thing('app/a'), reference)).toBe(found ? owner : undefined)
  })
})

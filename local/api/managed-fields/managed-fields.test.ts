import { describe, expect, it } from 'vitest'
import type { FieldSet, Json, KubeObject, ManagedFields } from '../../kernel/object.ts'
import type { ListKeys } from '../list-keys.ts'
import { applyFields } from './apply.ts'
import {
  fieldSetOf,
  formatPath,
  holds,
  leavesOf,
  minus,
  names,
  setOfLeaves,
  valueAt,
  withoutLeaf,
} from './field-set.ts'
import { afterUpdate, managedSetOf, type Writer } from './managers.ts'

const keys: ListKeys = { 'spec.ports': ['port', 'protocol'], 'spec.tags': [] }

describe('a set of fields', () => {
  it.each<[string, Json, FieldSet]>([
    ['of plain fields', { a: 1, b: { c: 'x' } }, { 'f:a': {}, 'f:b': { 'f:c': {} } }],
    ['of an empty object is the object itself', { a: {} }, { 'f:a': {} }],
    ['of a list without keys is the list', { spec: { args: ['x'] } }, { 'f:spec': { 'f:args': {} } }],
    [
      'of a list with keys is its items',
      { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] } },
      {
        'f:spec': {
          'f:ports': {
            'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:name': {} },
          },
        },
      },
    ],
    [
      'names a port without a protocol as the TCP it is',
      { spec: { ports: [{ port: 80 }] } },
      {
        'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
      },
    ],
    [
      'names only the keys an item has',
      { spec: { ports: [{ protocol: 'UDP' }] } },
      {
        'f:spec': { 'f:ports': { 'k:{"protocol":"UDP"}': { '.': {}, 'f:protocol': {} } } },
      },
    ],
    [
      'of a set is its values',
      { spec: { tags: ['x', 'y'] } },
      { 'f:spec': { 'f:tags': { 'v:"x"': {}, 'v:"y"': {} } } },
    ],
  ])('%s', (_, value, set) => {
    expect(fieldSetOf(value, keys)).toEqual(set)
    expect(setOfLeaves(leavesOf(set))).toEqual(set)
  })

  const port = 'k:{"port":80}'
  it.each<[string, FieldSet, string[], boolean]>([
    ['a leaf', { 'f:a': {} }, ['f:a'], true],
    ['what lies below a leaf', { 'f:a': {} }, ['f:a', 'f:b'], true],
    ['what lies above a leaf', { 'f:a': { 'f:b': {} } }, ['f:a'], true],
    ['not a neighbour', { 'f:a': { 'f:b': {} } }, ['f:a', 'f:c'], false],
    ['nothing when empty', {}, ['f:a'], false],
  ])('holds %s', (_, set, leaf, wanted) => expect(holds(set, leaf)).toBe(wanted))

  it.each<[string[], boolean]>([
    [['f:a'], true],
    [['f:a', 'f:b'], true],
    [['f:a', 'f:b', 'f:c'], false],
    [['f:c'], false],
  ])('names %j: %s', (leaf, wanted) => expect(names({ 'f:a': { 'f:b': {} } }, leaf)).toBe(wanted))

  it('loses what another has', () => {
    const set = { 'f:a': { 'f:b': {}, 'f:c': {} }, 'f:d': {} }
    expect(minus(set, { 'f:a': { 'f:b': {} } })).toEqual({ 'f:a': { 'f:c': {} }, 'f:d': {} })
    expect(minus(set, set)).toEqual({})
  })

  it.each<[string[], string]>([
    [['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'], '.spec.ports[port=80,protocol="TCP"].name'],
    [['f:metadata', 'f:finalizers', 'v:"a/b"'], '.metadata.finalizers[="a/b"]'],
    [['f:spec', 'f:ports', port, '.'], '.spec.ports[port=80]'],
  ])('%j reads as %s', (path, text) => expect(formatPath(path)).toBe(text))

  it.each<[string[], Json | undefined]>([
    [['f:spec', 'f:ports', port, 'f:name'], 'a'],
    [['f:spec', 'f:ports', 'k:{"port":81}'], undefined],
    [['f:spec', 'f:tags', 'v:"x"'], 'x'],
    [['f:spec', 'f:nothing', 'f:below'], undefined],
    [['f:toString'], undefined],
  ])('finds what stands at %j', (path, value) => {
    expect(valueAt({ spec: { ports: [{ port: 80, name: 'a' }], tags: ['x'] } }, path)).toEqual(value)
  })

  it.each<[string[], Json]>([
    [['f:a', 'f:b'], { a: {}, list: [{ port: 80, name: 'n' }] }],
    [['f:list', port, 'f:name'], { a: { b: 1 }, list: [{ port: 80 }] }],
    [['f:list', port, '.'], { a: { b: 1 }, list: [] }],
    [['f:none', 'f:b'], { a: { b: 1 }, list: [{ port: 80, name: 'n' }] }],
  ])('goes without %j', (path, left) => {
    expect(withoutLeaf({ a: { b: 1 }, list: [{ port: 80, name: 'n' }] }, path)).toEqual(left)
  })
})

const object = (data: Record<string, Json>, managedFields?: ManagedFields[]) =>
  ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data },
    metadata: { name: 'a', uid: 'u', ...(managedFields ? { managedFields } : {}) },
  }) as unknown as KubeObject
const writer = (manager: string, operation: Writer['operation'] = 'Apply', now = 0): Writer => ({
  ...{ manager, operation, apiVersion: 'v1', now },
})
const apply = (current: KubeObject, data: Record<string, Json>, by: Writer, force = false) =>
  applyFields(current, object(data), keys, by, force) as KubeObject & { data: Record<string, Json> }
const managersOf = ({ metadata }: KubeObject) =>
  Object.fromEntries((metadata.managedFields ?? []).map(one => [one.manager, one.fieldsV1]))

describe('server-side apply', () => {
  const first = apply(object({}), { a: '1', b: '2' }, writer('one'))

  it('records what was applied, and nothing the server decides', () => {
    expect(first.data).toEqual({ a: '1', b: '2' })
    expect(first.metadata.managedFields).toEqual([
      {
        ...{ manager: 'one', operation: 'Apply', apiVersion: 'v1', time: '1970-01-01T00:00:00Z' },
        ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } },
      },
    ])
  })

  it('takes away what its manager applied before and wants no more', () => {
    const second = apply(first, { a: '1' }, writer('one'))
    expect(second.data).toEqual({ a: '1' })
    expect(managersOf(second)).toEqual({ one: { 'f:data': { 'f:a': {} } } })
  })

  it('keeps what others manage too', () => {
    const shared = apply(first, { b: '2' }, writer('two'))
    expect(managersOf(shared)).toMatchObject({ one: { 'f:data': { 'f:b': {} } }, two: { 'f:data': { 'f:b': {} } } })
    expect(apply(shared, { a: '1' }, writer('one')).data).toEqual({ a: '1', b: '2' })
  })

  it('keeps the time of an apply that changes nothing', () => {
    expect(apply(first, { a: '1', b: '2' }, writer('one', 'Apply', 60_000))).toEqual(first)
  })

  it('refuses to change what others manage, in the words of Kubernetes', () => {
    expect(() => apply(first, { a: '9' }, writer('two'))).toThrow(
      'Apply failed with 1 conflict: conflict with "one": .data.a',
    )
    expect(() => apply(first, { a: '9', b: '9' }, writer('two'))).toThrow(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
    )
  })

  it('says when and how another wrote that did not apply', () => {
    const entry = { ...(first.metadata.managedFields?.[0] as ManagedFields), operation: 'Update' as const }
    const updated = object({ a: '1' }, [{ ...entry, subresource: 'status' }])
    expect(() => apply(updated, { a: '2' }, writer('two'))).toThrow(
      'conflict with "one" with subresource "status" using v1 at 1970-01-01T00:00:00Z: .data.a',
    )
  })

  it('names each conflict as a cause', () => {
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }]
    expect(() => apply(first, { a: '9' }, writer('two'))).toThrow(
      expect.objectContaining({ reason: 'Conflict', details: { causes } }),
    )
  })

  it('of nothing into what others fill is no conflict', () => {
    expect(apply(first, {}, writer('two')).data).toEqual({ a: '1', b: '2' })
  })

  it('takes them over by force', () => {
    const forced = apply(first, { a: '9' }, writer('two'), true)
    expect(forced.data).toEqual({ a: '9', b: '2' })
    expect(managersOf(forced)).toEqual({ one: { 'f:data': { 'f:b': {} } }, two: { 'f:data': { 'f:a': {} } } })
  })

  it('merges lists by their keys', () => {
    const service = (ports: Json) => ({ ...object({}), spec: { ports } }) as unknown as KubeObject
    const current = service([{ port: 80, name: 'a' }])
    const wanted = service([{ port: 81 }, { port: 80, protocol: 'UDP' }])
    expect(applyFields(current, wanted, keys, writer('x'), true)).toMatchObject({
      spec: { ports: [{ port: 80, name: 'a' }, { port: 81 }, { port: 80, protocol: 'UDP' }] },
    })
  })

  it('knows a port that was given the protocol TCP since it was applied', () => {
    const service = (ports: Json) => ({ ...object({}), spec: { ports } }) as unknown as KubeObject
    const current = service([{ port: 80, name: 'a', protocol: 'TCP' }])
    expect(applyFields(current, service([{ port: 80, name: 'b' }]), keys, writer('x'), true)).toMatchObject({
      spec: { ports: [{ port: 80, name: 'b', protocol: 'TCP' }] },
    })
  })
})

describe('a plain write', () => {
  const before = apply(object({}), { a: '1', b: '2' }, writer('one'))
  const entries = before.metadata.managedFields ?? []
  const update = (data: Record<string, Json>, by = writer('two', 'Update')) =>
    Object.fromEntries(
      afterUpdate(entries, before, object(data), keys, by).map(one => [
        `${one.manager} ${one.operation}`,
        one.fieldsV1,
      ]),
    )

  it.each<[string, Record<string, Json>, Record<string, FieldSet>]>([
    [
      'takes what it changes',
      { a: '9', b: '2' },
      {
        'one Apply': { 'f:data': { 'f:b': {} } },
        'two Update': { 'f:data': { 'f:a': {} } },
      },
    ],
    [
      'takes what it adds',
      { a: '1', b: '2', c: '3' },
      {
        'one Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } },
        'two Update': { 'f:data': { 'f:c': {} } },
      },
    ],
    ['leaves nobody what it removes', { a: '1' }, { 'one Apply': { 'f:data': { 'f:a': {} } } }],
    [
      'that changes nothing is not recorded',
      { a: '1', b: '2' },
      { 'one Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } } },
    ],
    [
      'drops who manages nothing any more',
      { a: '8', b: '9' },
      { 'two Update': { 'f:data': { 'f:a': {}, 'f:b': {} } } },
    ],
  ])('%s', (_, data, wanted) => expect(update(data)).toEqual(wanted))

  it('of a new object is all its writer’s', () => {
    const [entry] = afterUpdate([], undefined, object({ a: '1' }), keys, writer('me', 'Update'))
    expect(entry).toMatchObject({ manager: 'me', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } })
  })

  it('manages labels, and not what the server decides', () => {
    const labelled = { ...object({}), metadata: { name: 'a', uid: 'u', generation: 1, labels: { x: 'y' } } }
    expect(managedSetOf(labelled, keys)).toEqual({ 'f:data': {}, 'f:metadata': { 'f:labels': { 'f:x': {} } } })
  })
})

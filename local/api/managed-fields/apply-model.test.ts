// Rules of server-side apply that hold for any fields and any order of writers.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, KubeObject } from '../../kernel/object.ts'
import { applyFields } from './apply.ts'
import { fieldSetOf, holds, leavesOf, minus, setOfLeaves, valueAt } from './field-set.ts'
import { afterUpdate, type Writer } from './managers.ts'

const keys = { 'spec.ports': ['port'], 'spec.tags': [] }
const text = fc.constantFrom('x', 'y', 'z')
const fields = fc.record(
  {
    data: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), text, { maxKeys: 4 }),
    spec: fc.record(
      {
        ports: fc.uniqueArray(fc.record({ port: fc.integer({ min: 1, max: 3 }), name: text }), {
          selector: ({ port }) => port,
        }),
        tags: fc.uniqueArray(text),
        args: fc.array(text, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

const objectOf = (content: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Toy', metadata: { name: 'a' }, ...content }) as KubeObject
const writer = (manager: string): Writer => ({ manager, operation: 'Apply', apiVersion: 'v1', now: 0 })
const apply = (current: KubeObject, content: object, manager: string, force = false) =>
  applyFields(current, objectOf(content), keys, writer(manager), force)
/** The leaves that say a value: nothing at all is merged, and so says nothing, but for the list that is replaced. */
const valuesOf = (content: object) =>
  leavesOf(fieldSetOf(content as Json, keys)).filter(leaf => {
    const value = valueAt(content as Json, leaf)
    return leaf.at(-1) === 'f:args' || typeof value !== 'object' || value === null || Object.keys(value).length > 0
  })
const always = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: 300, seed: 7 })

describe('sets of fields', () => {
  it('hold every leaf they are made of, and nothing once it is taken away', () => {
    always(fields, content => {
      const set = fieldSetOf(content as Json, keys)
      for (const leaf of leavesOf(set)) expect(holds(set, leaf)).toBe(true)
      expect(setOfLeaves(leavesOf(set))).toEqual(set)
      expect(minus(set, set)).toEqual({})
    })
  })

  it('name fields that are there', () => {
    always(fields, content => {
      for (const leaf of leavesOf(fieldSetOf(content as Json, keys))) {
        expect(valueAt(content as Json, leaf)).not.toBeUndefined()
      }
    })
  })
})

describe('server-side apply', () => {
  it('done twice is done once', () => {
    always(fields, content => {
      const once = apply(objectOf({}), content, 'one')
      expect(apply(once, content, 'one')).toEqual(once)
    })
  })

  it('leaves what was wanted, by force over anything', () => {
    always(fc.tuple(fields, fields), ([first, second]) => {
      const applied = apply(apply(objectOf({}), first, 'one'), second, 'two', true)
      for (const leaf of valuesOf(second).filter(path => path.at(-1) !== '.')) {
        expect(valueAt(applied as unknown as Json, leaf)).toEqual(valueAt(second as Json, leaf))
      }
    })
  })

  it('of one manager after another’s wish is the later one alone', () => {
    always(fc.tuple(fields, fields), ([first, second]) => {
      const applied = apply(apply(objectOf({}), first, 'one'), second, 'one')
      const gone = leavesOf(minus(fieldSetOf(first as Json, keys), fieldSetOf(second as Json, keys)))
      for (const leaf of gone.filter(path => path.at(-1) !== '.')) {
        const value = valueAt(applied as unknown as Json, leaf)
        // Containers that this empties may stay.
        expect(value === undefined || Object.keys(value as object).length === 0).toBe(true)
      }
    })
  })

  it('of the same fields by two never conflicts, and both keep them', () => {
    always(fields, content => {
      fc.pre(valuesOf(content).length > 0)
      const shared = apply(apply(objectOf({}), content, 'one'), content, 'two')
      const sets = shared.metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1) ?? []
      expect(sets[1]).toEqual(sets[0])
    })
  })

  it('conflicts only where another wants another value', () => {
    always(fc.tuple(fields, fields), ([first, second]) => {
      const current = apply(objectOf({}), first, 'one')
      const mine = setOfLeaves(valuesOf(second))
      const differs = valuesOf(first).some(
        leaf =>
          holds(mine, leaf) &&
          JSON.stringify(valueAt(first as Json, leaf)) !== JSON.stringify(valueAt(second as Json, leaf)),
      )
      if (!differs) expect(() => apply(current, second, 'two')).not.toThrow()
    })
  })
})

describe('a plain write', () => {
  it('gives every changed field to its writer, and to nobody else', () => {
    always(fc.tuple(fields, fields), ([first, second]) => {
      const before = apply(objectOf({}), first, 'one')
      const by: Writer = { ...writer('two'), operation: 'Update' }
      const entries = afterUpdate(before.metadata.managedFields ?? [], before, objectOf(second), keys, by)
      for (const { manager, fieldsV1 } of entries.filter(one => one.manager === 'one')) {
        for (const leaf of leavesOf(fieldsV1).filter(path => path.at(-1) !== '.')) {
          const [old, now] = [first, second].map(content => valueAt(content as Json, leaf))
          expect({ manager, leaf, value: now }).toEqual({ manager, leaf, value: old })
        }
      }
    })
  })
})

// What every store does alike: run over each adapter, each opened twice over the same data as by two instances.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { change, type Document, KeyTaken, type Store } from './store.ts'

export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(`a store: ${name}`, () => {
    let one: Store
    let other: Store
    // Each row works in collections of its own, for a server keeps what another row wrote.
    let things = ''
    let rows = 0
    beforeEach(async () => {
      things = `things-${Date.now()}-${rows++}`
      one = await open()
      other = await open()
    })
    afterEach(async () => {
      await one.close()
      await other.close()
    })
    const ids = (documents: Document[]) => documents.map(each => each._id)

    describe('documents', () => {
      it('come back as they were inserted, through another instance too', async () => {
        const document = {
          _id: '1',
          text: 'שָׁלוֹם',
          nested: { list: [1, null, true], 'a.b': 0.5 },
          cents: 9_007_199_254_740_991,
        }
        expect(await one.insert(things, document)).toBe(true)
        expect(await other.get(things, '1')).toEqual(document)
        expect(await other.list(things, 1)).toEqual([document])
      })

      it('are JSON: dates become strings, undefined fields are not there', async () => {
        await one.insert(things, { _id: '1', at: new Date(0), gone: undefined })
        expect(await one.get(things, '1')).toEqual({ _id: '1', at: '1970-01-01T00:00:00.000Z' })
        expect(Object.keys((await one.get(things, '1')) ?? {})).toEqual(['_id', 'at'])
      })

      it('are inserted once: the first one stands', async () => {
        const inserted = await Promise.all([
          one.insert(things, { _id: '1', by: 'one' }),
          other.insert(things, { _id: '1', by: 'other' }),
        ])
        expect(inserted.filter(Boolean)).toHaveLength(1)
        expect(await one.count(things)).toBe(1)
      })

      it('of one collection are not in another', async () => {
        await one.insert(things, { _id: '1' })
        expect(await one.get(`${things}-b`, '1')).toBeUndefined()
        expect(await one.insert(`${things}-b`, { _id: '1' })).toBe(true)
        expect(await one.count(things)).toBe(1)
        expect(await one.count(`${things}-c`)).toBe(0)
      })

      it('are listed the last inserted first, up to the limit', async () => {
        for (const _id of ['b', 'c', 'a']) await one.insert(things, { _id })
        await one.update(things, 'b', { touched: true })
        expect(ids(await other.list(things, 10))).toEqual(['a', 'c', 'b'])
        expect(ids(await other.list(things, 2))).toEqual(['a', 'c'])
        expect(await other.list(things, 0)).toEqual([])
      })

      it('are listed page by page', async () => {
        for (const _id of ['1', '2', '3', '4', '5']) await one.insert(things, { _id, odd: Number(_id) % 2 === 1 })
        expect(ids(await one.list(things, 2, { before: '4' }))).toEqual(['3', '2'])
        expect(ids(await one.list(things, 2, { before: '4', where: { odd: true } }))).toEqual(['3', '1'])
        expect(await one.list(things, 2, { before: 'none' })).toEqual([])
      })

      it.each<[string, Record<string, string | number | boolean | null>, string[]]>([
        ['a string', { text: 'x' }, ['1']],
        ['a number, which is no string of digits', { value: 1 }, ['1']],
        ['a string of digits', { value: '1' }, ['2']],
        ['a boolean, which is no number', { flag: true }, ['1']],
        ['null, which is also what is not there', { text: null }, ['3', '2']],
        ['two fields at once', { text: 'x', value: '1' }, []],
        ['what looks like an operator', { text: '{"$ne": ""}' }, []],
        ['nothing', {}, ['3', '2', '1']],
      ])('are selected and counted by %s', async (_what, where, found) => {
        await one.insert(things, { _id: '1', text: 'x', value: 1, flag: true })
        await one.insert(things, { _id: '2', text: null, value: '1', flag: 1 })
        await one.insert(things, { _id: '3' })
        expect(ids(await one.list(things, 10, { where }))).toEqual(found)
        expect(await one.count(things, where)).toBe(found.length)
      })

      it('are removed, on a condition too', async () => {
        await one.insert(things, { _id: '1', state: 'new' })
        expect(await one.remove(things, '1', { state: 'old' })).toBe(false)
        expect(await one.remove(things, '1', { state: 'new' })).toBe(true)
        expect(await one.remove(things, '1')).toBe(false)
        expect(await other.get(things, '1')).toBeUndefined()
      })

      it('are removed below a bound, those without a number staying', async () => {
        const ends = [1, 2, 3, '0', null]
        for (const [at, end] of ends.entries()) await one.insert(things, { _id: `${at}`, end })
        expect(await other.removeBelow(things, 'end', 3)).toBe(2)
        expect(ids(await one.list(things, 10))).toEqual(['4', '3', '2'])
      })

      it.each(['a.b', '$set', '_order'])('refuse a field called %s, inserted or set', async field => {
        await expect(one.insert(things, { _id: '1', [field]: 1 })).rejects.toThrow(TypeError)
        await expect(one.update(things, '1', { [field]: 1 })).rejects.toThrow(/is no name for a field/)
      })

      it('refuse collections and comparisons that are no plain names', async () => {
        await expect((async () => one.get("things' OR 1=1", '1'))()).rejects.toThrow(/names no collection/)
        await expect((async () => one.list(things, 1, { where: { "a') = 1 --": 1 } }))()).rejects.toThrow(
          /cannot be compared/,
        )
      })
    })

    describe('updates', () => {
      it('set fields, leaving the others and the id', async () => {
        await one.insert(things, { _id: '1', stays: 1, changes: 1, goes: 1 })
        const updated = { _id: '1', stays: 1, changes: { to: [2] } }
        expect(await other.update(things, '1', { changes: { to: [2] }, goes: undefined, _id: '9' })).toEqual(updated)
        expect(await one.get(things, '1')).toEqual(updated)
        expect(await one.update(things, '1', {})).toEqual(updated)
        expect(await one.update(things, 'none', { changes: 2 })).toBeUndefined()
      })

      it('on a condition happen only while it holds: of two racing, one wins', async () => {
        await one.insert(things, { _id: '1', state: 'new' })
        const races = [one, other].map((store, at) =>
          store.update(things, '1', { state: `taken by ${at}` }, { state: 'new' }),
        )
        const won = (await Promise.all(races)).filter(Boolean)
        expect(won).toHaveLength(1)
        expect(await one.get(things, '1')).toEqual(won[0])
      })

      it('compare whole values, and what is not there with undefined', async () => {
        await one.insert(things, { _id: '1', at: { shelf: 1 } })
        expect(await one.update(things, '1', { n: 1 }, { at: { shelf: 2 } })).toBeUndefined()
        expect(await one.update(things, '1', { n: 1 }, { at: { shelf: 1 }, n: undefined })).toMatchObject({ n: 1 })
        expect(await one.update(things, '1', { n: 2 }, { n: undefined })).toBeUndefined()
      })

      it('by a decision lose none of those that race', async () => {
        await one.insert(things, { _id: 'stock', left: 10 })
        const take = (store: Store) =>
          change<Document & { left: number }>(store, things, 'stock', ({ left }) =>
            left > 0 ? { left: left - 1 } : undefined,
          )
        const taken = await Promise.all(Array.from({ length: 14 }, (_, at) => take(at % 2 ? one : other)))
        expect(taken.filter(Boolean)).toHaveLength(10)
        expect(await one.get(things, 'stock')).toEqual({ _id: 'stock', left: 0, version: 10 })
      })
    })

    describe('unique fields', () => {
      beforeEach(async () => {
        await one.prepare(things, { unique: ['email'], indexed: ['city'] })
        await other.prepare(things, { unique: ['email'], indexed: ['city'] })
        await one.insert(things, { _id: '1', email: 'a@x.org', city: 'Rome' })
      })

      it('refuse a second document with the value, but any number without one', async () => {
        expect(await other.insert(things, { _id: '2', email: 'a@x.org' })).toBe(false)
        expect(await other.insert(things, { _id: '3', email: 'b@x.org' })).toBe(true)
        expect(await other.insert(things, { _id: '4' })).toBe(true)
        expect(await other.insert(things, { _id: '5' })).toBe(true)
        expect(ids(await one.list(things, 9, { where: { email: 'a@x.org' } }))).toEqual(['1'])
        expect(ids(await one.list(things, 9, { where: { city: 'Rome' } }))).toEqual(['1'])
      })

      it('refuse an update to a value that another has, and leave the document', async () => {
        await one.insert(things, { _id: '2', email: 'b@x.org' })
        await expect(one.update(things, '2', { email: 'a@x.org' })).rejects.toThrow(KeyTaken)
        expect(await one.get(things, '2')).toEqual({ _id: '2', email: 'b@x.org' })
      })

      it('are free again when the document goes, and of no meaning in another collection', async () => {
        await one.remove(things, '1')
        expect(await other.insert(things, { _id: '2', email: 'a@x.org' })).toBe(true)
        expect(await other.insert(`${things}-b`, { _id: '3', email: 'a@x.org' })).toBe(true)
        expect(await other.insert(`${things}-b`, { _id: '4', email: 'a@x.org' })).toBe(true)
      })

      it('cannot be asked for where documents contradict', async () => {
        await one.insert(things, { _id: '2', city: 'Rome' })
        await expect(one.prepare(things, { unique: ['city'] })).rejects.toThrow(KeyTaken)
      })
    })

    describe('logs', () => {
      it('give entries in the order they were appended, after a position', async () => {
        const positions = []
        for (const key of ['b', 'a', 'c']) positions.push(await one.append(things, key, { of: key }))
        expect([...positions].sort((a, b) => a - b)).toEqual(positions)
        const [first = 0, second = 0, third = 0] = positions
        expect(await other.read(things, 0, 2)).toEqual([
          { position: first, key: 'b', entry: { of: 'b' } },
          { position: second, key: 'a', entry: { of: 'a' } },
        ])
        expect((await other.read(things, second, 10)).map(each => each.key)).toEqual(['c'])
        expect(await other.read(things, third, 10)).toEqual([])
        expect(await other.last(things)).toBe(third)
        expect(await other.last(`${things}-b`)).toBe(0)
      })

      it('take a key once, and say where it stands', async () => {
        const first = await one.append(things, 'a', 1)
        expect(await other.append(things, 'a', 2)).toBe(first)
        expect(await one.read(things, 0, 10)).toEqual([{ position: first, key: 'a', entry: 1 }])
        expect(await one.append(`${things}-b`, 'a', null)).toBeGreaterThan(0)
      })

      it('take from many at once, and nothing appears behind what was read', async () => {
        const seen: string[] = []
        let done = false
        const reader = (async () => {
          for (let after = 0; !done || (await other.last(things)) > after; ) {
            const entries = await other.read(things, after, 7)
            seen.push(...entries.map(each => each.key))
            after = entries.at(-1)?.position ?? after
          }
        })()
        const keys = Array.from({ length: 40 }, (_, at) => `${at}`)
        await Promise.all(keys.map((key, at) => (at % 2 ? one : other).append(things, key, at)))
        done = true
        await reader
        expect([...seen].sort()).toEqual([...keys].sort())
      })

      it('are trimmed up to a position, and go on where they were', async () => {
        const positions = []
        for (const key of ['a', 'b', 'c']) positions.push(await one.append(things, key, key))
        await other.trim(things, positions[0] ?? 0)
        expect((await one.read(things, 0, 10)).map(each => each.key)).toEqual(['b', 'c'])
        await other.trim(things, Number.MAX_SAFE_INTEGER)
        expect((await one.read(things, 0, 10)).map(each => each.key)).toEqual(['c'])
        expect(await one.append(things, 'd', 'd')).toBeGreaterThan(positions[2] ?? 0)
      })
    })
  })
}

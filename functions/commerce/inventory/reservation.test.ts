import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../lib/sqlite-store.ts'
import type { Store } from '../../lib/store.ts'
import { move, moved, type Product } from './movement.ts'
import { release, reserve, sell, takeBack } from './reservation.ts'

const mug: Product = { _id: 'mug', title: 'Mug', price: 1, stock: 10, held: 0, sold: 0, digital: false, recent: [] }
let store: Store
beforeEach(async () => {
  store = await openSqliteStore(':memory:')
  await store.insert('products', mug)
  await store.insert('products', { ...mug, _id: 'pen', stock: 2 })
})
afterEach(() => store.close())

async function places(sku = 'mug') {
  const { stock, held, sold } = (await store.get('products', sku)) as Product
  return { stock, held, sold }
}

describe('a reservation', () => {
  it('holds all of it, or nothing', async () => {
    expect(
      await reserve(store, 'o1', [
        { sku: 'mug', quantity: 4 },
        { sku: 'pen', quantity: 2 },
      ]),
    ).toBe(true)
    expect(await places()).toEqual({ stock: 6, held: 4, sold: 0 })
    expect(
      await reserve(store, 'o2', [
        { sku: 'mug', quantity: 1 },
        { sku: 'pen', quantity: 1 },
      ]),
    ).toBe(false)
    expect(await places()).toEqual({ stock: 6, held: 4, sold: 0 })
  })

  it('says the same again, and holds nothing more', async () => {
    const wanted = [{ sku: 'mug', quantity: 4 }]
    expect(await Promise.all([1, 2, 3].map(() => reserve(store, 'o1', wanted)))).toEqual([true, true, true])
    expect(await places()).toEqual({ stock: 6, held: 4, sold: 0 })
  })

  it('counts lines with one product together', async () => {
    expect(
      await reserve(store, 'o1', [
        { sku: 'pen', quantity: 1 },
        { sku: 'pen', quantity: 2 },
      ]),
    ).toBe(false)
    expect(await places('pen')).toEqual({ stock: 2, held: 0, sold: 0 })
  })

  it('of what nobody has is refused', async () => {
    expect(await reserve(store, 'o1', [{ sku: 'yacht', quantity: 1 }])).toBe(false)
  })

  it('is sold, and taken back, once each', async () => {
    await reserve(store, 'o1', [{ sku: 'mug', quantity: 4 }])
    await expect(takeBack(store, 'o1')).rejects.toThrow('RETURNED cannot follow RESERVED')
    for (let time = 0; time < 2; time++) await sell(store, 'o1')
    expect(await places()).toEqual({ stock: 6, held: 0, sold: 4 })
    for (let time = 0; time < 2; time++) await takeBack(store, 'o1')
    await sell(store, 'o1')
    expect(await places()).toEqual({ stock: 10, held: 0, sold: 0 })
  })

  it('is given back, unless the goods are gone', async () => {
    await reserve(store, 'o1', [{ sku: 'mug', quantity: 4 }])
    expect([await release(store, 'o1'), await release(store, 'o1')]).toEqual([true, true])
    expect(await places()).toEqual({ stock: 10, held: 0, sold: 0 })
    await reserve(store, 'o2', [{ sku: 'mug', quantity: 1 }])
    await sell(store, 'o2')
    expect(await release(store, 'o2')).toBe(false)
    expect(await places()).toEqual({ stock: 9, held: 0, sold: 1 })
  })

  it('that comes after its order was given up holds nothing', async () => {
    await release(store, 'o1')
    expect(await reserve(store, 'o1', [{ sku: 'mug', quantity: 4 }])).toBe(false)
    expect(await places()).toEqual({ stock: 10, held: 0, sold: 0 })
  })

  it('loses no piece, whatever happens in whatever order, and however often', async () => {
    let seed = 5
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const orders = Array.from({ length: 12 }, (_, index) => `o${index}`)
    const steps = [
      (id: string) =>
        reserve(store, id, [
          { sku: 'mug', quantity: 1 },
          { sku: 'pen', quantity: 1 },
        ]),
      (id: string) => release(store, id),
      (id: string) => sell(store, id).catch(() => {}),
      (id: string) => takeBack(store, id).catch(() => {}),
    ]
    for (let round = 0; round < 60; round++) {
      await Promise.all(
        [1, 2, 3].map(async () => {
          const id = orders[Math.floor(random() * orders.length)] ?? ''
          await steps[Math.floor(random() * steps.length)]?.(id)
        }),
      )
      for (const [sku, all] of [
        ['mug', 10],
        ['pen', 2],
      ] as const) {
        const { stock, held, sold } = await places(sku)
        expect(stock + held + sold).toBe(all)
        expect(Math.min(stock, held, sold)).toBeGreaterThanOrEqual(0)
      }
    }
    for (const id of orders) await release(store, id)
    expect((await places()).held).toBe(0)
  })
})

describe('a movement', () => {
  it('is carried out once', async () => {
    const movement = { subject: 'delivery-7', sku: 'mug', kind: 'restock', quantity: 5 } as const
    expect(await Promise.all([1, 2, 3].map(() => move(store, movement)))).toEqual(['done', 'done', 'done'])
    expect((await places()).stock).toBe(15)
  })

  it('that was refused stays so, even if there would be enough by now', async () => {
    const movement = { subject: 'o1', sku: 'mug', kind: 'hold', quantity: 11 } as const
    expect(await move(store, movement)).toBe('refused')
    await move(store, { subject: 'd', sku: 'mug', kind: 'restock', quantity: 5 })
    expect(await move(store, movement)).toBe('refused')
  })

  it('interrupted after it was applied is finished, not repeated', async () => {
    const movement = { subject: 'o1', sku: 'mug', kind: 'hold', quantity: 3 } as const
    await store.insert('movements', { _id: 'hold:o1:mug', ...movement, outcome: 'open' })
    await store.update('products', 'mug', moved(mug, movement) ?? {})
    expect(await move(store, movement)).toBe('done')
    expect(await places()).toEqual({ stock: 7, held: 3, sold: 0 })
  })

  it('remembers so many of the latest, and no more', () => {
    const recent = Array.from({ length: 500 }, (_, index) => `hold:o${index}:mug`)
    const product = { ...mug, recent }
    expect(moved(product, { subject: 'new', sku: 'mug', kind: 'hold', quantity: 1 })?.recent).toHaveLength(500)
    expect(moved(product, { subject: 'o499', sku: 'mug', kind: 'hold', quantity: 1 })).toBeUndefined()
  })
})

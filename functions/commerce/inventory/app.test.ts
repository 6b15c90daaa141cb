import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices, orderData } from '../services-under-test.ts'

const opened = () => openServices(['inventory'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

interface Counts {
  stock: number
  held: number
  sold: number
}
const ask = <T>(query: string, variables?: object) => shop.ask<T>('inventory', query, variables)
const countsOf = async (sku: string) =>
  (await ask<{ product: Counts }>('query ($sku: ID!) { product(sku: $sku) { stock held sold } }', { sku })).data.product
const reserve = async (orderId: string, lines: object) =>
  ask<{ reserve: boolean }>(
    'mutation ($orderId: ID!, $lines: [Wanted!]!) { reserve(orderId: $orderId, lines: $lines) }',
    { orderId, lines },
  )
const restock = async (sku: string, quantity: number, key?: string) =>
  ask<{ restock: { stock: number } }>(
    'mutation ($sku: ID!, $quantity: Int!, $key: String) { restock(sku: $sku, quantity: $quantity, key: $key) { stock } }',
    { sku, quantity, key },
  )
const events = (type: string, data: object | string) => shop.deliver('inventory', '/events', { type, data })

describe('the shelves', () => {
  it.each([
    ['', ['mug', 'lamp', 'poster', 'ebook', 'sticker']],
    ['(first: 2)', ['mug', 'lamp']],
    ['(first: 0)', []],
    ['(first: -3)', []],
    ['(first: 2147483647)', ['mug', 'lamp', 'poster', 'ebook', 'sticker']],
    ['(first: null)', ['mug', 'lamp', 'poster', 'ebook', 'sticker']],
  ])('%s: %j', async (args, skus) => {
    const { data } = await ask<{ products: { sku: string }[] }>(`{ products${args} { sku } }`)
    expect(data.products.map(({ sku }) => sku)).toEqual(skus)
  })

  it('say nothing of what is not on them, and keep the places of a batch', async () => {
    const { data } = await ask(
      '{ product(sku: "unicorn 🦄") { sku } _products(skus: ["lamp", "", "mug", "lamp"]) { sku } }',
    )
    expect(data).toEqual({ product: null, _products: [{ sku: 'lamp' }, null, { sku: 'mug' }, { sku: 'lamp' }] })
  })
})

describe('setting pieces aside', () => {
  it('gives the last ones to as many as there are, of all who ask at once', async () => {
    const asked = Array.from({ length: 25 }, (_, index) => reserve(`o${index}`, [{ sku: 'poster', quantity: 1 }]))
    const got = (await Promise.all(asked)).filter(({ data }) => data.reserve)
    expect(got).toHaveLength(3)
    expect(await countsOf('poster')).toEqual({ stock: 0, held: 3, sold: 0 })
  })

  it('is all or nothing when many want the same two things in another order', async () => {
    const lines = [
      { sku: 'poster', quantity: 1 },
      { sku: 'lamp', quantity: 10 },
    ]
    const asked = Array.from({ length: 10 }, (_, index) => reserve(`o${index}`, index % 2 ? lines : lines.toReversed()))
    const got = (await Promise.all(asked)).filter(({ data }) => data.reserve).length
    expect(got).toBeLessThanOrEqual(2)
    expect(await countsOf('poster')).toEqual({ stock: 3 - got, held: got, sold: 0 })
    expect(await countsOf('lamp')).toEqual({ stock: 25 - 10 * got, held: 10 * got, sold: 0 })
  })

  it('for one order that asks many times at once is done once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => reserve('Bestellung №1', [{ sku: 'lamp', quantity: 2 }])))
    expect(await countsOf('lamp')).toEqual({ stock: 23, held: 2, sold: 0 })
  })

  it('and giving back at the same time ends as one of the two', async () => {
    for (let round = 0; round < 10; round++) {
      const order = `o${round}`
      await Promise.all([
        reserve(order, [{ sku: 'lamp', quantity: 1 }]),
        ask('mutation ($id: ID!) { release(orderId: $id) }', { id: order }),
      ])
    }
    const { stock, held, sold } = await countsOf('lamp')
    expect([stock + held, sold]).toEqual([25, 0])
    // A release that came first or last holds: nothing stays set aside.
    expect(held).toBe(0)
  })

  it.each([
    ['nothing', []],
    ['none', [{ sku: 'mug', quantity: 0 }]],
    [
      'less than none',
      [
        { sku: 'mug', quantity: 1 },
        { sku: 'lamp', quantity: -1 },
      ],
    ],
  ])('of %s is refused, and does not stand in the way of the order', async (_, lines) => {
    expect((await reserve('o1', lines)).errors?.[0]?.message).toBe('at least one piece of something')
    expect((await reserve('o1', [{ sku: 'mug', quantity: 1 }])).data.reserve).toBe(true)
  })

  it('of what nobody sells is not done', async () => {
    expect((await reserve('o1', [{ sku: '__proto__', quantity: 1 }])).data.reserve).toBe(false)
  })
})

describe('a delivery of goods', () => {
  it('adds to the stock, with a key once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => restock('mug', 10, 'delivery 1')))
    expect((await countsOf('mug')).stock).toBe(110)
    await restock('mug', 1)
    expect((await restock('mug', 1)).data.restock.stock).toBe(112)
  })

  it('beyond what can be counted is refused, and the shop can still be asked', async () => {
    await restock('mug', 2 ** 31 - 200)
    const { errors } = await restock('mug', 2 ** 31 - 1)
    expect(errors?.[0]?.message).toBe('"mug": there is room for 2147483647 pieces')
    expect((await countsOf('mug')).stock).toBe(2 ** 31 - 100)
  })

  it('leaves room for pieces that are set aside to come back', async () => {
    await restock('mug', 2 ** 31 - 1 - 100)
    await reserve('o1', [{ sku: 'mug', quantity: 5 }])
    expect((await restock('mug', 5)).errors).toHaveLength(1)
    await events('order.cancelled', orderData())
    expect(await countsOf('mug')).toEqual({ stock: 2 ** 31 - 1, held: 0, sold: 0 })
  })

  it.each([
    ['mug', 0, 'at least one piece of something'],
    ['mug', -7, 'at least one piece of something'],
    ['yacht', 1, 'there is no product "yacht"'],
  ])('of %s, %i pieces: %s', async (sku, quantity, message) => {
    expect((await restock(sku, quantity)).errors?.[0]?.message).toBe(message)
    expect((await countsOf('mug')).stock).toBe(100)
  })
})

describe('the first step of an order', () => {
  const step = (data: object | string) => shop.deliver('inventory', '/reserve', { type: 'order.placed', data })

  it('is answered with the fact that goes on, which everybody is told too', async () => {
    const answer = await step(orderData())
    expect([answer.status, answer.headers.get('ce-type'), answer.headers.get('ce-causedby')]).toEqual([
      200,
      'inventory.reserved',
      'e1',
    ])
    expect(await answer.json()).toEqual(orderData())
    expect(shop.told.map(({ id }) => id)).toEqual(['inventory.reserved:o1'])
  })

  it('ends there when there is not enough', async () => {
    const answer = await step(
      orderData({ lines: [{ sku: 'poster', title: '', quantity: 4, price: 1_950, digital: false }] }),
    )
    expect([answer.status, answer.headers.has('ce-type')]).toEqual([200, false])
    expect(shop.told[0]).toMatchObject({ type: 'inventory.rejected', data: { reason: 'not enough in stock' } })
  })

  it('is tried again while it could not be told, and then says the same', async () => {
    shop.away.add('broker')
    expect((await step(orderData())).status).toBe(503)
    shop.away.clear()
    expect((await step(orderData())).headers.get('ce-type')).toBe('inventory.reserved')
    expect(await countsOf('mug')).toEqual({ stock: 98, held: 2, sold: 0 })
  })

  it.each([
    ['a negative price', { lines: [{ sku: 'mug', title: '', quantity: 1, price: -5, digital: false }] }],
    ['a negative quantity', { lines: [{ sku: 'mug', title: '', quantity: -1, price: 5, digital: false }] }],
    ['no quantity', { lines: [{ sku: 'mug', title: '', quantity: 0, price: 5, digital: false }] }],
    ['a quantity beyond counting', { lines: [{ sku: 'mug', title: '', quantity: 2 ** 53, price: 5, digital: false }] }],
    ['no lines', { lines: [] }],
    ['a line that is none', { lines: [null] }],
    ['a negative total', { total: -1 }],
    ['a total with a fraction', { total: 0.5 }],
    ['an order without a name', { orderId: '' }],
  ])('refuses %s for good', async (_, fields) => {
    expect((await step(orderData(fields))).status).toBe(400)
    expect(await countsOf('mug')).toEqual({ stock: 100, held: 0, sold: 0 })
  })
})

describe('what becomes of pieces', () => {
  it.each([
    ['order.failed', {}, { stock: 100, held: 0, sold: 0 }],
    ['order.cancelled', {}, { stock: 100, held: 0, sold: 0 }],
    ['payment.failed', {}, { stock: 100, held: 0, sold: 0 }],
    ['fulfillment.completed', {}, { stock: 98, held: 0, sold: 2 }],
    ['payment.refunded', { reason: 'compensation' }, { stock: 98, held: 2, sold: 0 }],
    ['constructor', {}, { stock: 98, held: 2, sold: 0 }],
    ['__proto__', {}, { stock: 98, held: 2, sold: 0 }],
  ])('after %s %j, however often it comes', async (type, fields, counts) => {
    await shop.deliver('inventory', '/reserve', { type: 'order.placed', data: orderData() })
    for (let times = 0; times < 2; times++) expect((await events(type, orderData(fields))).status).toBe(200)
    expect(await countsOf('mug')).toEqual(counts)
  })

  it('that come back before they were sold is tried again later', async () => {
    await shop.deliver('inventory', '/reserve', { type: 'order.placed', data: orderData() })
    const returned = orderData({ reason: 'return' })
    expect((await events('payment.refunded', returned)).status).toBe(503)
    await events('fulfillment.completed', orderData())
    expect((await events('payment.refunded', returned)).status).toBe(200)
    expect(await countsOf('mug')).toEqual({ stock: 100, held: 0, sold: 0 })
  })
})

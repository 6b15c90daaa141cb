import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices, orderData } from '../services-under-test.ts'

const opened = () => openServices(['orders', 'inventory', 'customers', 'fulfillment'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

interface Placed {
  placeOrder: { id: string; total: number; lines: { sku: string; price: number }[] } | null
}
const placing = `mutation ($customerId: ID!, $lines: [LineInput!]!, $key: String) {
  placeOrder(customerId: $customerId, lines: $lines, key: $key) { id total lines { sku price } }
}`
const mugs = (quantity = 1) => [{ sku: 'mug', quantity }]
const place = (wanted: object = {}) =>
  shop.ask<Placed>('orders', placing, { customerId: 'c1', lines: mugs(), ...wanted })
const idOf = async (wanted?: object) => (await place(wanted)).data.placeOrder?.id ?? 'none'
const listed = async (args: string) =>
  shop.ask<{ orders: { id: string; status: string }[] }>('orders', `{ orders${args} { id status } }`)

describe('placing an order', () => {
  it('is told once, with all that others need to know of it', async () => {
    const id = await idOf({ lines: [...mugs(2), { sku: 'ebook', quantity: 1 }] })
    expect(shop.told).toEqual([
      {
        id: `order.placed:${id}`,
        ...{ type: 'order.placed', source: 'orders', subject: id, time: expect.stringMatching(/^\d{4}-.*Z$/) },
        data: {
          ...{ orderId: id, customerId: 'c1', total: 3_970 },
          lines: [
            { sku: 'mug', title: 'Enamel mug', price: 1_490, digital: false, quantity: 2 },
            { sku: 'ebook', title: 'Field guide (e-book)', price: 990, digital: true, quantity: 1 },
          ],
        },
      },
    ])
  })

  it('takes prices from the inventory, never from who orders', async () => {
    const bargain = [{ sku: 'mug', quantity: 1, price: -100 }]
    const { errors } = await place({ lines: bargain })
    expect(errors?.[0]?.message).toMatch(/"price" is not defined/)
    expect(shop.told).toEqual([])
  })

  it.each([
    ['a customer nobody knows', { customerId: 'c9' }, 'there is no customer "c9"'],
    ['a product nobody sells', { lines: [{ sku: '🦄', quantity: 1 }] }, 'there is no product "🦄"'],
    ['no line', { lines: [] }, 'an order has 1 to 50 lines'],
    ['more lines than that', { lines: Array(51).fill(mugs()[0]) }, 'an order has 1 to 50 lines'],
    ['less than one piece', { lines: mugs(0) }, '"mug": a quantity is 1 to 1000'],
    ['pieces to give away', { lines: mugs(-5) }, '"mug": a quantity is 1 to 1000'],
    ['more pieces than fit', { lines: mugs(1_001) }, '"mug": a quantity is 1 to 1000'],
    ['half a mug', { lines: mugs(0.5) }, 'Int cannot represent non-integer value: 0.5'],
    ['more than 32 bits', { lines: mugs(2 ** 31) }, 'Int cannot represent non 32-bit signed integer value: 2147483648'],
    ['text for a number', { lines: [{ sku: 'mug', quantity: '1' }] }, 'Int cannot represent non-integer value: "1"'],
  ])('of %s is refused, and nothing is kept', async (_, wanted, message) => {
    const { errors } = await place(wanted)
    expect(errors?.[0]?.message).toContain(message)
    expect((await listed('')).data.orders).toEqual([])
    expect(shop.told).toEqual([])
  })

  it.each([1, 1_000])('of %i pieces is taken', async quantity => {
    expect((await place({ lines: mugs(quantity) })).data.placeOrder?.total).toBe(1_490 * quantity)
  })

  it('keeps lines with the same product apart, and sums them up', async () => {
    const { data } = await place({ lines: [...mugs(1), ...mugs(2)] })
    expect(data.placeOrder).toMatchObject({ total: 4_470, lines: [{ sku: 'mug' }, { sku: 'mug' }] })
  })
})

describe('the key of an order', () => {
  it('gives one order to all who come at once, and later', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => idOf({ key: 'Schlüssel 🗝' })))
    expect(new Set([...ids, await idOf({ key: 'Schlüssel 🗝', lines: mugs(9) })]).size).toBe(1)
    expect((await listed('')).data.orders).toHaveLength(1)
    expect(new Set(shop.told.map(({ id }) => id)).size).toBe(1)
  })

  it('is the customer’s own; without one, or an empty one, each order is another', async () => {
    const wanted = [{ key: 'k' }, { key: 'k', customerId: 'c2' }, { key: '' }, { key: '' }, { key: null }, {}]
    const ids = await Promise.all(wanted.map(idOf))
    expect(new Set(ids).size).toBe(6)
    expect(ids).not.toContain('none')
  })
})

describe('while somebody is away', () => {
  it.each(['inventory', 'customers'])('without %s nothing is kept, and the client learns nothing of it', async name => {
    shop.away.add(name)
    const { data, errors } = await place()
    expect([data, errors?.[0]?.message]).toEqual([null, 'Unexpected error.'])
    expect(shop.logged.join()).toContain(`${name} does not answer`)
    shop.away.clear()
    expect((await listed('')).data.orders).toEqual([])
  })

  it('without the broker the order is kept, and told by whoever asks again with its key', async () => {
    shop.away.add('broker')
    expect((await place({ key: 'k' })).errors).toHaveLength(1)
    shop.away.clear()
    const id = await idOf({ key: 'k' })
    expect(shop.told.map(told => told.id)).toEqual([`order.placed:${id}`])
  })

  it('or by the sweep, once', async () => {
    shop.away.add('broker')
    await place()
    shop.away.clear()
    for (let times = 0; times < 2; times++)
      expect((await shop.deliver('orders', '/sweep', { type: 'ping', data: {} })).status).toBe(200)
    expect(shop.told.map(({ type }) => type)).toEqual(['order.placed'])
  })
})

describe('the list of orders', () => {
  it.each([
    ['(first: 2)', 2],
    ['(first: 0)', 0],
    ['(first: -1)', 0],
    ['(first: 2147483647)', 3],
    ['(first: null)', 3],
    ['', 3],
    ['(status: PLACED)', 3],
    ['(status: null)', 3],
    ['(status: FULFILLED)', 0],
  ])('%s has %i of three', async (args, count) => {
    for (let each = 0; each < 3; each++) await place()
    expect((await listed(args)).data.orders).toHaveLength(count)
  })

  it('has no more than a page, whatever is asked for', async () => {
    await Promise.all(Array.from({ length: 205 }, () => place()))
    expect((await listed('(first: 1000000)')).data.orders).toHaveLength(200)
  })

  it.each(['(first: 9999999999)', '(status: LOST)', '(first: "all")'])('%s is no question', async args => {
    expect((await listed(args)).errors).toHaveLength(1)
  })
})

describe('cancelling', () => {
  const cancel = (id: string) =>
    shop.ask<{ cancelOrder: { status: string; reason: string } }>(
      'orders',
      'mutation ($id: ID!) { cancelOrder(id: $id) { status reason } }',
      { id },
    )

  it('stops the goods, says why, and tells it', async () => {
    const id = await idOf()
    expect((await cancel(id)).data.cancelOrder).toEqual({ status: 'CANCELLED', reason: 'cancelled by the customer' })
    expect(shop.told.map(({ type }) => type)).toEqual(['order.placed', 'order.cancelled'])
    expect(
      (
        await shop.deliver('fulfillment', '/ship', { type: 'payment.captured', data: orderData({ orderId: id }) })
      ).headers.has('ce-id'),
    ).toBe(false)
  })

  it('again changes nothing; what was delivered, or never was, stays', async () => {
    const id = await idOf()
    await cancel(id)
    expect((await cancel(id)).data.cancelOrder.status).toBe('CANCELLED')
    const late = await idOf()
    await shop.deliver('fulfillment', '/ship', { type: 'payment.captured', data: orderData({ orderId: late }) })
    expect((await cancel(late)).errors?.[0]?.extensions?.code).toBe('TOO_LATE')
    expect((await cancel('no such order')).errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
  })

  it('fails as a whole while nobody can say whether the goods are here', async () => {
    const id = await idOf()
    shop.away.add('fulfillment')
    expect((await cancel(id)).errors).toHaveLength(1)
    expect((await listed('')).data.orders).toEqual([{ id, status: 'PLACED' }])
  })
})

describe('facts about orders', () => {
  it('move an order, once each', async () => {
    const id = await idOf()
    for (const type of ['payment.captured', 'payment.captured', 'fulfillment.completed', 'payment.captured']) {
      expect((await shop.deliver('orders', '/events', { type, data: orderData({ orderId: id }) })).status).toBe(200)
    }
    const { data } = await shop.ask<{ order: object }>(
      'orders',
      'query ($id: ID!) { order(id: $id) { status history { status } } }',
      { id },
    )
    const history = [{ status: 'PLACED' }, { status: 'PAID' }, { status: 'FULFILLED' }]
    expect(data.order).toEqual({ status: 'FULFILLED', history })
  })

  it.each(['/events', '/given-up'])('of which nobody has the order are let pass at %s', async path => {
    expect((await shop.deliver('orders', path, { type: 'payment.captured', data: orderData() })).status).toBe(200)
    expect(shop.told).toEqual([])
  })
})

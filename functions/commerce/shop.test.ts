import { afterEach, describe, expect, it } from 'vitest'
import { type Chaos, openShop, type Shop } from './shop-under-test.ts'

const shops: Shop[] = []
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.close()
})

async function opened(chaos?: Chaos): Promise<Shop> {
  const shop = await openShop(chaos)
  shops.push(shop)
  return shop
}

type Placed = { placeOrder: { id: string; status: string; total: number } }
const placing = `mutation ($lines: [LineInput!]!, $key: String) {
  placeOrder(customerId: "c1", lines: $lines, key: $key) { id status total }
}`

async function place(shop: Shop, sku: string, quantity = 1, key?: string): Promise<string> {
  const { data, errors } = await shop.ask<Placed>(placing, { lines: [{ sku, quantity }], key })
  if (errors) throw new Error(errors.map(({ message }) => message).join())
  return data.placeOrder.id
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

interface Seen {
  status: string
  reason: string | null
  history: { status: string }[]
  payment: { status: string; amount: number } | null
  payments: { kind: string; amount: number }[]
  fulfillment: { kind: string } | null
  return: { status: string } | null
}

async function orderOf(shop: Shop, id: string): Promise<Seen> {
  const query = `query ($id: ID!) { order(id: $id) {
    status reason history { status } payment { status amount } payments { kind amount } fulfillment { kind } return { status }
  } }`
  const { data, errors } = await shop.ask<{ order: Seen }>(query, { id })
  expect(errors).toBeUndefined()
  return data.order
}

async function stockOf(shop: Shop, sku: string) {
  const { data } = await shop.ask<{ product: { stock: number; held: number; sold: number } }>(
    'query ($sku: ID!) { product(sku: $sku) { stock held sold } }',
    { sku },
  )
  return data.product
}

const requestReturn =
  'mutation ($id: ID!) { requestReturn(orderId: $id, reason: "too small") { id status order { id } } }'

describe('an order', () => {
  it('CC-05 is placed, paid and fulfilled', async () => {
    const shop = await opened()
    const id = await place(shop, 'mug', 2)
    await shop.settled()
    expect(await orderOf(shop, id)).toEqual({
      status: 'FULFILLED',
      reason: '',
      history: [{ status: 'PLACED' }, { status: 'PAID' }, { status: 'FULFILLED' }],
      payment: { status: 'CAPTURED', amount: 2_980 },
      payments: [{ kind: 'CHARGE', amount: 2_980 }],
      fulfillment: { kind: 'SHIPMENT' },
      return: null,
    })
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 98, held: 0, sold: 2 })
  })

  it('CC-06 of digital goods is fulfilled by e-mail', async () => {
    const shop = await opened()
    const id = await place(shop, 'ebook')
    await shop.settled()
    expect((await orderOf(shop, id)).fulfillment).toEqual({ kind: 'EMAIL' })
  })

  it('CC-07 of more than there is is rejected, and nobody pays', async () => {
    const shop = await opened()
    const id = await place(shop, 'poster', 4)
    await shop.settled()
    expect(await orderOf(shop, id)).toMatchObject({
      status: 'REJECTED',
      payment: null,
      payments: [],
      fulfillment: null,
    })
    expect(await stockOf(shop, 'poster')).toEqual({ stock: 3, held: 0, sold: 0 })
  })

  it('gives back the lines there were enough of when one is short', async () => {
    const shop = await opened()
    const lines = [
      { sku: 'mug', quantity: 5 },
      { sku: 'poster', quantity: 9 },
    ]
    const { data } = await shop.ask<Placed>(placing, { lines })
    await shop.settled()
    expect((await orderOf(shop, data.placeOrder.id)).status).toBe('REJECTED')
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 100, held: 0, sold: 0 })
  })

  it('CC-08 that cannot be paid fails, and its pieces are back', async () => {
    const shop = await opened()
    const id = await place(shop, 'sticker')
    await shop.settled()
    expect(await orderOf(shop, id)).toMatchObject({
      status: 'FAILED',
      reason: 'the card was declined',
      payment: { status: 'FAILED' },
      fulfillment: null,
    })
    expect(await stockOf(shop, 'sticker')).toEqual({ stock: 50, held: 0, sold: 0 })
  })

  it('CC-09 that was not paid cannot be returned', async () => {
    const shop = await opened()
    const id = await place(shop, 'poster', 4)
    await shop.settled()
    const { errors } = await shop.ask(requestReturn, { id })
    expect(errors?.[0]).toMatchObject({ message: `order ${id} was not paid`, path: ['requestReturn'] })
  })

  it('CC-10 returned: the same amount goes back, and so do the pieces, once', async () => {
    const shop = await opened({ times: 2 })
    const id = await place(shop, 'mug', 3)
    await shop.settled()
    const answers = await Promise.all([1, 2].map(() => shop.ask(requestReturn, { id })))
    expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined])
    await shop.settled()
    expect(await orderOf(shop, id)).toMatchObject({
      status: 'RETURNED',
      payments: [
        { kind: 'CHARGE', amount: 4_470 },
        { kind: 'REFUND', amount: 4_470 },
      ],
      return: { status: 'ACCEPTED' },
    })
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 100, held: 0, sold: 0 })
  })

  it('placed twice with one key is one order', async () => {
    const shop = await opened()
    const ids = await Promise.all([1, 2, 3].map(() => place(shop, 'lamp', 1, 'once')))
    expect(new Set(ids).size).toBe(1)
    await shop.settled()
    expect(await stockOf(shop, 'lamp')).toMatchObject({ stock: 24, sold: 1 })
    expect(await place(shop, 'lamp', 1, 'again')).not.toBe(ids[0])
  })

  it.each([
    ['nobody sells', { lines: [{ sku: 'yacht', quantity: 1 }] }, 'there is no product "yacht"'],
    ['of nothing', { lines: [] }, 'an order has 1 to 50 lines'],
    ['of none', { lines: [{ sku: 'mug', quantity: 0 }] }, '"mug": a quantity is 1 to 1000'],
  ])('of what %s is refused', async (_what, variables, message) => {
    const shop = await opened()
    const { data, errors } = await shop.ask(placing, variables)
    expect(data).toBeNull()
    expect(errors?.[0]?.message).toBe(message)
  })

  it('is cancelled as long as its goods are here; then it is too late', async () => {
    const cancel = 'mutation ($id: ID!) { cancelOrder(id: $id) { status } }'
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const slow = await opened({ waits: place => (place === 'sequence' ? gate : undefined) })
    const early = await place(slow, 'lamp', 2)
    expect((await slow.ask(cancel, { id: early })).data).toEqual({ cancelOrder: { status: 'CANCELLED' } })
    open()
    await slow.settled()
    expect(await orderOf(slow, early)).toMatchObject({ status: 'CANCELLED', fulfillment: null, payment: null })
    expect(await stockOf(slow, 'lamp')).toEqual({ stock: 25, held: 0, sold: 0 })
    const late = await place(slow, 'lamp', 2)
    await slow.settled()
    expect((await slow.ask(cancel, { id: late })).errors?.[0]?.message).toMatch(/cannot be cancelled any more/)
  })
})

describe('whatever the broker does', () => {
  it.each([
    ['delivers everything three times', { times: 3 }],
    ['delivers facts to orders late', { waits: place => (place === 'orders/events' ? pause(20) : undefined) }],
    [
      'delivers facts to the inventory late',
      { times: 2, waits: place => (place === 'inventory/events' ? pause(20) : undefined) },
    ],
  ] satisfies [string, Chaos][])('%s: each order is done once', async (_what, chaos) => {
    const shop = await opened(chaos)
    const ids = await Promise.all(['mug', 'lamp', 'ebook', 'mug', 'poster'].map(sku => place(shop, sku)))
    await shop.settled()
    for (const id of ids) {
      const order = await orderOf(shop, id)
      expect(order.history.map(({ status }) => status)).toEqual(['PLACED', 'PAID', 'FULFILLED'])
      expect(order.payments).toHaveLength(1)
    }
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 98, held: 0, sold: 2 })
  })

  it('a step that gives up: the order fails, and all that was done for it is undone', async () => {
    const shop = await opened({ fails: place => place === 'fulfillment/ship' })
    const id = await place(shop, 'mug')
    await shop.settled()
    expect(await orderOf(shop, id)).toMatchObject({
      status: 'FAILED',
      reason: 'a step of the order gave up',
      payments: [{ kind: 'CHARGE' }, { kind: 'REFUND' }],
      fulfillment: null,
    })
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 100, held: 0, sold: 0 })
  })

  it('CC-17 half of the deliveries to payments fail: no order is stuck, and no piece is lost', async () => {
    let seed = 7
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const shop = await opened({ fails: place => place.startsWith('payments/charge') && random() < 0.5 })
    const ids = await Promise.all(Array.from({ length: 30 }, () => place(shop, 'mug')))
    await shop.settled()
    const orders = await Promise.all(ids.map(id => orderOf(shop, id)))
    const done = orders.filter(({ status }) => status === 'FULFILLED').length
    const failed = orders.filter(({ status }) => status === 'FAILED').length
    expect(done + failed).toBe(30)
    expect(await stockOf(shop, 'mug')).toEqual({ stock: 100 - done, held: 0, sold: done })
  })
})

describe('the shop as one schema', () => {
  it('CC-03, CC-04 a query spans services, and brings what was asked for', async () => {
    const shop = await opened()
    const id = await place(shop, 'mug')
    await shop.settled()
    const query = '{ customer(id: "c1") { name orders { id payment { status } fulfillment { kind } } } }'
    expect(await shop.ask(query)).toEqual({
      data: {
        customer: {
          name: 'Corner Shop',
          orders: [{ id, payment: { status: 'CAPTURED' }, fulfillment: { kind: 'SHIPMENT' } }],
        },
      },
    })
  })

  it('CC-28 a list costs one request a service', async () => {
    const shop = await opened()
    await Promise.all(Array.from({ length: 20 }, () => place(shop, 'ebook')))
    await shop.settled()
    shop.requests.length = 0
    const { data, errors } = await shop.ask<{ orders: object[] }>(
      '{ orders { id customer { name } lines { product { stock } } payment { status } fulfillment { kind } return { id } } }',
    )
    expect(errors).toBeUndefined()
    expect(data.orders).toHaveLength(20)
    const counts = Map.groupBy(shop.requests, request => request)
    for (const [request, times] of counts) expect([request, times.length]).toEqual([request, 1])
    expect([...counts.keys()].sort()).toEqual([
      'customers/graphql',
      'exchanges/graphql',
      'frontend/graphql',
      'fulfillment/graphql',
      'inventory/graphql',
      'orders/graphql',
      'payments/graphql',
    ])
  })

  it('CC-12 a service that is away leaves its fields null, and says where', async () => {
    const shop = await opened()
    const id = await place(shop, 'mug')
    await shop.settled()
    await shop.stop('payments')
    const { data, errors } = await shop.ask('query ($id: ID!) { order(id: $id) { id status payment { status } } }', {
      id,
    })
    expect(data).toEqual({ order: { id, status: 'FULFILLED', payment: null } })
    expect(errors?.[0]?.path).toEqual(['order', 'payment'])
  })

  it('CC-13 a bad query is answered with errors as GraphQL says', async () => {
    const shop = await opened()
    expect((await shop.ask('{ customer(id: "c1") { shoeSize } }')).errors?.[0]?.message).toMatch(/shoeSize/)
    expect((await shop.ask('{ customer(')).errors?.[0]?.message).toMatch(/Syntax Error/)
    expect((await shop.ask('{ _orders(ids: []) { id } }')).errors?.[0]?.message).toMatch(/_orders/)
  })

  it('CC-02 each service answers GraphQL by itself', async () => {
    const shop = await opened()
    for (const url of Object.values(shop.urls)) {
      const answer = await fetch(`${url}/graphql?query={__typename}`)
      expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
      expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
    }
  })

  it('CC-14 a subscription through the stitched schema tells each status, and ends', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const shop = await opened({ waits: place => (place === 'sequence' ? gate : undefined) })
    const id = await place(shop, 'mug')
    const query = encodeURIComponent(`subscription { orderStatus(id: "${id}") }`)
    const answer = await fetch(`${shop.urls.frontend}/graphql/stream?query=${query}`)
    expect(answer.headers.get('content-type')).toMatch('text/event-stream')
    open()
    const told = [...(await answer.text()).matchAll(/"orderStatus":"(\w+)"/g)].map(([, status]) => status)
    expect(told).toEqual(['PLACED', 'PAID', 'FULFILLED'])
  })

  it('CC-11 the log has every fact, causes before effects', async () => {
    const shop = await opened()
    const id = await place(shop, 'mug')
    await shop.settled()
    const { data } = await shop.ask<{ log: { type: string }[] }>('query ($id: ID!) { log(orderId: $id) { type } }', {
      id,
    })
    expect(data.log.map(({ type }) => type)).toEqual([
      'order.placed',
      'inventory.reserved',
      'payment.captured',
      'fulfillment.completed',
    ])
  })

  it('people are kept, and an address is taken once', async () => {
    const shop = await opened()
    const create = 'mutation ($email: String!) { createCustomer(name: "Kiosk", email: $email) { id email } }'
    expect((await shop.ask(create, { email: 'Kiosk@Example.com ' })).data).toMatchObject({
      createCustomer: { email: 'kiosk@example.com' },
    })
    expect((await shop.ask(create, { email: 'kiosk@example.com' })).errors?.[0]?.message).toBe(
      'kiosk@example.com is there already',
    )
    expect((await shop.ask(create, { email: 'nowhere' })).errors?.[0]?.message).toBe('"nowhere" is no e-mail address')
  })
})

describe('an event that is none', () => {
  it.each(['inventory/reserve', 'payments/charge', 'fulfillment/ship', 'orders/events'])(
    'is refused by %s for good',
    async place => {
      const shop = await opened()
      const [name = 'orders', path] = place.split('/')
      const headers = {
        'ce-id': '1',
        'ce-type': 'payment.captured',
        'ce-source': 's',
        'ce-specversion': '1.0',
        'content-type': 'application/json',
      }
      const url = `${shop.urls[name as keyof Shop['urls']]}/${path}`
      for (const body of ['{}', '{"orderId":1}', '{']) {
        expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(400)
      }
      expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(400)
    },
  )
})

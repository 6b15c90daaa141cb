// The shop, whole, on the project's own YAML: orders go their way by events, through the sequence and the parallel.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectDir } from '../../load/world.ts'
import { type Plane, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'

const host = 'crowdcrunch.example.com'
/** Whatever happens on the way, an order is done within this time, in seconds. */
const patience = 60

let plane: Plane
beforeAll(async () => {
  plane = await startPlane('commerce')
})
afterAll(() => plane?.stop())

interface Answer<T> {
  data: T
  errors?: { message: string; path?: unknown[] }[]
}

async function gql<T = Record<string, never>>(query: string, variables: object = {}): Promise<Answer<T>> {
  const headers = { 'content-type': 'application/json' }
  const { status, body } = await plane.ask(host, '/graphql', {
    ...{ method: 'POST', headers, body: JSON.stringify({ query, variables }) },
  })
  if (status !== 200) throw new Error(`status ${status}: ${body}`)
  return JSON.parse(body) as Answer<T>
}

async function place(sku: string, quantity = 1): Promise<string> {
  const { data, errors } = await gql<{ placeOrder: { id: string } }>(
    `mutation ($lines: [LineInput!]!, $key: String) { placeOrder(customerId: "c1", lines: $lines, key: $key) { id } }`,
    { lines: [{ sku, quantity }], key: crypto.randomUUID() },
  )
  if (errors) throw new Error(errors.map(({ message }) => message).join())
  return data.placeOrder.id
}

interface Order {
  id: string
  status: string
  history: { status: string }[]
  payments: { kind: string; amount: number }[]
  fulfillment: { kind: string } | null
}

const endings = ['FULFILLED', 'REJECTED', 'FAILED', 'CANCELLED', 'RETURNED']

async function orderOf(id: string): Promise<Order> {
  const fields = 'id status history { status } payments { kind amount } fulfillment { kind }'
  return (await gql<{ order: Order }>(`query ($id: ID!) { order(id: $id) { ${fields} } }`, { id })).data.order
}

async function statusOf(id: string): Promise<string> {
  return (await gql<{ order: Order }>('query ($id: ID!) { order(id: $id) { status } }', { id })).data.order.status
}

async function done(id: string, ending?: string): Promise<Order> {
  const isDone = (status: string) => (ending ? status === ending : endings.includes(status))
  await eventually(() => statusOf(id), isDone, patience)
  return orderOf(id)
}

async function stockOf(sku: string) {
  const query = 'query ($sku: ID!) { product(sku: $sku) { stock held sold } }'
  return (await gql<{ product: { stock: number; held: number; sold: number } }>(query, { sku })).data.product
}

/** Nothing is held for anybody any more. */
const settledStock = (sku: string) =>
  eventually(
    () => stockOf(sku),
    ({ held }) => held === 0,
    patience,
  )

describe('what is there', () => {
  it('CC-01, CC-15 nine services, on port 4000', async () => {
    const { items } = await plane.get<{
      items: {
        metadata: { name: string }
        spec: { template: { spec: { containers: { ports: { containerPort: number }[] }[] } } }
      }[]
    }>('ksvc', '-n', 'commerce')
    expect(
      items
        .map(({ metadata }) => metadata.name)
        .sort()
        .join(),
    ).toBe('customers,exchanges,frontend,fulfillment,inventory,logging,orders,payments,users')
    expect(items.map(({ spec }) => spec.template.spec.containers[0]?.ports[0]?.containerPort)).toEqual(
      Array(9).fill(4000),
    )
  })

  it('CC-16 sequence, parallel, broker, triggers and source are ready', async () => {
    for (const kind of ['sequence', 'parallel', 'broker', 'trigger', 'pingsource']) {
      const { items } = await plane.get<{ items: { status: { conditions: { type: string; status: string }[] } }[] }>(
        ...[kind, '-n', 'commerce'],
      )
      expect(items.length).toBeGreaterThan(0)
      for (const { status } of items) {
        expect(status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' })
      }
    }
  })

  it('the services are reached through the frontend alone', async () => {
    expect((await plane.ask('orders.commerce.localhost', '/graphql?query={__typename}')).status).toBe(404)
    expect((await plane.ask(host, '/')).body).toContain('Place order')
  })

  it('CC-13 a bad query is answered in the shape of GraphQL', async () => {
    const bad = await gql('{ customer(id: "c1") { shoeSize } }')
    expect(bad.errors?.[0]?.message).toContain('shoeSize')
  })
})

describe('an order', () => {
  it('CC-05, CC-03, CC-11 is placed, paid, fulfilled, and seen through one query', async () => {
    const id = await place('mug', 2)
    expect((await done(id)).history.map(({ status }) => status)).toEqual(['PLACED', 'PAID', 'FULFILLED'])
    const query = '{ customer(id: "c1") { name orders(first: 1) { id payment { status } fulfillment { kind } } } }'
    expect(await gql(query)).toEqual({
      data: {
        customer: {
          name: 'Corner Shop',
          orders: [{ id, payment: { status: 'CAPTURED' }, fulfillment: { kind: 'SHIPMENT' } }],
        },
      },
    })
    const log = () => gql<{ log: { type: string }[] }>('query ($id: ID!) { log(orderId: $id) { type } }', { id })
    const { data } = await eventually(log, ({ data }) => data.log.length >= 4)
    expect(data.log.map(({ type }) => type)).toEqual([
      'order.placed',
      'inventory.reserved',
      'payment.captured',
      'fulfillment.completed',
    ])
  })

  it('CC-06 of digital goods goes by e-mail', async () => {
    expect((await done(await place('ebook'))).fulfillment).toEqual({ kind: 'EMAIL' })
  })

  it('CC-07 of more than there is is rejected, and nobody pays', async () => {
    expect(await done(await place('poster', 4))).toMatchObject({ status: 'REJECTED', payments: [], fulfillment: null })
    expect(await settledStock('poster')).toEqual({ stock: 3, held: 0, sold: 0 })
  })

  it('CC-08 that cannot be paid fails, and its pieces are back', async () => {
    expect((await done(await place('sticker', 1))).status).toBe('FAILED')
    expect(await settledStock('sticker')).toEqual({ stock: 50, held: 0, sold: 0 })
  })

  it('CC-09, CC-10 is returned only when it was delivered, and the money flows back', async () => {
    const requestReturn = 'mutation ($id: ID!) { requestReturn(orderId: $id, reason: "too big") { status } }'
    const rejected = await place('poster', 4)
    await done(rejected)
    expect((await gql(requestReturn, { id: rejected })).errors?.[0]?.message).toContain('was not paid')
    const before = await settledStock('lamp')
    const id = await place('lamp', 2)
    await done(id)
    await settledStock('lamp')
    expect((await gql(requestReturn, { id })).errors).toBeUndefined()
    const { payments } = await done(id, 'RETURNED')
    expect(payments.map(({ kind }) => kind)).toEqual(['CHARGE', 'REFUND'])
    expect(payments[0]?.amount).toBe(payments[1]?.amount)
    await eventually(
      () => stockOf('lamp'),
      stock => JSON.stringify(stock) === JSON.stringify(before),
      patience,
    )
  })

  it('CC-14 is watched by server-sent events, through the stitched schema', async () => {
    const id = await place('mug')
    const query = encodeURIComponent(`subscription { orderStatus(id: "${id}") }`)
    const told = await stream(`/graphql/stream?query=${query}`)
    expect([...told.matchAll(/"orderStatus":"(\w+)"/g)].map(([, status]) => status)).toEqual([
      'PLACED',
      'PAID',
      'FULFILLED',
    ])
  })
})

describe('more than one instance', () => {
  it('of the orders: whoever watches sees every status, whichever instance was told of it', async () => {
    const orders = parse(readFileSync(join(projectDir, 'knative/commerce/orders.yaml'), 'utf8'))
    orders.spec.template.metadata.annotations = { 'autoscaling.knative.dev/min-scale': '3' }
    await plane.apply(orders)
    const running = async () => {
      const { items } = await plane.get<{ items: { metadata: { name: string } }[] }>('pods', '-n', 'commerce')
      return items.filter(({ metadata }) => metadata.name.startsWith('orders-00002')).length
    }
    await eventually(running, count => count >= 3, patience)
    const watched = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const id = await place('mug')
        return stream(`/graphql/stream?query=${encodeURIComponent(`subscription { orderStatus(id: "${id}") }`)}`)
      }),
    )
    for (const told of watched) {
      const statuses = [...told.matchAll(/"orderStatus":"(\w+)"/g)].map(([, status]) => status)
      expect(statuses).toEqual(['PLACED', 'PAID', 'FULFILLED'])
    }
  })

  it('CC-23 a new revision takes over while orders are placed: none fails', async () => {
    let updating = true
    const placed: Promise<string>[] = []
    const customer = (async () => {
      while (updating) {
        placed.push(place('ebook'))
        await placed.at(-1)
      }
    })()
    for (const version of ['one', 'two']) {
      const inventory = parse(readFileSync(join(projectDir, 'knative/commerce/inventory.yaml'), 'utf8'))
      inventory.spec.template.spec.containers[0].env.push({ name: 'VERSION', value: version })
      await plane.apply(inventory)
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    updating = false
    await customer
    for (const id of await Promise.all(placed)) expect((await done(id)).status).toBe('FULFILLED')
  })
})

describe('trouble', () => {
  it('CC-17 half of all requests to payments fail: every order ends, fulfilled or undone', async () => {
    await plane.rules('commerce', 'chaos-payments')
    const before = await settledStock('mug')
    const ids: string[] = []
    for (let count = 0; count < 40; count++) ids.push(await place('mug'))
    for (const id of ids)
      await eventually(
        () => statusOf(id),
        status => endings.includes(status),
        patience,
      )
    await plane.rules('commerce', 'calm')
    const orders = await Promise.all(ids.map(orderOf))
    const sold = orders.filter(({ status }) => status === 'FULFILLED').length
    expect(sold + orders.filter(({ status }) => status === 'FAILED').length).toBe(40)
    const expected = { stock: before.stock - sold, held: 0, sold: before.sold + sold }
    await eventually(
      () => stockOf('mug'),
      stock => JSON.stringify(stock) === JSON.stringify(expected),
      patience,
    )
  })

  it('CC-18 with five seconds more for each request to the inventory an order is fulfilled within half a minute', async () => {
    await plane.rules('commerce', 'chaos-inventory')
    const order = await eventually(await watching(place('mug')), ({ status }) => status === 'FULFILLED', 30)
    await plane.rules('commerce', 'calm')
    expect(order.payments).toHaveLength(1)
  })

  it('CC-19 instances are killed while orders are under way: no piece is lost, and no order stuck', async () => {
    const before = await settledStock('ebook')
    let killing = true
    const killer = (async () => {
      while (killing) {
        const { items } = await plane.get<{ items: { metadata: { name: string } }[] }>('pods', '-n', 'commerce')
        for (const { metadata } of items.filter((_, index) => index % 3 === 0)) {
          await plane.run(['delete', 'pod', metadata.name, '-n', 'commerce'])
        }
      }
    })()
    const ids: string[] = []
    for (let count = 0; count < 20; count++) {
      const id = await place('ebook').catch(() => undefined)
      if (id) ids.push(id)
    }
    killing = false
    await killer
    const orders = await Promise.all(ids.map(id => done(id)))
    expect(orders.every(({ status }) => status === 'FULFILLED' || status === 'FAILED')).toBe(true)
    const after = await settledStock('ebook')
    expect(after.stock + after.sold).toBe(before.stock + before.sold)
  })

  it('CC-20 callers need an identity where the overlay says so, and the shop has one', async () => {
    const overlay = 'istio/commerce/overlays/production/peer-authentication.yaml'
    await plane.apply(overlay)
    const { spec } = await plane.get<{ spec: { mtls: { mode: string } } }>(
      ...['peerauthentication', 'default', '-n', 'commerce'],
    )
    expect(spec.mtls.mode).toBe('STRICT')
    expect((await done(await place('mug'))).status).toBe('FULFILLED')
    await plane.remove(overlay)
  })
})

async function watching(placing: Promise<string>): Promise<() => Promise<Order>> {
  const id = await placing
  return () => orderOf(id)
}

/** The whole text of an answer that ends by itself. */
function stream(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...plane.ingress, path, headers: { host } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () => resolve(text)).on('error', reject)
    })
    sent.on('error', reject).end()
  })
}

import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Env } from '../../lib/env.ts'
import { graphqlEndpoint } from '../graphql-endpoint.ts'
import { ordersSchema } from '../orders.schema.ts'
import { openServices, orderData } from '../services-under-test.ts'
import { chargeOf, type Delivered } from './returnable.ts'

/** Orders as they stand in this test: the service of that name is tested beside itself. */
const standing = new Map<string, object>()
const orders = new Hono<{ Bindings: Env }>()
graphqlEndpoint(orders, {
  schema: ordersSchema,
  resolvers: { Query: { order: (_: unknown, { id }: { id: string }) => standing.get(id) } },
  contextOf: async () => ({}),
})

const opened = () => openServices(['exchanges', 'payments', 'orders'], { orders })
let shop: ReturnType<typeof opened>
beforeEach(() => {
  standing.clear()
  shop = opened()
})
afterEach(() => shop.close())

interface Requested {
  requestReturn: { id: string; status: string; paymentId: string; reason: string }
}
const request = (orderId: string, reason = 'too small') =>
  shop.ask<Requested>(
    'exchanges',
    'mutation ($orderId: ID!, $reason: String!) { requestReturn(orderId: $orderId, reason: $reason) { id status paymentId reason } }',
    { orderId, reason },
  )
async function delivered(status = 'FULFILLED', total = 2_980): Promise<void> {
  standing.set('o1', { id: 'o1', ...orderData({ total }), status })
  await shop.deliver('payments', '/charge', { type: 'inventory.reserved', data: orderData({ total }) })
  shop.told.length = 0
}

describe('a return', () => {
  it('is kept and told, with the order and why', async () => {
    await delivered()
    const reason = 'too small – „naïve“ 🤷'
    expect((await request('o1', reason)).data.requestReturn).toEqual({
      ...{ id: 'return-o1', status: 'REQUESTED', paymentId: 'charge-o1', reason },
    })
    expect(shop.told).toMatchObject([{ id: 'return.requested:o1', data: { orderId: 'o1', total: 2_980, reason } }])
  })

  it('asked for again, at once or later, is the same one', async () => {
    await delivered()
    await Promise.all([request('o1', 'first'), request('o1', 'first'), request('o1', 'first')])
    expect((await request('o1', 'second')).data.requestReturn.reason).toBe('first')
    const { data } = await shop.ask<{ returns: object[] }>('exchanges', '{ returns(first: 1000000) { id } }')
    expect(data.returns).toEqual([{ id: 'return-o1' }])
    expect(new Set(shop.told.map(({ id }) => id)).size).toBe(1)
  })

  it.each([
    ['nobody has', async () => {}, 'there is no order "o1"'],
    [
      'that was not paid',
      async () => void standing.set('o1', { ...orderData(), status: 'FULFILLED' }),
      'order o1 was not paid',
    ],
    ['whose card was declined', () => delivered('FULFILLED', 13), 'order o1 was not paid'],
    ['that is not delivered', () => delivered('PAID'), 'order o1 is PAID: what was not delivered cannot come back'],
    ['that failed', () => delivered('FAILED'), 'order o1 is FAILED: what was not delivered cannot come back'],
  ])('of an order %s is refused in words', async (_, prepare, message) => {
    await prepare()
    const { errors } = await request('o1')
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: 'NOT_RETURNABLE' } })
    expect(shop.told).toEqual([])
  })

  it.each(['orders', 'payments', 'broker'])('may be asked for again when %s did not answer', async name => {
    await delivered()
    shop.away.add(name)
    expect((await request('o1')).errors?.[0]?.message).toBe('Unexpected error.')
    shop.away.clear()
    expect((await request('o1')).data.requestReturn.status).toBe('REQUESTED')
    expect(shop.told.map(({ type }) => type)).toEqual(['return.requested'])
  })

  it.each([
    ['a refund for it', 'return', 'ACCEPTED', ['return.accepted']],
    ['a compensation', 'compensation', 'REQUESTED', []],
  ])('after %s', async (_, reason, status, told) => {
    await delivered()
    await request('o1')
    shop.told.length = 0
    const refunded = { type: 'payment.refunded', data: orderData({ reason }) }
    expect((await shop.deliver('exchanges', '/events', refunded)).status).toBe(200)
    expect((await request('o1')).data.requestReturn.status).toBe(status)
    expect(shop.told.map(({ type }) => type).filter(type => type !== 'return.requested')).toEqual(told)
  })

  it('that nobody asked for is not accepted', async () => {
    const refunded = { type: 'payment.refunded', data: orderData({ reason: 'return' }) }
    expect((await shop.deliver('exchanges', '/events', refunded)).status).toBe(200)
    expect(shop.told).toEqual([])
  })
})

describe('what can come back', () => {
  const order = (status: string): Delivered => ({ status, customerId: 'c1', lines: [], total: 1 })
  const charged = { id: 'p1', kind: 'CHARGE', status: 'CAPTURED' }
  it.each(['FULFILLED', 'RETURNED'])('an order that is %s', status => {
    expect(chargeOf('o1', order(status), [charged])).toEqual({ order: order(status), charge: 'p1' })
  })

  it.each(['PLACED', 'PAID', 'REJECTED', 'FAILED', 'CANCELLED', 'fulfilled', ''])('not one that is "%s"', status => {
    expect(chargeOf('o1', order(status), [charged])).toHaveProperty('refusal')
  })

  it('none by a refund or a charge that failed', () => {
    const others = [
      { ...charged, kind: 'REFUND' },
      { ...charged, status: 'FAILED' },
    ]
    expect(chargeOf('o1', order('FULFILLED'), others)).toEqual({ refusal: 'order o1 was not paid' })
  })
})

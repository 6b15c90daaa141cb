import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices, orderData } from '../services-under-test.ts'

const opened = () => openServices(['payments'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

interface Payment {
  id: string
  kind: string
  amount: number
  status: string
  reason: string
}
const charge = (fields: object = {}) =>
  shop.deliver('payments', '/charge', { type: 'inventory.reserved', data: orderData(fields) })
const facts = (type: string, fields: object = {}) =>
  shop.deliver('payments', '/events', { type, data: orderData(fields) })
const paid = async (orderId = 'o1') => {
  const query = 'query ($orderId: ID!) { payments(orderId: $orderId) { id kind amount status reason } }'
  return (await shop.ask<{ payments: Payment[] }>('payments', query, { orderId })).data.payments
}
const toldTypes = () => shop.told.map(({ type }) => type)

describe('the money for an order', () => {
  it('is taken once, however often and at once it is asked for', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => charge()))
    expect(answers.map(answer => answer.headers.get('ce-type'))).toEqual(Array(10).fill('payment.captured'))
    expect(await paid()).toEqual([{ id: 'charge-o1', kind: 'CHARGE', amount: 2_980, status: 'CAPTURED', reason: '' }])
    expect(new Set(shop.told.map(({ id }) => id))).toEqual(new Set(['payment.captured:o1']))
  })

  it('is what was asked for first, whatever is said later', async () => {
    await charge()
    await charge({ total: 1 })
    expect((await paid())[0]?.amount).toBe(2_980)
  })

  it.each([
    [12, 'CAPTURED'],
    [13, 'FAILED'],
    [14, 'CAPTURED'],
    [0, 'CAPTURED'],
  ])('of %i cents: %s', async (total, status) => {
    const answer = await charge({ total })
    expect([(await paid())[0]?.status, answer.headers.has('ce-type')]).toEqual([status, status === 'CAPTURED'])
    expect(toldTypes()).toEqual([status === 'CAPTURED' ? 'payment.captured' : 'payment.failed'])
  })

  it.each([-1, -2_980, 0.5, 2 ** 53, '13', null])('is never %j: the event is refused for good', async total => {
    expect((await charge({ total })).status).toBe(400)
    expect(await paid()).toEqual([])
    expect(toldTypes()).toEqual([])
  })

  it('is kept before it is told: a second delivery tells what the first could not', async () => {
    shop.away.add('broker')
    expect((await charge()).status).toBe(503)
    expect(await paid()).toHaveLength(1)
    shop.away.clear()
    expect((await charge()).status).toBe(200)
    expect(toldTypes()).toEqual(['payment.captured'])
  })
})

describe('giving money back', () => {
  it.each([
    ['return.requested', 'return'],
    ['order.failed', 'compensation'],
    ['order.cancelled', 'compensation'],
  ])('after %s is a refund, once, and says that it was a %s', async (type, reason) => {
    await charge()
    await Promise.all([facts(type), facts(type), facts(type)])
    expect((await paid()).map(({ kind, amount }) => [kind, amount])).toEqual([
      ['CHARGE', 2_980],
      ['REFUND', 2_980],
    ])
    const refunds = shop.told.filter(told => told.type === 'payment.refunded')
    expect(new Set(refunds.map(({ id }) => id)).size).toBe(1)
    expect(refunds[0]?.data).toMatchObject({ reason })
  })

  it('is of what was paid, not of what the fact says', async () => {
    await charge()
    await facts('return.requested', { total: 1_000_000 })
    expect((await paid()).at(-1)).toMatchObject({ kind: 'REFUND', amount: 2_980 })
  })

  it('before anything was taken forbids to take it, and shows no payment', async () => {
    await facts('order.failed')
    expect(toldTypes()).toEqual([])
    expect((await charge()).headers.has('ce-type')).toBe(false)
    expect(await paid()).toEqual([])
    expect((await shop.ask('payments', '{ payment(id: "charge-o1") { status } }')).data).toEqual({ payment: null })
  })

  it('and taking it at once ends with nothing taken, or all given back', async () => {
    for (let round = 0; round < 10; round++) {
      const orderId = `o${round}`
      await Promise.all([charge({ orderId }), facts('order.cancelled', { orderId })])
      const sum = (await paid(orderId)).reduce(
        (all, { kind, amount }) => all + (kind === 'CHARGE' ? amount : -amount),
        0,
      )
      expect(sum).toBe(0)
    }
  })

  it('of what the card declined is not done', async () => {
    await charge({ total: 13 })
    await facts('order.failed', { total: 13 })
    expect((await paid()).map(({ kind, status }) => [kind, status])).toEqual([['CHARGE', 'FAILED']])
  })
})

it('orders of a batch keep their places', async () => {
  await charge()
  const query = '{ _orders(ids: ["o9", "o1"]) { id payment { status } payments { kind } } }'
  expect((await shop.ask('payments', query)).data).toEqual({
    _orders: [
      { id: 'o9', payment: null, payments: [] },
      { id: 'o1', payment: { status: 'CAPTURED' }, payments: [{ kind: 'CHARGE' }] },
    ],
  })
})

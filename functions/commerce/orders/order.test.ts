import { describe, expect, it } from 'vitest'
import { after as afterFact, newOrder, type Status } from './order.ts'

const now = Date.parse('2026-05-04T12:00:00Z')
const line = { sku: 'mug', title: 'Mug', quantity: 3, price: 1_490, digital: false }
const orderAt = (status: Status) => ({ ...newOrder('o1', 'c1', [line], now), status })

describe('a new order', () => {
  it('is placed, and costs what its lines cost, in whole cents', () => {
    expect(newOrder('o1', 'c1', [line, { ...line, sku: 'pen', quantity: 1, price: 99 }], now)).toMatchObject({
      status: 'PLACED',
      total: 4_569,
      placedAt: '2026-05-04T12:00:00.000Z',
      history: [{ status: 'PLACED', at: '2026-05-04T12:00:00.000Z' }],
      announced: false,
    })
  })
})

describe('what a fact makes of an order', () => {
  it.each<[Status, string, string]>([
    ['PLACED', 'inventory.rejected', 'REJECTED'],
    ['PLACED', 'payment.captured', 'PAID'],
    ['PLACED', 'payment.failed', 'FAILED'],
    ['PAID', 'fulfillment.completed', 'FULFILLED'],
    ['PLACED', 'fulfillment.completed', 'PAID FULFILLED'],
    ['FULFILLED', 'payment.refunded', 'RETURNED'],
    ['PLACED', 'order.failed', 'FAILED'],
    ['PAID', 'order.cancelled', 'CANCELLED'],
  ])('%s, %s: %s', (status, type, path) => {
    const order = orderAt(status)
    const changed = afterFact(order, type, 'because', now + 1_000)
    expect(changed?.status).toBe(path.split(' ').at(-1))
    expect(changed?.reason).toBe('because')
    expect(changed?.history.slice(1).map(each => each.status)).toEqual(path.split(' '))
  })

  it.each<[Status, string]>([
    ['PAID', 'payment.captured'],
    ['FULFILLED', 'payment.captured'],
    ['FULFILLED', 'fulfillment.completed'],
    ['FULFILLED', 'order.failed'],
    ['REJECTED', 'payment.captured'],
    ['CANCELLED', 'fulfillment.completed'],
    ['FAILED', 'payment.refunded'],
    ['RETURNED', 'payment.refunded'],
    ['PLACED', 'weather.changed'],
  ])('%s, %s: nothing', (status, type) => {
    expect(afterFact(orderAt(status), type, '', now)).toBeUndefined()
  })
})

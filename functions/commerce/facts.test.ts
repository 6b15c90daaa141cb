import { CloudEvent } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { PoisonEvent } from '../lib/events.ts'
import { fact, factOf, orderFacts, outgoing } from './facts.ts'
import { orderData } from './services-under-test.ts'

const now = Date.parse('2026-05-04T12:00:00Z')

describe('a fact', () => {
  it('told again is the same event, whenever that is', () => {
    const [one, other] = [now, now + 5_000].map(at => fact('order.placed', 'orders', 'o1', {}, undefined, at))
    expect(one).toMatchObject({ id: 'order.placed:o1', time: '2026-05-04T12:00:00.000Z', cause: '' })
    expect(other?.id).toBe(one?.id)
  })

  it('says what led to it, there and back', () => {
    const placed = fact('order.placed', 'orders', 'o1', {}, undefined, now)
    const failed = fact('order.failed', 'orders', 'o1', { total: 1 }, placed, now)
    const [first, second] = [placed, failed].map(each => {
      const { extensions, ...attributes } = outgoing(each)
      return factOf(new CloudEvent({ ...attributes, ...extensions }))
    })
    expect(first).toMatchObject({ id: 'order.placed:o1', cause: '' })
    expect(second).toMatchObject({ id: 'order.failed:o1', cause: 'order.placed:o1', subject: 'o1', data: { total: 1 } })
  })

  it('of an event with the bare minimum has no holes', () => {
    const read = factOf(new CloudEvent({ id: 'e', type: 't', source: 's' }))
    expect(read).toMatchObject({ subject: '', cause: '', data: undefined })
  })
})

describe('what a fact carries about an order', () => {
  const read = (data: unknown) => orderFacts({ id: 'e1', data })

  it('is given as it came, with what else is in it', () => {
    expect(read(orderData({ reason: 'return', note: 'ünïcode 🐴' }))).toEqual(
      orderData({ reason: 'return', note: 'ünïcode 🐴' }),
    )
    expect(read(orderData({ total: 0 }))).toMatchObject({ total: 0 })
  })

  const line = { sku: 'mug', title: '', quantity: 1, price: 1, digital: false }
  const lineWith = (fields: object) => orderData({ lines: [{ ...line, ...fields }] })
  const ofOrders = [
    { orderId: 1 },
    { orderId: '' },
    { customerId: null },
    { total: -1 },
    { total: 1.5 },
    { total: '1' },
  ]
  const ofLists = [{ lines: 'mug' }, { lines: [] }, { lines: [null] }, { lines: [line, {}] }]
  const ofLines = [{ quantity: 0 }, { quantity: -1 }, { quantity: 0.5 }, { price: -1 }, { price: null }, { sku: '' }]
  it.each([
    ...[undefined, null, 'text', [], {}, 7],
    ...[...ofOrders, ...ofLists].map(orderData),
    ...ofLines.map(lineWith),
  ])('is not in %j', data => {
    expect(() => read(data)).toThrow(PoisonEvent)
  })
})

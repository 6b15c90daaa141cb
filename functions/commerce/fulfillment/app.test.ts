import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices, orderData } from '../services-under-test.ts'

const opened = () => openServices(['fulfillment'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

const line = (digital: boolean) => ({ sku: digital ? 'ebook' : 'mug', title: '', quantity: 1, price: 990, digital })
const goods = { digital: [line(true)], physical: [line(false)], both: [line(true), line(false)] }
const deliver = (path: string, lines: object[] = goods.physical, orderId = 'o1') =>
  shop.deliver('fulfillment', path, { type: 'payment.captured', data: orderData({ lines, orderId }) })
const hold = async (id: string) =>
  (await shop.ask<{ _hold: boolean }>('fulfillment', 'mutation ($id: ID!) { _hold(orderId: $id) }', { id })).data._hold
const sent = async (id = 'o1') => {
  const query = 'query ($id: ID!) { fulfillment(orderId: $id) { kind tracking } }'
  return (await shop.ask<{ fulfillment: object | null }>('fulfillment', query, { id })).data.fulfillment
}

describe('the branches', () => {
  it.each([
    ['digital', true, false],
    ['physical', false, true],
    ['both', false, true],
  ] as const)('an order of %s goods', async (what, digital, physical) => {
    const passed = async (path: string) => (await deliver(path, goods[what])).headers.has('ce-type')
    expect([await passed('/only/digital'), await passed('/only/physical')]).toEqual([digital, physical])
  })

  it('let an order pass as it came', async () => {
    const answer = await deliver('/only/physical')
    expect([answer.headers.get('ce-id'), answer.headers.get('ce-type')]).toEqual(['e1', 'payment.captured'])
    expect(await answer.json()).toEqual(orderData({ lines: goods.physical }))
  })
})

describe('sending', () => {
  it.each([
    ['/ship', 'SHIPMENT', 'parcel-o1'],
    ['/email', 'EMAIL', 'mail-o1'],
  ])('at %s is done once, and told in the answer', async (path, kind, tracking) => {
    const answers = await Promise.all([deliver(path), deliver(path), deliver(path)])
    expect(answers.map(({ headers }) => headers.get('ce-id'))).toEqual(Array(3).fill('fulfillment.completed:o1'))
    expect(await sent()).toEqual({ kind, tracking })
  })

  it('of an order that was stopped is not done any more', async () => {
    expect(await hold('o1')).toBe(true)
    const answer = await deliver('/ship')
    expect([answer.status, answer.headers.has('ce-type'), await sent()]).toEqual([200, false, null])
  })

  it('cannot be stopped any more when it was done', async () => {
    await deliver('/ship')
    expect([await hold('o1'), await sent()]).toEqual([false, { kind: 'SHIPMENT', tracking: 'parcel-o1' }])
  })

  it('and stopping at once: one of them holds', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `o${round}`
      const [answer, held] = await Promise.all([deliver('/ship', goods.physical, id), hold(id)])
      expect(held).toBe(!answer.headers.has('ce-type'))
      expect((await sent(id)) === null).toBe(held)
    }
  })

  it.each(['{', '[]', 'null', '"o1"', '{"orderId":"o1"}'])('refuses %s for good', async data => {
    for (const path of ['/ship', '/email', '/only/digital', '/only/physical']) {
      expect((await shop.deliver('fulfillment', path, { type: 'payment.captured', data })).status).toBe(400)
    }
    expect(await sent()).toBeNull()
  })
})

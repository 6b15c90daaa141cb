import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices } from '../services-under-test.ts'

const opened = () => openServices(['logging'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

interface Entry {
  id: string
  type: string
  data: string
}
const keep = (id: string, data?: unknown, type = 'order.placed', path = '/events') =>
  shop.deliver('logging', path, { type, id, data })
const entries = async (field: string) => {
  const { data, errors } = await shop.ask<{ entries: Entry[] }>(
    'logging',
    `{ entries: ${field} { id type data time } }`,
  )
  expect(errors).toBeUndefined()
  return data.entries
}

describe('the log', () => {
  it('keeps a fact once, and what it carried as JSON', async () => {
    const data = { orderId: 'o1', note: '„naïve“ 🐴 \u2028', lines: [] }
    for (let times = 0; times < 3; times++) expect((await keep('e1', data)).status).toBe(200)
    expect((await entries('log')).map(entry => JSON.parse(entry.data))).toEqual([data])
  })

  it('keeps a fact that carries nothing, and can be asked all the same', async () => {
    const bare = { id: 'e1', type: 'shop.opened', source: 'test', specversion: '1.0' }
    const init = { headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(bare) }
    expect((await shop.request('logging', '/events', { method: 'POST', ...init })).status).toBe(200)
    await keep('e2', { orderId: 'o1' })
    expect((await entries('log')).map(({ data }) => data).toSorted()).toEqual(['null', '{"orderId":"o1"}'])
  })

  it.each([
    ['log(first: 2)', 2],
    ['log(first: 0)', 0],
    ['log(first: -1)', 0],
    ['log(first: null)', 5],
    ['log(first: 2147483647)', 5],
    ['log(orderId: "o1")', 5],
    ['log(orderId: "O1")', 0],
    ['log(orderId: null, type: null)', 5],
    ['log(type: "order.placed")', 4],
    ['log(type: "order.placed", orderId: "o2")', 0],
    ['undelivered', 1],
    ['undelivered(first: 0)', 0],
  ])('%s has %i', async (field, count) => {
    for (const id of ['e1', 'e2', 'e3', 'e4']) await keep(id, {})
    await keep('e5', {}, 'payment.failed')
    await keep('e5', {}, 'payment.failed', '/undelivered')
    expect(await entries(field)).toHaveLength(count)
  })

  it('refuses what is no event', async () => {
    const answer = await shop.request('logging', '/events', { method: 'POST', body: '{}' })
    expect(answer.status).toBe(400)
    expect(await entries('log')).toEqual([])
  })
})

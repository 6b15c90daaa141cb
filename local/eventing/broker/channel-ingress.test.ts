import { describe, expect, it } from 'vitest'
import { LogFull } from '../log/capacity.ts'
import type { LoggedEvent } from '../log/record.ts'
import { channelIngress } from './channel-ingress.ts'
import type { IngressOptions } from './ingress.ts'

const event = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't']

function ingress(more: Partial<IngressOptions> = {}) {
  const taken: { topic: string; events: readonly LoggedEvent[] }[] = []
  const warnings: string[] = []
  const service = channelIngress({
    maxBodyBytes: 100,
    now: () => 0,
    knows: channel => channel === 'shop/orders',
    append: async (topic, events) => void taken.push({ topic, events }),
    warn: message => void warnings.push(message),
    ...more,
  })
  const post = (host: string, headers = event, method = 'POST') =>
    service.handle({ method, host, target: '/', headers, body: Buffer.from('data') })
  return { post, taken, warnings }
}

describe('the channels’ dispatcher', () => {
  it.each([
    'orders-kn-channel.shop.svc.cluster.local',
    'orders-kn-channel.shop.svc',
    'orders-kn-channel.shop',
    'ORDERS-kn-channel.shop.svc.cluster.local:80',
  ])('takes events at %s', async host => {
    const { post, taken } = ingress()
    expect(await post(host)).toMatchObject({ status: 202 })
    expect(taken.map(one => one.topic)).toEqual(['channel:shop/orders'])
  })

  it('keeps an event as it came, with the headers that travel', async () => {
    const { post, taken } = ingress()
    await post('orders-kn-channel.shop', [...event, 'x-request-id', 'r', 'authorization', 'secret'])
    expect(taken[0]?.events).toEqual([
      {
        event: { attributes: { specversion: '1.0', id: '1', source: '/s', type: 't' }, data: Buffer.from('data') },
        headers: ['x-request-id', 'r'],
      },
    ])
  })

  it.each([
    ['a channel that is not there', 'other-kn-channel.shop', event, 'POST', 404],
    ['a host that is none of a channel', 'orders.shop', event, 'POST', 404],
    ['what is no event', 'orders-kn-channel.shop', [], 'POST', 400],
    ['another method', 'orders-kn-channel.shop', event, 'GET', 405],
    ['a question of what it takes', 'orders-kn-channel.shop', event, 'OPTIONS', 200],
  ])('%s at %s', async (_sentence, host, headers, method, status) => {
    const { post, taken } = ingress()
    const answer = await post(host, headers, method)
    expect(answer.status).toBe(status)
    expect(answer.headers).toEqual(expect.arrayContaining(['allow', 'POST, OPTIONS']))
    expect(taken).toEqual([])
  })

  it('asks for time at the bound, and tells what is not the sender’s fault', async () => {
    const full = ingress({ append: () => Promise.reject(new LogFull()) })
    expect(await full.post('orders-kn-channel.shop')).toMatchObject({
      status: 429,
      headers: expect.arrayContaining(['retry-after', '1']),
    })
    const broken = ingress({ append: () => Promise.reject(new Error('disk full')) })
    expect(await broken.post('orders-kn-channel.shop')).toMatchObject({ status: 503 })
    expect(broken.warnings).toEqual(['channel shop/orders: disk full'])
  })
})

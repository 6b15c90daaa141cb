import { describe, expect, it } from 'vitest'
import type { Revision, Service } from '../../../api/serving/types.ts'
import { imageNameOf } from './image-name.ts'
import { formatService, formatServices } from './print.ts'

const now = Date.UTC(2026, 0, 1, 1)
const creationTimestamp = '2026-01-01T00:00:00Z'
const at = { lastTransitionTime: creationTimestamp, reason: '', message: '' }

const cart = {
  metadata: { name: 'cart', namespace: 'shop', creationTimestamp },
  status: {
    ...{ url: 'http://cart.shop', latestReadyRevisionName: 'cart-00002' },
    address: { url: 'http://cart.shop.svc.cluster.local' },
    traffic: [
      { revisionName: 'cart-00001', percent: 90 },
      { revisionName: 'cart-00002', percent: 10 },
      { revisionName: 'cart-00002', tag: 'next' },
    ],
    conditions: [{ type: 'Ready', status: 'False', ...at, reason: 'Broken', message: 'no image' }],
  },
} as unknown as Service
const revision = (name: string, status?: object) =>
  ({ metadata: { name, namespace: 'shop', creationTimestamp }, status }) as unknown as Revision

const cells = (line: string | undefined) => (line ?? '').trim().split(/ {2,}/)
const lineWith = (text: string, start: string) => cells(text.split('\n').find(line => line.startsWith(start)))

describe('services in a list', () => {
  it('say who has a share of their traffic, and why they are not Ready', () => {
    const [, line] = formatServices([cart], now, false).split('\n')
    expect(cells(line)).toEqual([
      ...['cart', 'http://cart.shop', 'cart-00002', 'cart-00001=90% cart-00002=10%', '60m', 'False', 'Broken'],
    ])
  })

  it('say their namespace where there may be several', () => {
    const [head, line] = formatServices([cart], now, true).split('\n')
    expect([cells(head)[0], cells(line)[0]]).toEqual(['NAMESPACE', 'shop'])
  })

  it('that no controller has seen yet are Unknown', () => {
    const fresh = { metadata: cart.metadata } as unknown as Service
    expect(formatServices([fresh], now, false).split('\n')[1]).toMatch(/^cart .* Unknown/)
  })
})

describe('one service', () => {
  const text = formatService(
    cart,
    [
      revision('cart-00001', {
        actualReplicas: 2,
        desiredReplicas: 3,
        conditions: [{ type: 'Ready', status: 'True' }],
      }),
      revision('cart-00002'),
    ],
    now,
  )

  it('says where it is, from outside and from within', () => {
    expect(text).toContain('URL:        http://cart.shop\nCluster:    http://cart.shop.svc.cluster.local\n')
  })

  it('shows each revision with its whole share, its tags and its instances', () => {
    expect(lineWith(text, 'cart-00001')).toEqual(['cart-00001', '90%', '2/3', '60m', 'True'])
    expect(lineWith(text, 'cart-00002')).toEqual(['cart-00002', '10%', 'next', '0/0', '60m', 'Unknown'])
  })

  it('shows its conditions with reason and message', () => {
    expect(lineWith(text, 'Ready')).toEqual(['Ready', 'False', '60m', 'Broken', 'no image'])
  })
})

it.each([
  ['dev.local/shop/cart', 'cart'],
  ['lab.local:5000/shop/Cart_api:1', 'cart-api'],
  ['cart@sha256:0123', 'cart'],
  ['shop/cart:v1@sha256:0123', 'cart'],
  ['shop/_cart_', 'cart'],
])('an image %s gives the name %s', (image, name) => expect(imageNameOf(image)).toBe(name))

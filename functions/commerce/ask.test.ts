import { describe, expect, it } from 'vitest'
import { type CallOptions, transport } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'
import { ask, peerTimeoutMs, urlOf } from './ask.ts'

const question = { query: '{ x }', variables: { a: 1 }, headers: { traceparent: 't' } }

function answering(status: number, body: string) {
  const sent: { url: string; options: CallOptions }[] = []
  const env: Env = {}
  transport.provide(env, async (url, options) => {
    sent.push({ url, options })
    return new Response(body, { status })
  })
  return { env, sent }
}

describe('the address of a peer', () => {
  it.each([
    ['orders', {}, 'http://orders.commerce'],
    ['payments', {}, 'http://payments-mesh.commerce'],
    ['inventory', {}, 'http://inventory-mesh.commerce'],
    ['payments', { PAYMENTS_URL: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1'],
    ['payments', { PAYMENTS_URL: '' }, 'http://payments-mesh.commerce'],
  ] as const)('of %s with %j is %s', (peer, env, url) => {
    expect(urlOf(env, peer)).toBe(url)
  })
})

describe('asking a peer', () => {
  it('sends query and headers in JSON, and waits as long as a peer may need to start', async () => {
    const { env, sent } = answering(200, '{"data":{"x":"ü"}}')
    expect(await ask(env, 'orders', question)).toEqual({ x: 'ü' })
    expect(sent).toMatchObject([
      { url: 'http://orders.commerce/graphql', options: { method: 'POST', timeoutMs: peerTimeoutMs } },
    ])
    expect(sent[0]?.options.headers).toMatchObject({ traceparent: 't', 'content-type': 'application/json' })
    expect(JSON.parse(sent[0]?.options.body ?? '')).toEqual({ query: '{ x }', variables: { a: 1 } })
  })

  it.each([
    [503, '', 'orders answered 503'],
    [302, '', 'orders answered 302'],
    [200, '{"errors":[{"message":"one"},{"message":"two"}]}', 'orders: one; two'],
    [200, '{"data":{"x":1},"errors":[{"message":"half"}]}', 'orders: half'],
    [200, '{"data":null}', 'orders: '],
    [200, '{}', 'orders: '],
    [200, '<html>', 'is not valid JSON'],
  ])('fails at %i %s', async (status, body, message) => {
    await expect(ask(answering(status, body).env, 'orders', question)).rejects.toThrow(message)
  })
})

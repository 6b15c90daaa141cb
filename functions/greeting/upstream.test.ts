import { beforeEach, describe, expect, it } from 'vitest'
import { type CallOptions, transport } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'
import { metricsOf } from '../lib/metrics.ts'
import { gather, pinging } from './upstream.ts'

const greeting = { id: '1', service: 'Service-B', message: 'Namaste', created: '2026-01-01T00:00:00.000Z' }

/** Asks B, which answers with this status, body and headers. */
async function asked(status: number, body: unknown, headers: Record<string, string> = {}) {
  const env: Env = {}
  const calls: [string, CallOptions][] = []
  transport.provide(env, async (url, options) => {
    calls.push([url, options])
    return new Response(JSON.stringify(body), { status, headers })
  })
  const answer = await pinging(env, { order: 'pre', hostnames: false }, { 'end-user': 'ann' })('b').catch(String)
  return { answer, calls }
}

describe('asking another service', () => {
  it('hands on the order and the headers, and leaves it the time in which a sleeping chain wakes', async () => {
    const { calls } = await asked(200, [greeting])
    const options = { headers: { 'end-user': 'ann' }, timeoutMs: 30_000 }
    expect(calls).toEqual([['http://service-b.greeting/api/ping?order=pre', options]])
  })

  it('brings its greetings, and whether some are missing', async () => {
    expect((await asked(200, [greeting])).answer).toEqual({ greetings: [greeting], partial: false })
    expect((await asked(200, [], { 'x-partial': 'true' })).answer).toEqual({ greetings: [], partial: true })
  })

  it.each([
    [503, [greeting]],
    [200, { not: 'a list' }],
  ])('fails upon %d %j', async (status, body) => {
    expect((await asked(status, body)).answer).toContain('Error')
  })
})

describe('asking others one after another', () => {
  const found = { greetings: [greeting], partial: false }
  const failing = (error: unknown) => async (letter: string) => {
    asked.push(letter)
    if (letter === 'd') throw error
    return found
  }
  let asked: string[] = []
  beforeEach(() => {
    asked = []
  })

  it('goes on behind one that fails, which leaves a gap', async () => {
    const env: Env = { LOG_LEVEL: 'silent' }
    const got = await gather(env, ['b', 'd', 'e'], failing(new Error('no answer')), {})
    expect([got, asked]).toEqual([{ greetings: [greeting, greeting], partial: true }, ['b', 'd', 'e']])
    expect((await metricsOf(env).expose()).text).toContain('greeting_upstream_failures_total{letter="d"} 1')
  })

  it('ends when the one who asks has left, and blames nobody', async () => {
    const env: Env = { LOG_LEVEL: 'silent' }
    const got = await gather(env, ['b', 'd', 'e'], failing(new DOMException('gone', 'AbortError')), {})
    expect([got, asked]).toEqual([{ greetings: [greeting], partial: true }, ['b', 'd']])
    expect((await metricsOf(env).expose()).text).not.toContain('greeting_upstream_failures_total{')
  })
})

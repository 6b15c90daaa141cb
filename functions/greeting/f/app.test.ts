import { CloudEvent, HTTP } from 'cloudevents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Serving } from '../../lib/serve.ts'
import { serveOnFreePort, urlOf } from '../chain-under-test.ts'
import { newGreeting } from '../greeting.ts'
import * as f from './app.ts'

const greeting = () => newGreeting('Service-D', 'Shalom, from Service-D!')
const event = (data: object, id: string) =>
  new CloudEvent({
    id,
    type: 'com.example.greeting.v1',
    source: 'service-d',
    datacontenttype: 'application/json',
    data,
  })

let serving: Serving
let base: string
beforeEach(async () => {
  serving = await serveOnFreePort(f, { LOG_LEVEL: 'silent', K_SERVICE: 'service-f', K_REVISION: 'service-f-00001' })
  base = urlOf(serving)
})
afterEach(() => serving.close(1_000))

async function post(body: string, headers: Record<string, string>, path = '/events') {
  const answer = await fetch(base + path, { method: 'POST', headers, body })
  return { status: answer.status, body: await answer.text(), service: answer.headers.get('x-service') }
}

function send(message: { headers: unknown; body: unknown }, path?: string) {
  return post(String(message.body), message.headers as Record<string, string>, path)
}

const messages = async () => (await (await fetch(`${base}/api/messages`)).json()) as object[]

describe('service F takes greetings as events', () => {
  it.each(['/events', '/'])('OBS-23: in binary mode at %s, and keeps them under their id', async path => {
    const sent = greeting()
    expect(await send(HTTP.binary(event(sent, sent.id)), path)).toEqual({ status: 200, body: '', service: 'service-f' })
    expect(await messages()).toEqual([{ _id: sent.id, ...sent }])
  })

  it('in structured mode too', async () => {
    const sent = greeting()
    expect((await send(HTTP.structured(event(sent, sent.id)))).status).toBe(200)
    expect(await messages()).toEqual([{ _id: sent.id, ...sent }])
  })

  it('OBS-26: the same event twice, even at once, leaves one document', async () => {
    const sent = greeting()
    const answers = await Promise.all([1, 2, 3].map(() => send(HTTP.binary(event(sent, sent.id)))))
    expect(answers.map(each => each.status)).toEqual([200, 200, 200])
    expect(await messages()).toHaveLength(1)
  })

  it('lists the newest first', async () => {
    const [one, two] = [greeting(), greeting()]
    for (const each of [one, two]) await send(HTTP.binary(event(each, each.id)))
    expect(await messages()).toMatchObject([{ id: two.id }, { id: one.id }])
  })

  const attributes = {
    'ce-id': '1',
    'ce-type': 'com.example.greeting.v1',
    'ce-source': 'service-d',
    'ce-specversion': '1.0',
    'content-type': 'application/json',
  }
  it.each([
    ['broken JSON', '{"id":', attributes],
    ['data that is no greeting', '{"hello":1}', attributes],
    ['JSON that is no object', '"hello"', attributes],
    ['no data', '', attributes],
    ['no event at all', '{}', { 'content-type': 'application/json' }],
    ['a broken structured event', '{"specversion":', { 'content-type': 'application/cloudevents+json' }],
    ['a batch', '[]', { 'content-type': 'application/cloudevents-batch+json' }],
  ])('OBS-27: %s is refused with 400, so that nobody retries it', async (_what, body, headers) => {
    const answer = await post(body, headers as Record<string, string>)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) })
    expect(answer.body).not.toMatch(/node_modules|at /)
    expect(await messages()).toEqual([])
  })

  it('a store out of order is 503: a retry may help', async () => {
    const broken = await serveOnFreePort(f, { LOG_LEVEL: 'silent', STORE_PATH: '/nonexistent/folder/x.db' })
    const sent = greeting()
    const message = HTTP.binary(event(sent, sent.id))
    const headers = message.headers as Record<string, string>
    const answer = await fetch(`${urlOf(broken)}/events`, { method: 'POST', headers, body: String(message.body) })
    expect(answer.status).toBe(503)
    await broken.close(1_000)
  })
})

describe('service F is a greeter as well', () => {
  it('greets when its own route is called, and keeps that greeting', async () => {
    const [own] = (await (await fetch(`${base}/api/ping`)).json()) as [{ id: string; message: string }]
    expect(own.message).toBe('Hola, from Service-F!')
    await expect.poll(messages).toEqual([{ _id: own.id, ...own }])
  })

  it('has the common routes', async () => {
    expect(await (await fetch(`${base}/api/health`)).text()).toBe('{"alive": true}')
    expect((await fetch(`${base}/nowhere`)).status).toBe(404)
    expect(await (await fetch(`${base}/api/request-echo`, { method: 'POST', body: 'hi' })).text()).toMatch(/hi$/)
  })
})

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PoisonEvent, publish, readEvent } from './events.ts'

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

let sink: Server
let received: Received[]
let status: number
beforeEach(async () => {
  received = []
  status = 202
  sink = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push({ headers: request.headers, body })
    response.writeHead(status).end()
  })
  await new Promise<void>(resolve => sink.listen(0, '127.0.0.1', resolve))
})
afterEach(() => void sink.close().closeAllConnections())

const event = { id: 'e1', type: 'com.example.greeting.v1', source: 'service-d', data: { message: 'Shalom' } }
const env = () => ({ K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/greeting/greetings` })

describe('publishing', () => {
  it('OBS-25: posts a binary CloudEvent, trace headers beside it', async () => {
    await publish(
      env(),
      { ...event, extensions: { devuser: 'betaUser' } },
      { traceparent: '00-a-b-01', 'x-b3-traceid': 'c' },
    )
    expect(received).toEqual([{ headers: expect.any(Object), body: '{"message":"Shalom"}' }])
    expect(received[0]?.headers).toMatchObject({
      'ce-id': 'e1',
      'ce-type': 'com.example.greeting.v1',
      'ce-source': 'service-d',
      'ce-specversion': '1.0',
      'ce-devuser': 'betaUser',
      'content-type': expect.stringMatching(/^application\/json/),
      traceparent: '00-a-b-01',
      'x-b3-traceid': 'c',
    })
  })

  it.each([
    ['x-dev-user becomes an extension', { 'x-dev-user': 'betaUser' }, {}, 'betaUser'],
    ['an extension of the event’s own goes before it', { 'x-dev-user': 'betaUser' }, { devuser: 'own' }, 'own'],
    ['without either there is none', {}, {}, undefined],
  ])('KNI-11: %s', async (_sentence, headers: Record<string, string>, extensions: Record<string, string>, devuser) => {
    await publish(env(), { ...event, extensions }, headers)
    expect(received[0]?.headers['ce-devuser']).toBe(devuser)
  })

  it('rejects when the sink refuses, and does nothing without a sink', async () => {
    status = 500
    await expect(publish(env(), event, {})).rejects.toThrow(/answered 500 to event e1/)
    await expect(publish({}, event, {})).resolves.toBeUndefined()
  })
})

describe('reading', () => {
  it('gets back what was published', async () => {
    await publish(env(), event, {})
    const [{ headers, body } = { headers: {}, body: '' }] = received
    expect(await readEvent(headers as Record<string, string>, body)).toMatchObject(event)
  })

  it.each([
    ['no attributes', { 'content-type': 'application/json' }, '{}'],
    [
      'broken JSON',
      { 'ce-id': '1', 'ce-type': 't', 'ce-source': 's', 'ce-specversion': '1.0', 'content-type': 'application/json' },
      '{',
    ],
    ['an unknown mode', {}, ''],
  ])('calls %s poison', async (_what, headers, body) => {
    await expect(readEvent(headers as Record<string, string>, body)).rejects.toThrow(PoisonEvent)
  })
})

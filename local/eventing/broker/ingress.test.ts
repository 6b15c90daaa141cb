import { describe, expect, it } from 'vitest'
import { LogFull } from '../log/capacity.ts'
import type { LoggedEvent } from '../log/record.ts'
import { arrived, withoutTtl } from './arrival.ts'
import { createIngress, type IngressOptions } from './ingress.ts'
import { passedHeaders } from './passed-headers.ts'

const event = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }
const flat = (headers: Record<string, string>) => Object.entries(headers).flat()

function ingress(more: Partial<IngressOptions> = {}) {
  const appended: { broker: string; events: readonly LoggedEvent[] }[] = []
  const warnings: string[] = []
  const service = createIngress({
    maxBodyBytes: 100,
    now: () => Date.UTC(2026, 0, 1),
    knows: broker => broker === 'app/default',
    append: async (broker, events) => void appended.push({ broker, events }),
    warn: message => void warnings.push(message),
    ...more,
  })
  const handle = (method: string, target: string, headers: Record<string, string> = event, body = '') =>
    service.handle({
      method,
      host: 'broker-ingress.knative-eventing',
      target,
      headers: flat(headers),
      body: Buffer.from(body),
    })
  return { handle, appended, warnings }
}

const failing = (error: Error): Partial<IngressOptions> => ({ append: () => Promise.reject(error) })
const batch = { 'content-type': 'application/cloudevents-batch+json' }
const structured = { 'content-type': 'application/cloudevents+json' }

describe('the ingress answers', () => {
  it.each<[string, number, string, string, Record<string, string>, string, Partial<IngressOptions>]>([
    ['an event with 202', 202, 'POST', '/app/default', event, '', {}],
    ['a slash at the end like none', 202, 'POST', '/app/default/', event, '', {}],
    ['a query as if it were not there', 202, 'POST', '/app/default?x=1', event, '', {}],
    ['an empty batch with 202', 202, 'POST', '/app/default', batch, '[]', {}],
    ['the webhook handshake with 200', 200, 'OPTIONS', '/app/default', {}, '', {}],
    ['GET with 405', 405, 'GET', '/app/default', event, '', {}],
    ['PUT with 405', 405, 'PUT', '/app/default', event, '', {}],
    ['an unknown broker with 404', 404, 'POST', '/app/other', event, '', {}],
    ['a path that is too long with 404', 404, 'POST', '/app/default/x', event, '', {}],
    ['a path that is too short with 404', 404, 'POST', '/app', event, '', {}],
    ['the root with 404', 404, 'POST', '/', event, '', {}],
    ['no event with 400', 400, 'POST', '/app/default', {}, '{}', {}],
    ['an event without type with 400', 400, 'POST', '/app/default', { ...event, 'ce-type': '' }, '', {}],
    ['broken JSON with 400', 400, 'POST', '/app/default', structured, '{', {}],
    [
      'an event whose time is up with 400',
      400,
      'POST',
      '/app/default',
      { ...event, 'ce-knativebrokerttl': '1' },
      '',
      {},
    ],
    ['a body beyond the limit with 413', 413, 'POST', '/app/default', event, 'x'.repeat(101), {}],
    ['a full log with 429', 429, 'POST', '/app/default', event, '', failing(new LogFull())],
    ['a disk that fails with 503', 503, 'POST', '/app/default', event, '', failing(new Error('no space left'))],
  ])('%s', async (_sentence, status, method, target, headers, body, options) => {
    const answer = await ingress(options).handle(method, target, headers, body)
    expect(answer.status).toBe(status)
    expect(answer.headers.slice(0, 2)).toEqual(['allow', 'POST, OPTIONS'])
    expect(answer.headers.includes('retry-after')).toBe(status === 429 || status === 503)
  })

  it('says what is wrong with an event, and warns of its own faults alone', async () => {
    const { handle, warnings } = ingress(failing(new Error('no space left')))
    expect((await handle('POST', '/app/default', {})).body).toBe(
      'no ce-specversion header and no CloudEvents content type',
    )
    expect(warnings).toEqual([])
    await handle('POST', '/app/default')
    expect(warnings).toEqual(['broker app/default: no space left'])
  })

  it('keeps events with their arrival and the headers that pass, a batch as one', async () => {
    const { handle, appended } = ingress()
    const headers = { ...batch, 'x-request-id': 'r', cookie: 'c' }
    const one = { specversion: '1.0', source: '/s', type: 't' }
    const both = JSON.stringify([
      { ...one, id: 'a' },
      { ...one, id: 'b' },
    ])
    await handle('POST', '/app/default', headers, both.slice(0, 200))
    expect(appended).toEqual([])
    const { handle: roomy, appended: kept } = ingress({ maxBodyBytes: 1_000 })
    await roomy('POST', '/app/default', headers, both)
    expect(kept.map(({ broker, events }) => [broker, events.map(each => each.event.attributes.id)])).toEqual([
      ['app/default', ['a', 'b']],
    ])
    expect(kept[0]?.events[0]).toMatchObject({
      headers: ['x-request-id', 'r'],
      event: { attributes: { knativearrivaltime: '2026-01-01T00:00:00.000Z', knativebrokerttl: '255' } },
    })
  })

  it('a batch with one broken event leaves nothing behind', async () => {
    const { handle, appended } = ingress({ maxBodyBytes: 1_000 })
    const body = JSON.stringify([{ specversion: '1.0', id: '1', source: '/s', type: 't' }, { id: '2' }])
    expect((await handle('POST', '/app/default', batch, body)).status).toBe(400)
    expect(appended).toEqual([])
  })
})

describe('the time an event may live', () => {
  const left = (ttl: string | undefined) => {
    const attributes: Record<string, string> = ttl === undefined ? {} : { knativebrokerttl: ttl }
    return arrived({ attributes, data: undefined }, 0)?.attributes.knativebrokerttl
  }
  it.each([
    ['begins at 255', undefined, '255'],
    ['is one less each time', '255', '254'],
    ['begins anew when it is no number', 'often', '255'],
    ['is used up at one', '1', undefined],
    ['stays used up', '0', undefined],
    ['is used up below zero', '-5', undefined],
  ])('%s', (_sentence, before, after) => expect(left(before)).toBe(after))

  it('is not shown to subscribers', () => {
    const attributes = { id: '1', knativebrokerttl: '3' }
    expect(withoutTtl({ attributes, data: undefined }).attributes).toEqual({ id: '1' })
    expect(attributes.knativebrokerttl).toBe('3')
  })
})

it('the headers that pass are Knative’s list and the trace context', () => {
  const passing = ['x-request-id', 'retry-after', 'traceparent', 'tracestate', 'x-b3-traceid', 'knative-x']
  const others = ['authorization', 'cookie', 'x-dev-user', 'kn-namespace', 'ce-id', 'b3', 'host', 'content-type']
  const all = [...passing, ...others].flatMap(name => [name, 'v'])
  expect(passedHeaders(all)).toEqual(passing.flatMap(name => [name, 'v']))
})

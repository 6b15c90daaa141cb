import { describe, expect, it } from 'vitest'
import { framings, responseFraming } from '../codec/framing.ts'
import { parseResponseHead } from '../codec/head.ts'
import {
  clientReadsChunks,
  plainResponse,
  type ResponseContext,
  responseHeaders,
  responseText,
} from './response-headers.ts'

const own = ['x-envoy-upstream-service-time', '7', 'date', 'D', 'server', 'istio-envoy']

function answered(lines: string, { status = 200, method = 'GET', close = false } = {}): string[] {
  const head = parseResponseHead(`HTTP/1.1 ${status} X${lines === '' ? '' : `\r\n${lines}`}`)
  const framing = responseFraming(head, method)
  return responseHeaders(head, { method, framing, date: 'D', server: 'istio-envoy', serviceTimeMs: 7, close })
}

describe('the head a client receives', () => {
  it('has the function’s headers in order, then service time, date and server', () => {
    expect(answered('x-b: 1\r\nx-a: 2\r\ncontent-length: 0')).toEqual([
      'x-b',
      '1',
      'x-a',
      '2',
      'content-length',
      '0',
      ...own,
    ])
  })

  const dropped: [string, string][] = [
    ['connection', 'connection: close'],
    ['what connection names', 'connection: x-hop\r\nx-hop: 1'],
    ['keep-alive', 'keep-alive: timeout=5'],
    ['proxy-connection', 'proxy-connection: close'],
    ['upgrade', 'upgrade: h2c'],
    ['the function’s own service time', 'x-envoy-upstream-service-time: 9999'],
  ]
  it.each(dropped)('lacks %s', (_what, lines) => {
    expect(answered(`${lines}\r\ncontent-length: 0`)).toEqual(['content-length', '0', ...own])
  })

  it('keeps every cookie as its own line', () => {
    expect(answered('set-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0').slice(0, 4)).toEqual([
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
    ])
  })

  it('keeps the function’s date, and overwrites its server where it stands', () => {
    expect(answered('server: mine\r\ndate: Mon\r\ncontent-length: 0')).toEqual([
      ...['server', 'istio-envoy', 'date', 'Mon', 'content-length', '0', 'x-envoy-upstream-service-time', '7'],
    ])
  })

  it('has one server, however many the function names', () => {
    expect(answered('server: a\r\nserver: b\r\ncontent-length: 0').filter(word => word === 'server')).toHaveLength(1)
  })

  it('says that the connection ends when it does', () => {
    expect(answered('content-length: 0', { close: true }).slice(-2)).toEqual(['connection', 'close'])
  })

  it.each([
    ['a chunked answer', 'transfer-encoding: chunked', 200, 'GET', true],
    ['an answer that ends with its connection', '', 200, 'GET', true],
    ['HEAD without a length', '', 200, 'HEAD', true],
    ['HEAD with a length', 'content-length: 5', 200, 'HEAD', false],
    ['an answer with a length', 'content-length: 5', 200, 'GET', false],
    ['204', '', 204, 'GET', false],
    ['304', '', 304, 'GET', false],
    ['HEAD answered 304', '', 304, 'HEAD', false],
  ] as const)('announces chunks (or does not) for %s', (_what, lines, status, method, chunked) => {
    expect(answered(lines, { status, method }).includes('transfer-encoding')).toBe(chunked)
  })

  it('has no length with 204, which has no body, but keeps the one of 304', () => {
    expect(answered('content-length: 5', { status: 204 })).not.toContain('content-length')
    expect(answered('content-length: 5', { status: 304 })).toContain('content-length')
  })
})

describe('an answer’s bytes', () => {
  it.each([
    [200, 'OK'],
    [299, 'Unknown'],
    [404, 'Not Found'],
    [413, 'Payload Too Large'],
    [418, 'Unknown'],
    [429, 'Too Many Requests'],
    [599, 'Last Unassigned Server Error Code'],
  ])('begin with Envoy’s reason phrase for %i', (status, reason) => {
    expect(responseText(status, ['a', '1', 'b', '2'])).toBe(`HTTP/1.1 ${status} ${reason}\r\na: 1\r\nb: 2\r\n\r\n`)
  })

  it('count a body written by Knative’s hops in UTF-8', () => {
    const head = plainResponse(503, 'größe', { 'Retry-After': '3' })
    expect([head.contentLength, head.headers]).toEqual([
      7,
      ['content-type', 'text/plain; charset=utf-8', 'retry-after', '3', 'content-length', '7'],
    ])
  })

  it('keep a content-type given for them', () => {
    expect(plainResponse(200, '', { 'content-type': 'a/b' }).headers).toEqual([
      'content-type',
      'a/b',
      'content-length',
      '0',
    ])
  })

  it('are read as chunks exactly when they are announced so', () => {
    const context: ResponseContext = {
      ...{ method: 'GET', framing: framings.untilClose, date: 'D', server: 's', serviceTimeMs: 0, close: false },
    }
    const head = parseResponseHead('HTTP/1.0 200 OK')
    expect(clientReadsChunks(head, context)).toBe(true)
    expect(clientReadsChunks(head, { ...context, framing: 5 })).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { parseResponseHead } from '../../codec/head.ts'
import { clientReadsChunks, finishHeaders, responseText } from './response-headers.ts'

const own = ['date', 'D', 'server', 'istio-envoy']

function answered(lines: string, status = 200): string[] {
  const head = parseResponseHead(`HTTP/1.1 ${status} X${lines === '' ? '' : `\r\n${lines}`}`)
  finishHeaders(head, 'D', 'istio-envoy')
  return head.headers
}

describe('the head a client receives', () => {
  it('has the function’s headers in order, then date and server', () => {
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
      ...['server', 'istio-envoy', 'date', 'Mon', 'content-length', '0'],
    ])
  })

  it('has one server, however many the function names', () => {
    expect(answered('server: a\r\nserver: b\r\ncontent-length: 0').filter(word => word === 'server')).toHaveLength(1)
  })

  it.each([
    ['an answer without a length', '', 200, true],
    ['an answer with a length', 'content-length: 5', 200, false],
    ['204', '', 204, false],
    ['304', '', 304, false],
  ] as const)('is read as chunks, or not: %s', (_what, lines, status, chunked) => {
    const head = parseResponseHead(`HTTP/1.1 ${status} X${lines === '' ? '' : `\r\n${lines}`}`)
    expect(clientReadsChunks(head)).toBe(chunked)
  })

  it('has no length with 204, which has no body, but keeps the one of 304', () => {
    expect(answered('content-length: 5', 204)).not.toContain('content-length')
    expect(answered('content-length: 5', 304)).toContain('content-length')
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
})

import { describe, expect, it } from 'vitest'
import { framings } from '../../codec/framing.ts'
import { type HopDraft, hopOf } from '../hop-harness.ts'
import { functionRequestList, requestList } from '../http2/request-list.ts'
import { functionRequestText, requestText } from './request-text.ts'

/** What one hop says in both spellings, line by line; the first line of HTTP/1.1 left out. */
function said(draft: HopDraft, headers: string[] = [], viaActivator?: boolean) {
  const hop = hopOf(draft)
  hop.headers = headers
  const text = viaActivator === undefined ? requestText(hop) : functionRequestText(hop, viaActivator)
  const list = viaActivator === undefined ? requestList(hop) : functionRequestList(hop, viaActivator)
  const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${list[index + 1]}`] : []))
  return { text, lines: text.split('\r\n').slice(1, -2), pairs }
}

describe('a request to a service', () => {
  it('says its headers in order, after its host', () => {
    const { text, pairs } = said({ method: 'GET', target: '/a?b', host: 'h:80' }, ['x-a', '1', 'x-b', '2', 'x-a', '3'])
    expect(text).toBe('GET /a?b HTTP/1.1\r\nhost: h:80\r\nx-a: 1\r\nx-b: 2\r\nx-a: 3\r\n\r\n')
    expect(pairs).toEqual([
      ...[':method: GET', ':scheme: http', ':authority: h:80', ':path: /a?b'],
      ...['x-a: 1', 'x-b: 2', 'x-a: 3'],
    ])
  })

  it.each([
    ['of GET without a body says nothing of one', { method: 'GET' }, 'host: h'],
    ['of POST without a body says that there is none', { method: 'POST' }, 'content-length: 0'],
    ['of PATCH without a body says that there is none', { method: 'PATCH' }, 'content-length: 0'],
    ['of DELETE without a body says nothing of one', { method: 'DELETE' }, 'host: h'],
    [
      'with a body of no known length is chunked',
      { headers: 'transfer-encoding: chunked\r\n' },
      'transfer-encoding: chunked',
    ],
  ])('%s', (_, draft, last) => expect(said(draft).lines.at(-1)).toBe(last))

  it('that asks for another protocol goes on asking, and not over HTTP/2', () => {
    const headers = 'connection: upgrade\r\nupgrade: websocket\r\n'
    expect(said({ headers }).lines.slice(-2)).toEqual(['connection: upgrade', 'upgrade: websocket'])
    expect(said({ headers }, ['connection', 'x', 'te', 'gzip', 'x-a', '1']).pairs.slice(4)).toEqual(['x-a: 1'])
    expect(said({}, ['te', 'trailers']).pairs.at(-1)).toBe('te: trailers')
  })

  it('has the scheme that the client came by', () => {
    expect(said({}, ['x-forwarded-proto', 'https']).pairs).toContain(':scheme: https')
  })
})

describe('a request to a function', () => {
  const both = (headers: string[], viaActivator: boolean) => {
    const { lines, pairs } = said({ host: 'hello.app' }, headers, viaActivator)
    return { lines: lines.slice(1), pairs: pairs.slice(4) }
  }

  it.each([
    [
      'through the queue-proxy alone has its hop',
      ['x-forwarded-for', '10.0.0.9', 'x-forwarded-proto', 'http'],
      false,
      ['x-forwarded-for: 10.0.0.9, 127.0.0.1', 'x-forwarded-proto: http', 'forwarded: for=10.0.0.9;proto=http'],
    ],
    [
      'through the activator has that hop too',
      ['x-forwarded-for', '10.0.0.9', 'x-forwarded-proto', 'https'],
      true,
      [
        'x-forwarded-for: 10.0.0.9, 127.0.0.1, 127.0.0.1',
        'x-forwarded-proto: https',
        'k-proxy-request: activator',
        'forwarded: for=10.0.0.9;proto=https, for=127.0.0.1',
      ],
    ],
    ['of a caller in the mesh names nobody before', [], false, ['x-forwarded-for: 127.0.0.1', 'forwarded: proto=http']],
    [
      'of a caller in the mesh through the activator',
      [],
      true,
      ['x-forwarded-for: 127.0.0.1, 127.0.0.1', 'k-proxy-request: activator', 'forwarded: for=127.0.0.1;proto=http'],
    ],
    [
      'that came a long way names all of it, IPv6 in quotes',
      ['x-forwarded-for', '2001:db8::1, 10.0.0.9'],
      false,
      ['x-forwarded-for: 2001:db8::1, 10.0.0.9, 127.0.0.1', 'forwarded: for="[2001:db8::1]";proto=http, for=10.0.0.9'],
    ],
    [
      'with the header on several lines has its hop on the first, which alone is told on',
      ['x-forwarded-for', '10.0.0.9', 'x-forwarded-for', '10.0.0.8'],
      false,
      ['x-forwarded-for: 10.0.0.9, 127.0.0.1', 'x-forwarded-for: 10.0.0.8', 'forwarded: for=10.0.0.9;proto=http'],
    ],
    [
      'with a Forwarded of its own keeps that',
      ['x-forwarded-for', '10.0.0.9', 'forwarded', 'for=me'],
      false,
      ['x-forwarded-for: 10.0.0.9, 127.0.0.1', 'forwarded: for=me'],
    ],
    [
      'says nothing of what told the activator its revision',
      ['knative-serving-revision', 'hello-00001', 'knative-serving-namespace', 'app', 'x-a', '1', 'forwarded', ''],
      false,
      ['x-a: 1', 'forwarded: ', 'x-forwarded-for: 127.0.0.1'],
    ],
  ])('%s', (_, headers, viaActivator, expected) => {
    expect(both(headers, viaActivator)).toEqual({ lines: expected, pairs: expected })
  })

  it('of a mapped domain has the host that the client named', () => {
    const { text, pairs } = said({ host: 'hello.app' }, ['k-original-host', 'shop.example.com'], false)
    expect(text).toContain('\r\nhost: shop.example.com\r\n')
    expect(pairs).toContain(':authority: shop.example.com')
    expect(pairs.join()).not.toContain('k-original-host')
  })

  it('says the same of two callers that take turns', () => {
    const of = (peer: string) => both(['x-forwarded-for', peer], false).lines.at(-1)
    expect([of('10.0.0.1'), of('10.0.0.2'), of('10.0.0.1')]).toEqual([
      ...[
        'forwarded: for=10.0.0.1;proto=http',
        'forwarded: for=10.0.0.2;proto=http',
        'forwarded: for=10.0.0.1;proto=http',
      ],
    ])
  })

  it('says where its body ends', () => {
    const hop = hopOf({ method: 'POST' })
    hop.incoming.framing = framings.chunked
    expect(functionRequestText(hop, false)).toMatch(/\r\ntransfer-encoding: chunked\r\n\r\n$/)
  })
})

import { describe, expect, it } from 'vitest'
import { forwardAction, gateway, type HopDraft, hopOf, incomingOf, outbound, rules } from '../hop-harness.ts'
import { forwardRequest } from '../router/forward-request.ts'
import { functionRequestText, requestText } from '../upstream/request-text.ts'
import { isUpgrade } from './request-headers.ts'

interface Way extends HopDraft {
  viaActivator?: boolean
  /** An address outside of the mesh, in place of a function. */
  outside?: boolean
}

/** The whole head as it leaves: from the door through the route to a function, or to an address. */
function textOf({ viaActivator = false, outside = false, ...draft }: Way): string {
  const hop = hopOf({ door: outside ? outbound : gateway, peer: '10.0.0.9', ...draft })
  forwardRequest(hop, forwardAction(outside ? '' : 'r-1.app.svc.cluster.local:80/*'), 0)
  return outside ? requestText(hop) : functionRequestText(hop, viaActivator)
}

/** Lines of the head sent on, the request line and the host left out. */
function sent(headers: string, way: Way = {}): string[] {
  const lines = textOf({ headers, ...way }).split('\r\n')
  expect(lines.slice(0, 2)).toEqual(['GET /p HTTP/1.1', 'host: h'])
  expect(lines.slice(-2)).toEqual(['', ''])
  return lines.slice(2, -2)
}

const added = {
  xff: 'x-forwarded-for: 10.0.0.9, 127.0.0.1',
  proto: 'x-forwarded-proto: http',
  external: 'x-envoy-external-address: 10.0.0.9',
  id: 'x-request-id: ID',
  operation: 'x-envoy-decorator-operation: r-1.app.svc.cluster.local:80/*',
  attempt: 'x-envoy-attempt-count: 1',
}

describe('the head a function receives through a gateway', () => {
  it('has all of the gateway’s headers, in Envoy’s order, when the client sent none', () => {
    const { xff, proto, external, id, operation, attempt } = added
    // The queue-proxy makes `forwarded` of the address before its own hop.
    expect(sent('')).toEqual([xff, proto, external, id, operation, attempt, 'forwarded: for=10.0.0.9;proto=http'])
  })

  const dropped: [string, string][] = [
    ['connection', 'connection: keep-alive'],
    ['what connection names', 'connection: x-one, X-Two\r\nx-one: 1\r\nx-two: 2'],
    ['keep-alive', 'keep-alive: timeout=5'],
    ['proxy-connection', 'proxy-connection: keep-alive'],
    ['proxy-authorization', 'proxy-authorization: Basic eA=='],
    ['an upgrade to anything but WebSocket', 'connection: upgrade\r\nupgrade: h2c'],
    ['an upgrade that connection does not name', 'upgrade: websocket'],
    ['te other than trailers', 'te: gzip'],
    ['x-envoy-internal', 'x-envoy-internal: true'],
    ['x-envoy-max-retries', 'x-envoy-max-retries: 9'],
    ['x-envoy-retry-on', 'x-envoy-retry-on: 5xx'],
    ['x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-timeout-ms: 1'],
    ['x-envoy-expected-rq-timeout-ms', 'x-envoy-expected-rq-timeout-ms: 1'],
    ['a forged decorator', 'x-envoy-decorator-operation: evil'],
    ['a forged attempt count', 'x-envoy-attempt-count: 7'],
    ['a forged external address', 'x-envoy-external-address: 1.1.1.1'],
    ['x-envoy-original-path', 'x-envoy-original-path: /x'],
    ['x-envoy-original-host', 'x-envoy-original-host: x'],
    ['a revision named by the client', 'knative-serving-revision: other'],
    ['a namespace named by the client', 'knative-serving-namespace: other'],
  ]
  it.each(dropped)('lacks %s', (_what, headers) => {
    expect(sent(`${headers}\r\n`)).toEqual(sent(''))
  })

  const kept: [string, string][] = [
    ['trailers in te', 'te: trailers'],
    ['names with underscores', 'x_under_score: kept'],
    ['trace context', 'traceparent: 00-1-2-01'],
    ['b3', 'b3: 1-2-1'],
    ['x-forwarded-host', 'x-forwarded-host: other.example.com'],
    ['a tag', 'knative-serving-tag: beta'],
    ['expectations', 'expect: 100-continue'],
    ['fault headers, which mean nothing', 'x-envoy-fault-abort-request: 503'],
    ['an empty value', 'x-empty: '],
    ['bytes above ASCII', 'x-name: \xe4\xf6'],
  ]
  it.each(kept)('keeps %s', (_what, line) => {
    expect(sent(`${line}\r\n`)[0]).toBe(line)
  })

  it('keeps several lines of one name several, in order', () => {
    expect(sent('x-a: 1\r\nx-b: 2\r\nx-a: 3\r\n').slice(0, 3)).toEqual(['x-a: 1', 'x-b: 2', 'x-a: 3'])
  })

  it('writes names in lower case', () => {
    expect(sent('X-CamelCase: Value\r\n')[0]).toBe('x-camelcase: Value')
  })

  it('appends the peer to the client’s x-forwarded-for, where it stands', () => {
    const lines = sent('x-a: 1\r\nx-forwarded-for: 1.2.3.4\r\nx-b: 2\r\n')
    expect(lines.slice(0, 3)).toEqual(['x-a: 1', 'x-forwarded-for: 1.2.3.4,10.0.0.9, 127.0.0.1', 'x-b: 2'])
    expect(lines).toContain('forwarded: for=1.2.3.4;proto=http, for=10.0.0.9')
  })

  it('joins several x-forwarded-for lines into the first', () => {
    const lines = sent('x-forwarded-for: 1.1.1.1\r\nx-a: 1\r\nx-forwarded-for: 2.2.2.2\r\n')
    expect(lines.slice(0, 2)).toEqual(['x-forwarded-for: 1.1.1.1,2.2.2.2,10.0.0.9, 127.0.0.1', 'x-a: 1'])
    expect(lines.filter(line => line.startsWith('x-forwarded-for'))).toHaveLength(1)
  })

  it('overwrites the client’s x-forwarded-proto and x-request-id in place', () => {
    const lines = sent('x-request-id: mine\r\nx-a: 1\r\nx-forwarded-proto: https\r\n')
    expect(lines.slice(0, 3)).toEqual(['x-request-id: ID', 'x-a: 1', 'x-forwarded-proto: http'])
    expect(lines.filter(line => /^x-(request-id|forwarded-proto)/.test(line))).toHaveLength(2)
  })

  it('keeps a forwarded header and then makes none', () => {
    const lines = sent('forwarded: for=9.9.9.9\r\n')
    expect(lines.filter(line => line.startsWith('forwarded'))).toEqual(['forwarded: for=9.9.9.9'])
  })

  it('brackets IPv6 addresses in forwarded', () => {
    expect(sent('', { peer: '::1' }).at(-1)).toBe('forwarded: for="[::1]";proto=http')
  })

  it('makes forwarded anew when the caller’s address changes', () => {
    expect(sent('', { peer: '10.0.0.1' }).at(-1)).toBe('forwarded: for=10.0.0.1;proto=http')
    expect(sent('', { peer: '10.0.0.2' }).at(-1)).toBe('forwarded: for=10.0.0.2;proto=http')
    expect(sent('', { peer: '10.0.0.2', viaActivator: true }).at(-1)).toContain(
      'for=10.0.0.2;proto=http, for=127.0.0.1',
    )
  })

  it('names the activator and its hop when it stands in the path', () => {
    const lines = sent('', { viaActivator: true })
    expect(lines[0]).toBe('x-forwarded-for: 10.0.0.9, 127.0.0.1, 127.0.0.1')
    expect(lines).toContain('k-proxy-request: activator')
  })

  it('gets the route’s headers after the gateway’s, in place of the client’s own', () => {
    const lines = sent('x-set: client\r\nx-other: 1\r\n', {
      requestHeaders: rules({ set: { 'x-set': 'route', 'x-more': '2' } }),
    })
    expect(lines[0]).toBe('x-other: 1')
    expect(lines.slice(-4, -1)).toEqual(['x-envoy-attempt-count: 1', 'x-set: route', 'x-more: 2'])
  })
})

describe('the head a host outside receives', () => {
  it('has what a sidecar adds, and no more', () => {
    expect(sent('', { outside: true })).toEqual([
      'x-forwarded-proto: http',
      'x-request-id: ID',
      'x-envoy-attempt-count: 1',
    ])
  })

  it('keeps the client’s request id, proto and forwarded-for as they are', () => {
    const own = ['x-request-id: mine', 'x-forwarded-proto: https', 'x-forwarded-for: 1.2.3.4']
    expect(sent(`${own.join('\r\n')}\r\n`, { outside: true })).toEqual([...own, 'x-envoy-attempt-count: 1'])
  })

  it('keeps what only a gateway removes', () => {
    const own = ['x-envoy-original-path: /x', 'knative-serving-revision: r']
    expect(sent(`${own.join('\r\n')}\r\n`, { outside: true }).slice(0, 2)).toEqual(own)
  })
})

describe('framing of the request sent on', () => {
  it('is the client’s: a length stays a length, chunks stay chunks', () => {
    const text = (headers: string) => textOf({ headers, method: 'POST' })
    expect(text('content-length: 3\r\n')).toContain('\r\ncontent-length: 3\r\n')
    expect(text('Transfer-Encoding: Chunked\r\n')).toMatch(/\r\ntransfer-encoding: chunked\r\n\r\n$/)
  })

  it.each(['POST', 'PUT', 'PATCH', 'OPTIONS'])('says that a %s has no body when the client does not', method => {
    expect(textOf({ method })).toMatch(/\r\ncontent-length: 0\r\n\r\n$/)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'TRACE'])('says nothing of the body that a %s does not have', method => {
    expect(textOf({ method })).not.toMatch(/content-length|transfer-encoding/)
  })

  it('announces a WebSocket with the client’s own words', () => {
    const headers = 'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n'
    expect(isUpgrade(incomingOf({ headers }))).toBe(true)
    expect(textOf({ headers })).toMatch(/\r\nconnection: upgrade\r\nupgrade: WebSocket\r\n\r\n$/)
  })
})

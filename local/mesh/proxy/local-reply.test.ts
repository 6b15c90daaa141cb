import { describe, expect, it } from 'vitest'
import { connectionRefused } from './failure.ts'
import {
  failureReply,
  isGrpc,
  type LocalReply,
  localReplies,
  localReplyText,
  malformedReply,
  type ReplyContext,
} from './local-reply.ts'

const context: ReplyContext = { method: 'GET', grpc: false, date: 'D', server: 'istio-envoy', close: false }
const tail = 'date: D\r\nserver: istio-envoy\r\n'
const text = (reply: LocalReply, change: Partial<ReplyContext> = {}) => localReplyText(reply, { ...context, ...change })
const forbidden: LocalReply = { status: 403, body: 'RBAC: access denied', flags: '-', details: 'rbac' }

describe('an answer of the proxy, to the byte', () => {
  const typed = 'content-length: 19\r\ncontent-type: text/plain\r\n'
  const rows: [string, LocalReply, Partial<ReplyContext>, string][] = [
    ['without a body', localReplies.routeNotFound, {}, `HTTP/1.1 404 Not Found\r\n${tail}content-length: 0\r\n\r\n`],
    [
      'without a body, closing',
      localReplies.routeNotFound,
      { close: true },
      `HTTP/1.1 404 Not Found\r\n${tail}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    [
      'without a body, to HEAD',
      localReplies.routeNotFound,
      { method: 'HEAD' },
      `HTTP/1.1 404 Not Found\r\n${tail}transfer-encoding: chunked\r\n\r\n`,
    ],
    [
      'with a body',
      localReplies.noHealthyUpstream,
      {},
      `HTTP/1.1 503 Service Unavailable\r\n${typed}${tail}\r\nno healthy upstream`,
    ],
    [
      'with a body, closing',
      forbidden,
      { close: true },
      `HTTP/1.1 403 Forbidden\r\n${typed}${tail}connection: close\r\n\r\nRBAC: access denied`,
    ],
    ['with a body, to HEAD', forbidden, { method: 'HEAD' }, `HTTP/1.1 403 Forbidden\r\n${typed}${tail}\r\n`],
    [
      'of a sidecar',
      localReplies.routeNotFound,
      { server: 'envoy' },
      'HTTP/1.1 404 Not Found\r\ndate: D\r\nserver: envoy\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'to gRPC',
      localReplies.noHealthyUpstream,
      { grpc: true },
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 14\r\ngrpc-message: no healthy upstream\r\n${tail}content-length: 0\r\n\r\n`,
    ],
    [
      'to gRPC by HEAD',
      localReplies.noHealthyUpstream,
      { grpc: true, method: 'HEAD' },
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 14\r\n${tail}transfer-encoding: chunked\r\n\r\n`,
    ],
  ]
  it.each(rows)('%s', (_what, reply, change, bytes) => {
    expect(text(reply, change)).toBe(bytes)
  })

  it.each([
    [400, 13],
    [200, 2],
    [204, 2],
    [301, 2],
    [401, 16],
    [403, 7],
    [404, 12],
    [408, 2],
    [413, 2],
    [429, 14],
    [500, 2],
    [501, 2],
    [502, 14],
    [503, 14],
    [504, 14],
    [599, 2],
  ])('says status %i to gRPC as %i', (status, grpc) => {
    expect(text({ status, body: '', flags: '', details: '' }, { grpc: true })).toContain(`grpc-status: ${grpc}\r\n`)
  })

  it('percent-encodes a gRPC message', () => {
    const reply = { status: 503, body: '%REQ(x)% 100% \u00e4\n', flags: '', details: '' }
    expect(text(reply, { grpc: true })).toContain('grpc-message: %25REQ(x)%25 100%25 %C3%A4%0A\r\n')
  })

  it('counts its body in bytes', () => {
    expect(text({ status: 503, body: '\u00e4', flags: '', details: '' })).toContain('content-length: 2\r\n')
  })
})

describe('failures of an endpoint', () => {
  const refused = { kind: 'connect-failure', reason: connectionRefused } as const
  it.each([
    ['closed before it answered', failureReply({ kind: 'reset' }, false), 95, 'UC'],
    ['closed, after other tries', failureReply({ kind: 'reset' }, true), 118, 'UC'],
    ['closed, after other instances', failureReply({ kind: 'reset', retried: true }, false), 118, 'UC'],
    ['refused', failureReply(refused, false), 167, 'UF'],
    ['refused, after other tries', failureReply(refused, true), 190, 'UF'],
    ['broke the protocol', failureReply({ kind: 'protocol-error' }, false), 87, 'UPE'],
  ])('%s: as long and with the flags that Envoy has', (_what, reply, length, flags) => {
    expect([Buffer.byteLength(reply.body), reply.flags]).toEqual([length, flags])
  })

  it('name the reason in the details without spaces', () => {
    expect(failureReply(refused, false).details).toBe(
      'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
    )
  })
})

describe('what the route asks of every answer', () => {
  const ruled = (more: Partial<LocalReply>) => ({ status: 503, body: 'b', flags: '', details: '', ...more })

  it('stands first, and its content-type is taken for the body', () => {
    const reply = ruled({ headers: ['content-type', 'text/html', 'retry-after', '3'] })
    expect(text(reply)).toBe(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\nretry-after: 3\r\ncontent-length: 1\r\n${tail}\r\nb`,
    )
  })

  it('keeps its date, never its server', () => {
    const reply = ruled({ body: '', headers: ['date', 'today', 'server', 'mine'] })
    expect(text(reply)).toMatch(/\r\ndate: today\r\nserver: istio-envoy\r\ncontent-length: 0\r\n\r\n$/)
  })

  it('of CORS stands behind what frames the body', () => {
    const reply = ruled({ lateHeaders: ['access-control-allow-origin', 'https://a'] })
    expect(text(reply)).toContain(`text/plain\r\naccess-control-allow-origin: https://a\r\n${tail}`)
  })

  it('leads a gRPC answer too', () => {
    const reply = ruled({ status: 302, body: '', headers: ['location', 'http://x/'] })
    expect(text(reply, { grpc: true })).toMatch(
      /^HTTP\/1.1 200 OK\r\nlocation: http:\/\/x\/\r\ncontent-type: application\/grpc\r\ngrpc-status: 2\r\n/,
    )
  })

  it('a grpc-status named by a fault is said as it is', () => {
    expect(text(ruled({ status: 200, grpcStatus: 8 }), { grpc: true })).toContain('grpc-status: 8\r\n')
  })
})

describe('answers without a body by their status', () => {
  it('304 has nothing that frames one', () => {
    const reply = { status: 304, body: '', flags: '', details: '', headers: ['location', 'http://x/'] }
    expect(text(reply)).toBe(`HTTP/1.1 304 Not Modified\r\nlocation: http://x/\r\n${tail}\r\n`)
  })

  it('204 with one announces it and does not send it', () => {
    const reply = { status: 204, body: 'b', flags: '', details: '' }
    expect(text(reply)).toBe(`HTTP/1.1 204 No Content\r\ncontent-length: 1\r\ncontent-type: text/plain\r\n${tail}\r\n`)
  })
})

describe('refusals by the codec', () => {
  it('say the reason phrase, or nothing where Envoy says nothing', () => {
    expect(malformedReply(431, 'x', false).body).toBe('Request Header Fields Too Large')
    expect(malformedReply(400, 'x', true).body).toBe('')
  })
})

describe('gRPC is told by its content-type', () => {
  it.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc-web', false],
    ['application/grpcx', false],
    ['application/json', false],
    ['', false],
  ])('%j: %s', (type, grpc) => {
    expect(isGrpc(type)).toBe(grpc)
  })
})

import { describe, expect, it } from 'vitest'
import {
  connectionFailure,
  connectionTermination,
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

describe('failures of an instance', () => {
  it.each([
    ['closed before it answered', connectionTermination(false), 95, 'UC'],
    ['closed, after other tries', connectionTermination(true), 118, 'URX,UC'],
    ['refused', connectionFailure('Connection refused', false), 167, 'UF'],
    ['refused, after other tries', connectionFailure('Connection refused', true), 190, 'URX,UF'],
    ['broke the protocol', localReplies.protocolError, 87, 'UPE'],
  ])('%s: as long and with the flags that Envoy has', (_what, reply, length, flags) => {
    expect([Buffer.byteLength(reply.body), reply.flags]).toEqual([length, flags])
  })

  it('name the reason in the details without spaces', () => {
    expect(connectionFailure('Connection refused', false).details).toBe(
      'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
    )
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

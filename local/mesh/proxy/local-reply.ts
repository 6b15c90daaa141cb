// Answers the proxy gives itself, byte for byte as Envoy writes them (1.37, utility.cc, sendLocalReply).
import type { HeaderList } from '../codec/head.ts'
import { indexOfName, setInPlace } from '../codec/header-lines.ts'
import { reasonOf } from '../codec/tokens.ts'
import type { AttemptFailure } from './failure.ts'

/** An answer in the proxy's own name. */
export interface LocalReply {
  status: number
  /** Empty: no body and no content-type. */
  body: string | Buffer
  /** Envoy's response flags: `NR`, `UH`, `UF`, `UC`, `UT`, …; `-` for none. */
  flags: string
  /** Envoy's response code details. */
  details: string
  /** Before all others: what the route's header rules and the reply's own kind (`location`) ask for. */
  headers?: HeaderList
  /** Behind what frames the body: what CORS adds. */
  lateHeaders?: HeaderList
  /** A filter answers by itself: the header rules of the route do not hold. */
  unruled?: true
  /** For gRPC callers, where it does not follow from the status. */
  grpcStatus?: number
}

export interface ReplyContext {
  method: string
  grpc: boolean
  date: string
  /** `istio-envoy` at gateways, `envoy` for what a sidecar would answer. */
  server: string
  /** The connection ends after this answer. */
  close: boolean
}

/** A head and a body as they go to the client: the list is complete, `connection` and what frames the body included. */
export interface RenderedReply {
  status: number
  headers: HeaderList
  /** What is sent of it: nothing to HEAD. */
  body: Buffer
}

/** gRPC callers get 200 and a grpc-status in place of any answer after routing. */
export function renderReply(reply: LocalReply, context: ReplyContext): RenderedReply {
  if (context.grpc) return renderGrpc(reply, context)
  const { status, body, lateHeaders } = reply
  const headers = own(reply)
  const text = typeof body === 'string' ? Buffer.from(body) : body
  if (text.length > 0) {
    setInPlace(headers, 'content-length', String(text.length))
    if (indexOfName(headers, 'content-type') < 0) headers.push('content-type', 'text/plain')
  }
  if (lateHeaders) headers.push(...lateHeaders)
  finish(headers, context)
  if (text.length === 0) frameEmpty(headers, status, context.method)
  return { status, headers, body: context.method === 'HEAD' || isBodyless(status) ? nothing : text }
}

/** The whole answer, head and body, as bytes in latin1. */
export function localReplyText(reply: LocalReply, context: ReplyContext): string {
  const { status, headers, body } = renderReply(reply, context)
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${text}\r\n${body.toString('latin1')}`
}

const nothing = Buffer.alloc(0)

function own({ headers }: LocalReply): HeaderList {
  return headers ? [...headers] : []
}

function isBodyless(status: number): boolean {
  return status === 204 || status === 304
}

function finish(headers: HeaderList, { date, server, close }: ReplyContext): void {
  if (indexOfName(headers, 'date') < 0) headers.push('date', date)
  setInPlace(headers, 'server', server)
  if (close) headers.push('connection', 'close')
}

/** To HEAD an empty answer has no length: Envoy cannot know what GET would have had. */
function frameEmpty(headers: HeaderList, status: number, method: string): void {
  if (isBodyless(status)) return
  if (method === 'HEAD') headers.push('transfer-encoding', 'chunked')
  else headers.push('content-length', '0')
}

function renderGrpc(reply: LocalReply, context: ReplyContext): RenderedReply {
  const headers = own(reply)
  const message = reply.body.toString()
  setInPlace(headers, 'content-type', 'application/grpc')
  headers.push('grpc-status', String(reply.grpcStatus ?? grpcStatus(reply.status)))
  if (message !== '' && context.method !== 'HEAD') headers.push('grpc-message', grpcEncoded(message))
  if (reply.lateHeaders) headers.push(...reply.lateHeaders)
  finish(headers, context)
  frameEmpty(headers, 200, context.method)
  return { status: 200, headers, body: nothing }
}

function grpcStatus(status: number): number {
  switch (status) {
    case 400:
      return 13
    case 401:
      return 16
    case 403:
      return 7
    case 404:
      return 12
    case 429:
    case 502:
    case 503:
    case 504:
      return 14
    default:
      return 2
  }
}

function grpcEncoded(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]/g, character =>
    [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

export function isGrpc(contentType: string): boolean {
  return contentType.startsWith('application/grpc') && /^application\/grpc(?:$|\+)/.test(contentType)
}

const beforeHeaders = 'upstream connect error or disconnect/reset before headers. '
const resetDetails = 'upstream_reset_before_response_started'

export const localReplies = {
  routeNotFound: { status: 404, body: '', flags: 'NR', details: 'route_not_found' },
  noHealthyUpstream: { status: 503, body: 'no healthy upstream', flags: 'UH', details: 'no_healthy_upstream' },
  asterisk: { status: 404, body: '', flags: '-', details: 'absolute_path_rejected' },
  missingHost: { status: 400, body: '', flags: '-', details: 'missing_host_header' },
  headerTimeout: { status: 408, body: 'request header timeout', flags: '-', details: 'request_header_timeout' },
  clusterNotFound: { status: 503, body: '', flags: 'NC', details: 'cluster_not_found' },
  blocked: { status: 502, body: '', flags: '-', details: 'direct_response' },
  timeout: { status: 504, body: 'upstream request timeout', flags: 'UT', details: 'response_timeout' },
  perTryTimeout: { status: 504, body: 'upstream request timeout', flags: 'UT', details: 'upstream_per_try_timeout' },
  overflow: {
    status: 503,
    body: `${beforeHeaders}reset reason: overflow`,
    flags: 'UO',
    details: `${resetDetails}{overflow}`,
    headers: ['x-envoy-overloaded', 'true'],
  },
  bodyTooLarge: { status: 413, body: 'Payload Too Large', flags: '-', details: 'request_payload_too_large' },
} satisfies Record<string, LocalReply>

/** What a failed try comes to when nothing else is tried; `retried` when it was not the first. */
export function failureReply(failure: AttemptFailure, retried: boolean): LocalReply {
  const latest = retried || failure.retried === true ? 'retried and the latest reset reason' : 'reset reason'
  const body = (why: string) => `${beforeHeaders}${latest}: ${why}`
  switch (failure.kind) {
    case 'reset':
      return {
        status: 503,
        body: body('connection termination'),
        flags: 'UC',
        details: `${resetDetails}{connection_termination}`,
      }
    case 'stream-reset':
      return streamResetReply(failure.refused, body)
    case 'protocol-error':
      return { status: 502, body: body('protocol error'), flags: 'UPE', details: `${resetDetails}{protocol_error}` }
    case 'connect-timeout':
      return {
        status: 503,
        body: body('connection timeout'),
        flags: 'UF',
        details: `${resetDetails}{connection_timeout}`,
      }
    case 'connect-failure':
      return {
        status: 503,
        body: body(`remote connection failure, transport failure reason: ${failure.reason}`),
        flags: 'UF',
        details: `${resetDetails}{remote_connection_failure|${failure.reason.replaceAll(' ', '_')}}`,
      }
  }
}

function streamResetReply(refused: boolean, body: (why: string) => string): LocalReply {
  const why = refused ? 'remote refused stream reset' : 'remote reset'
  return { status: 503, body: body(why), flags: 'UR', details: `${resetDetails}{${why.replaceAll(' ', '_')}}` }
}

/** A refusal by the codec, before there is a request. */
export function malformedReply(status: number, detail: string, bare: boolean): LocalReply {
  return { status, body: bare ? '' : reasonOf(status), flags: 'DPE', details: detail }
}

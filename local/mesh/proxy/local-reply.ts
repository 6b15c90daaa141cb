// Answers the proxy gives itself, byte for byte as Envoy writes them (spec/istio-facts.md section 1 and part 2).
import { reasonOf } from '../codec/tokens.ts'

/** An answer in the proxy's own name. */
export interface LocalReply {
  status: number
  /** Empty: no body and no content-type. */
  body: string
  /** Envoy's response flags: `NR`, `UH`, `UF`, `UC`, `UT`, …; `-` for none. */
  flags: string
  /** Envoy's response code details. */
  details: string
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

/** The whole answer, head and body. gRPC callers get 200 and a grpc-status in place of any answer after routing. */
export function localReplyText(reply: LocalReply, context: ReplyContext): string {
  if (context.grpc) return grpcReply(reply, context)
  const { status, body } = reply
  const head = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  const tail = `date: ${context.date}\r\nserver: ${context.server}\r\n${context.close ? 'connection: close\r\n' : ''}`
  if (body === '') return `${head}${tail}${emptyFraming(context.method)}\r\n\r\n`
  const shown = context.method === 'HEAD' ? '' : body
  return `${head}content-length: ${Buffer.byteLength(body)}\r\ncontent-type: text/plain\r\n${tail}\r\n${shown}`
}

/** To HEAD an empty answer has no length: Envoy cannot know what GET would have had. */
function emptyFraming(method: string): string {
  return method === 'HEAD' ? 'transfer-encoding: chunked' : 'content-length: 0'
}

function grpcReply({ status, body }: LocalReply, context: ReplyContext): string {
  const message = body === '' || context.method === 'HEAD' ? '' : `grpc-message: ${grpcEncoded(body)}\r\n`
  return (
    `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: ${grpcStatus(status)}\r\n${message}` +
    `date: ${context.date}\r\nserver: ${context.server}\r\n${context.close ? 'connection: close\r\n' : ''}` +
    `${emptyFraming(context.method)}\r\n\r\n`
  )
}

function grpcStatus(status: number): number {
  switch (status) {
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
  protocolError: {
    status: 502,
    body: `${beforeHeaders}reset reason: protocol error`,
    flags: 'UPE',
    details: `${resetDetails}{protocol_error}`,
  },
  overflow: {
    status: 503,
    body: `${beforeHeaders}reset reason: overflow`,
    flags: 'UO',
    details: `${resetDetails}{overflow}`,
  },
  bodyTooLarge: { status: 413, body: 'Payload Too Large', flags: '-', details: 'request_payload_too_large' },
  unsupportedProtocol: {
    status: 502,
    body: 'the function listens for h2c, which this proxy does not speak yet',
    flags: 'UPE',
    details: 'h2c_not_supported',
  },
} satisfies Record<string, LocalReply>

/** The instance closed before it answered; `retried` when it was tried more than once. */
export function connectionTermination(retried: boolean): LocalReply {
  return {
    status: 503,
    body: `${beforeHeaders}${latestReason(retried)}: connection termination`,
    flags: retried ? 'URX,UC' : 'UC',
    details: `${resetDetails}{connection_termination}`,
  }
}

/** No connection came about. `reason` in the words of the C library: `Connection refused`. */
export function connectionFailure(reason: string, retried: boolean): LocalReply {
  const why = `remote connection failure, transport failure reason: delayed connect error: ${reason}`
  return {
    status: 503,
    body: `${beforeHeaders}${latestReason(retried)}: ${why}`,
    flags: retried ? 'URX,UF' : 'UF',
    details: `${resetDetails}{remote_connection_failure|delayed_connect_error:_${reason.replaceAll(' ', '_')}}`,
  }
}

function latestReason(retried: boolean): string {
  return retried ? 'retried and the latest reset reason' : 'reset reason'
}

/** A refusal by the codec, before there is a request. */
export function malformedReply(status: number, detail: string, bare: boolean): LocalReply {
  return { status, body: bare ? '' : reasonOf(status), flags: 'DPE', details: detail }
}

// Header values: literal text and Envoy's `%COMMAND(argument):length%`.
import type { HeaderValue, ValueCommand, ValuePart } from '../../table/header-rules.ts'
import { RejectedConfiguration } from './rejection.ts'

const commandForm = /%([A-Z][A-Z0-9_]*)(?:\(((?:[^()]|\([^()]*\))*)\))?(?::(\d+))?%/y

/** Commands without parentheses, and those that may have them. */
const plainCommands = new Set(
  `ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_SENT COMMON_DURATION CONNECTION_ID
   CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS
   DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT DOWNSTREAM_HEADER_BYTES_RECEIVED
   DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT
   DOWNSTREAM_LOCAL_DNS_SAN DOWNSTREAM_LOCAL_PORT DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN
   DOWNSTREAM_PEER_CERT DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START DOWNSTREAM_PEER_DNS_SAN
   DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_SERIAL
   DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN DOWNSTREAM_REMOTE_ADDRESS
   DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER DOWNSTREAM_TLS_SESSION_ID
   DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON DOWNSTREAM_WIRE_BYTES_RECEIVED
   DOWNSTREAM_WIRE_BYTES_SENT DURATION EMIT_TIME FILTER_CHAIN_NAME GRPC_STATUS GRPC_STATUS_NUMBER HOSTNAME
   LOCAL_REPLY_BODY PATH PROTOCOL QUERY_PARAMS REQUESTED_SERVER_NAME REQUEST_DURATION REQUEST_TX_DURATION
   RESPONSE_CODE RESPONSE_CODE_DETAILS RESPONSE_DURATION RESPONSE_FLAGS RESPONSE_FLAGS_LONG RESPONSE_TX_DURATION
   ROUNDTRIP_DURATION ROUTE_NAME START_TIME STREAM_ID TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT TRACE_ID
   UNIQUE_ID UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW UPSTREAM_CONNECTION_ID UPSTREAM_CONNECTION_POOL_READY_DURATION
   UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT UPSTREAM_HOST
   UPSTREAM_HOSTS_ATTEMPTED UPSTREAM_HOST_NAME UPSTREAM_HOST_NAME_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS
   UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT UPSTREAM_LOCAL_PORT UPSTREAM_PEER_CERT UPSTREAM_PEER_CERT_V_END
   UPSTREAM_PEER_CERT_V_START UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_ISSUER UPSTREAM_PEER_SUBJECT
   UPSTREAM_PEER_URI_SAN UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT
   UPSTREAM_REMOTE_PORT UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER
   UPSTREAM_TLS_SESSION_ID UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED
   UPSTREAM_WIRE_BYTES_SENT VIRTUAL_CLUSTER_NAME`.split(/\s+/),
)

/** Commands that say nothing without parentheses. */
const askingCommands = new Set(
  `CEL CLUSTER_METADATA COALESCE DYNAMIC_METADATA ENVIRONMENT FILE_CONTENT FILTER_STATE METADATA QUERY_PARAM REQ
   REQ_WITHOUT_QUERY RESP RESP_WITHOUT_QUERY TRAILER TYPED_FILTER_STATE UPSTREAM_FILTER_STATE UPSTREAM_METADATA`.split(
    /\s+/,
  ),
)

/**
 * A plain string when nothing is to be filled in. Values are trimmed, `%%` is a percent sign. Throws
 * `RejectedConfiguration` for what Envoy does not take: unknown commands, `%REQ%` without a name, a lone percent sign.
 */
export function compileHeaderValue(text: string): HeaderValue {
  const value = text.trim()
  if (!value.includes('%')) return value
  const parts: ValuePart[] = []
  let position = 0
  while (position < value.length) {
    const percent = value.indexOf('%', position)
    const literal = percent < 0 ? value.slice(position) : value.slice(position, percent)
    if (literal) append(parts, literal)
    if (percent < 0) break
    position = readCommand(value, percent, parts)
  }
  const [first] = parts
  return parts.length === 1 && typeof first === 'string' ? first : parts
}

function append(parts: ValuePart[], literal: string): void {
  const last = parts.at(-1)
  if (typeof last === 'string') parts[parts.length - 1] = last + literal
  else parts.push(literal)
}

/** Where the text goes on behind it. */
function readCommand(value: string, percent: number, parts: ValuePart[]): number {
  if (value[percent + 1] === '%') {
    append(parts, '%')
    return percent + 2
  }
  commandForm.lastIndex = percent
  const match = commandForm.exec(value)
  if (!match)
    throw new RejectedConfiguration(`header value ${JSON.stringify(value)}: \`%\` begins no command (write \`%%\`)`)
  const [whole, command = '', argument, length] = match
  parts.push(checked({ command, argument, length: length === undefined ? undefined : Number(length) }))
  return percent + whole.length
}

function checked(command: ValueCommand): ValueCommand {
  const { command: name, argument } = command
  if (askingCommands.has(name)) {
    if (argument) return command
    throw new RejectedConfiguration(`header value: ${name} requires parameters`)
  }
  if (plainCommands.has(name)) return command
  throw new RejectedConfiguration(`header value: Not supported field in StreamInfo: ${name}`)
}

// Fills in Envoy's command operators (Envoy 1.37, docs/configuration/observability/access_log/usage).

import type { FinishedConnection } from '../../seams/finished-connection.ts'
import type { FinishedRequest } from '../../seams/finished-request.ts'
import { headerOf } from '../request.ts'
import type { LogFormat } from './default-formats.ts'

/** What one operator says of a request; undefined is Envoy's `-` (`null` in JSON). */
type Value = string | number | undefined
type Operator = (request: Logged, argument: string) => Value

/** A request, or a connection of bytes in its shape: then nothing of HTTP has a value. */
export interface Logged extends FinishedRequest {
  connection?: FinishedConnection
}

const nothing: Operator = () => undefined

const operators: Readonly<Record<string, Operator>> = {
  START_TIME: ({ startedAt }) => new Date(startedAt).toISOString(),
  REQ: requestHeader,
  RESP: ({ durationMs, waitedMs, upstreamAddress, connection }, name) => {
    const isTold = name.toLowerCase() === 'x-envoy-upstream-service-time' && upstreamAddress && !connection
    return isTold ? durationMs - waitedMs : undefined
  },
  PROTOCOL({ contentType, connection }) {
    if (connection) return undefined
    return contentType.startsWith('application/grpc') ? 'HTTP/2' : 'HTTP/1.1'
  },
  RESPONSE_CODE: ({ status }) => status,
  RESPONSE_FLAGS: ({ flags }) => (flags === '-' ? undefined : flags),
  RESPONSE_CODE_DETAILS: ({ details }) => details || undefined,
  BYTES_RECEIVED: ({ receivedBytes }) => receivedBytes,
  BYTES_SENT: ({ sentBytes }) => sentBytes,
  DURATION: ({ durationMs }) => durationMs,
  UPSTREAM_HOST: ({ upstreamAddress }) => upstreamAddress || undefined,
  UPSTREAM_CLUSTER: ({ cluster }) => cluster || undefined,
  UPSTREAM_CLUSTER_RAW: ({ cluster }) => cluster || undefined,
  DOWNSTREAM_LOCAL_ADDRESS: ({ port }) => `127.0.0.1:${port}`,
  DOWNSTREAM_REMOTE_ADDRESS: ({ peer }) => `${peer}:0`,
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ({ peer }) => peer,
  ROUTE_NAME: ({ route }) => route || undefined,
  CONNECTION_TERMINATION_DETAILS: nothing,
  UPSTREAM_TRANSPORT_FAILURE_REASON: ({ connection }) => connection?.failure.replaceAll(' ', '_') || undefined,
  UPSTREAM_LOCAL_ADDRESS: nothing,
  REQUESTED_SERVER_NAME: ({ connection }) => connection?.serverName || undefined,
}

const command = /%([A-Z_]+)(?:\(([^)]*)\))?(?::(\d+))?%/g
const wholeCommand = /^%([A-Z_]+)(?:\(([^)]*)\))?(?::(\d+))?%$/

/** One line, newline included. Operators that are not known here say `-`, as those without a value. */
export function logLine(format: LogFormat, request: Logged): string {
  if (typeof format === 'string') return filled(format, request)
  const fields = Object.entries(format).map(([name, text]) => [name, jsonValue(text, request)] as const)
  return `${JSON.stringify(Object.fromEntries(fields))}\n`
}

function filled(text: string, request: Logged): string {
  return text.replace(command, (_whole, name: string, argument?: string, length?: string) =>
    String(said(request, name, argument, length) ?? '-'),
  )
}

/** A number stays a number when it is the whole value. */
function jsonValue(text: string, request: Logged): string | number | null {
  const [whole, name = '', argument, length] = wholeCommand.exec(text) ?? []
  return whole === undefined ? filled(text, request) : (said(request, name, argument, length) ?? null)
}

function said(request: Logged, name: string, argument = '', length?: string): Value {
  const value = operators[name]?.(request, argument)
  return length !== undefined && typeof value === 'string' ? value.slice(0, Number(length)) : value
}

/** `X?Y` is Y where the request has no X. */
function requestHeader(request: FinishedRequest, argument: string): Value {
  for (const name of argument.toLowerCase().split('?')) {
    const value = pseudoHeader(request, name) ?? headerOf(request.headers, name)
    if (value !== undefined) return value
  }
  return undefined
}

function pseudoHeader({ method, host, target }: FinishedRequest, name: string): string | undefined {
  return { ':method': method, ':authority': host, ':path': target }[name] || undefined
}

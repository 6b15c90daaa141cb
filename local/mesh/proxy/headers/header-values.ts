// Fills in `%COMMAND(argument):length%` in header values from the exchange, as Envoy's formatter does.
import { hostname } from 'node:os'
import { type HeaderList, headerOf } from '../../codec/head.ts'
import { joinedValue } from '../../codec/header-lines.ts'
import type { HeaderValue, ValueCommand } from '../../table/header-rules.ts'
import type { Hop } from '../hop.ts'
import { joinedFlags } from '../record.ts'
import { startTime } from './start-time.ts'

/** What is known of the answer when its headers are made; undefined while the request's are. */
export interface AnswerFacts {
  status: number
  headers: HeaderList
  details: string
  flags: string
}

/** Empty when nothing is left of it: such a line is not written. */
export function headerValue(value: HeaderValue, hop: Hop, answer: AnswerFacts | undefined): string {
  if (typeof value === 'string') return value
  let text = ''
  for (const part of value) text += typeof part === 'string' ? part : commandValue(part, hop, answer)
  return text
}

function commandValue(part: ValueCommand, hop: Hop, answer: AnswerFacts | undefined): string {
  const found = commands[part.command]?.(hop, part.argument ?? '', answer) ?? ''
  return part.length === undefined ? found : found.slice(0, part.length)
}

type Command = (hop: Hop, argument: string, answer: AnswerFacts | undefined) => string | undefined

const ownAddress = '127.0.0.1'

const commands: Record<string, Command> = {
  REQ: (hop, names) => firstOf(names, name => requestField(hop, name)),
  REQ_WITHOUT_QUERY: (hop, names) => firstOf(names, name => requestField(hop, name)?.split('?', 1)[0]),
  RESP: (_hop, names, answer) => answer && firstOf(names, name => responseField(answer, name)),
  PROTOCOL: () => 'HTTP/1.1',
  RESPONSE_CODE: (_hop, _none, answer) => String(answer ? codeOf(answer) : 0),
  RESPONSE_CODE_DETAILS: (_hop, _none, answer) => answer?.details,
  RESPONSE_FLAGS: (hop, _none, answer) => joinedFlags(hop.flags, answer?.flags || '-'),
  ROUTE_NAME: hop => hop.route?.name,
  VIRTUAL_CLUSTER_NAME: () => '',
  UPSTREAM_CLUSTER: hop => upstreamCluster(hop),
  UPSTREAM_CLUSTER_RAW: hop => hop.destination?.cluster,
  UPSTREAM_HOST: (hop, _none, answer) => answer && hop.address,
  UPSTREAM_REMOTE_ADDRESS: (hop, _none, answer) => answer && hop.address,
  UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (hop, _none, answer) => answer && withoutPort(hop.address),
  UPSTREAM_REMOTE_PORT: (hop, _none, answer) => answer && /:(\d+)$/.exec(hop.address)?.[1],
  UPSTREAM_REQUEST_ATTEMPT_COUNT: hop => String(hop.attempts),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: hop => hop.incoming.peer,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: hop => hop.incoming.peer,
  DOWNSTREAM_LOCAL_ADDRESS: hop => `${ownAddress}:${hop.door.port}`,
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: () => ownAddress,
  DOWNSTREAM_LOCAL_PORT: hop => String(hop.door.port),
  START_TIME: (hop, format) => startTime(hop.startedAt, format),
  DURATION: hop => String(hop.wire.clock.now() - hop.startedAt),
  HOSTNAME: () => hostname(),
  ENVIRONMENT: (_hop, name) => process.env[name],
  CEL: (hop, expression, answer) => celValue(hop, expression, answer),
}

/** Envoy knows the code of an answer of its own only when its headers are made. */
function codeOf({ details, status }: AnswerFacts): number {
  return details === 'via_upstream' ? status : 0
}

/** `name?other`: the first that is there. */
function firstOf(names: string, find: (name: string) => string | undefined): string | undefined {
  for (const name of names.split('?')) {
    const found = find(name.toLowerCase())
    if (found !== undefined && found !== '') return found
  }
  return undefined
}

type Read = (headers: HeaderList, name: string) => string | undefined

/** Of several lines of a name Envoy's commands read the first, its expressions all. */
function requestField(hop: Hop, name: string, read: Read = headerOf): string | undefined {
  switch (name) {
    case ':path':
      return hop.target
    case ':authority':
    case 'host':
      return hop.host
    case ':method':
      return hop.incoming.head.method
    case ':scheme':
      return hop.door.scheme
    default:
      return read(hop.headers, name)
  }
}

function responseField(answer: AnswerFacts, name: string): string | undefined {
  return name === ':status' ? String(answer.status) : headerOf(answer.headers, name)
}

/** Istio gives clusters an alternative name that ends in `;`, and Envoy shows that one. */
function upstreamCluster(hop: Hop): string {
  const name = hop.destination?.cluster ?? ''
  return name === '' ? '' : `${name};`
}

function withoutPort(address: string): string {
  return address.replace(/:\d+$/, '')
}

/** The attributes of Envoy's expressions that are a plain lookup. */
function celValue(hop: Hop, expression: string, answer: AnswerFacts | undefined): string | undefined {
  const header = /^request\.headers\[(['"])([^'"]+)\1\]$/.exec(expression)?.[2]
  if (header) return requestField(hop, header.toLowerCase(), joinedValue)
  switch (expression) {
    case 'request.path':
      return hop.target
    case 'request.url_path':
      return hop.target.split('?', 1)[0]
    case 'request.host':
      return hop.host
    case 'request.method':
      return hop.incoming.head.method
    case 'request.scheme':
      return hop.door.scheme
    case 'request.id':
      return requestField(hop, 'x-request-id')
    case 'response.code':
      return answer && String(answer.status)
    default:
      return undefined
  }
}

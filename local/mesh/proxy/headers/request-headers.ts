// What a door makes of a client's headers before anything is matched (Envoy 1.37, conn_manager_utility.cc).
import { namesOption } from '../../codec/framing.ts'
import type { HeaderList } from '../../codec/head.ts'
import { joinedValue } from '../../codec/header-lines.ts'
import type { Incoming } from '../client.ts'
import type { Door } from '../door.ts'

const drop = 1
const forwardedFor = 2
const forwardedProto = 3
const requestId = 4
const te = 5
const gatewayDrop = 6

const rules = new Map<string, number>([
  ['host', drop],
  ['connection', drop],
  ['keep-alive', drop],
  ['proxy-connection', drop],
  ['proxy-authorization', drop],
  ['upgrade', drop],
  ['transfer-encoding', drop],
  ['x-envoy-internal', drop],
  ['x-envoy-max-retries', drop],
  ['x-envoy-retry-on', drop],
  ['x-envoy-upstream-rq-timeout-ms', drop],
  ['x-envoy-expected-rq-timeout-ms', drop],
  ['x-envoy-decorator-operation', drop],
  ['x-envoy-attempt-count', drop],
  ['x-envoy-external-address', gatewayDrop],
  ['x-envoy-original-path', gatewayDrop],
  ['x-envoy-original-host', gatewayDrop],
  ['x-forwarded-client-cert', gatewayDrop],
  ['x-forwarded-for', forwardedFor],
  ['x-forwarded-proto', forwardedProto],
  ['x-request-id', requestId],
  ['te', te],
])

/** What of the client's own headers decides about the ones added. */
interface Seen {
  forwardedFor: boolean
  proto: boolean
  requestId: boolean
}

/**
 * A new list: hop-by-hop headers and what only a proxy may say are gone. A gateway trusts nobody: it names the peer, the
 * scheme and a new request id. Outbound, a caller's own `x-forwarded-proto` and `x-request-id` stay.
 */
export function headersAtDoor(door: Door, incoming: Incoming, id: string): HeaderList {
  const { head, peer } = incoming
  const { headers } = head
  const gateway = door.kind === 'gateway'
  const hopByHop = namedByConnection(head.connection)
  const seen: Seen = { forwardedFor: false, proto: false, requestId: false }
  const out: HeaderList = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (hopByHop?.has(name)) continue
    const rule = rules.get(name)
    if (rule === undefined || (rule === gatewayDrop && !gateway)) out.push(name, value)
    else if (rule !== drop && rule !== gatewayDrop) ruled(rule, name, value, { out, door, incoming, id, seen })
  }
  if (gateway && !seen.forwardedFor) out.push('x-forwarded-for', peer)
  if (!seen.proto) out.push('x-forwarded-proto', door.scheme)
  if (gateway) out.push('x-envoy-external-address', peer)
  if (!seen.requestId) out.push('x-request-id', id)
  return out
}

interface RuledContext {
  out: HeaderList
  door: Door
  incoming: Incoming
  id: string
  seen: Seen
}

function ruled(rule: number, name: string, value: string, { out, door, incoming, id, seen }: RuledContext): void {
  const gateway = door.kind === 'gateway'
  switch (rule) {
    case forwardedFor:
      if (seen.forwardedFor) return
      seen.forwardedFor = true
      value = joinedValue(incoming.head.headers, name) ?? value
      out.push(name, gateway ? `${value},${incoming.peer}` : value)
      return
    case forwardedProto:
      if (seen.proto) return
      seen.proto = true
      out.push(name, gateway ? door.scheme : value)
      return
    case requestId:
      if (seen.requestId) return
      seen.requestId = true
      out.push(name, gateway ? id : value)
      return
    default:
      if (value.toLowerCase() === 'trailers') out.push(name, 'trailers')
  }
}

/** WebSockets pass; any other upgrade is dropped, as Istio has it. */
export function isUpgrade({ head }: Incoming): boolean {
  return head.upgrade !== '' && head.upgrade.toLowerCase() === 'websocket' && namesOption(head.connection, 'upgrade')
}

/** Names listed in `connection` other than its own words; undefined for none, the usual case. */
export function namedByConnection(connection: string): ReadonlySet<string> | undefined {
  if (connection === '' || connection === 'keep-alive' || connection === 'close' || connection === 'upgrade')
    return undefined
  return new Set(connection.split(',').map(one => one.trim()))
}

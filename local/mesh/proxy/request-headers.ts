// The head an instance receives: Envoy's gateway rules, then what Knative's hops add (spec/istio-facts.md section 7).
import { framings, namesOption } from '../codec/framing.ts'
import type { Destination } from '../compile/host-table.ts'
import type { Incoming } from './client.ts'

/** How a request goes on: through a gateway to a revision, or past a sidecar to wherever the caller wanted. */
export type OnwardHop =
  | { kind: 'gateway'; requestId: string; destination: Destination; viaActivator: boolean }
  | { kind: 'passthrough'; requestId: string }

const drop = 1
const forwardedFor = 2
const forwardedProto = 3
const requestId = 4
const te = 5
const forwarded = 6
const gatewayDrop = 7

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
  ['knative-serving-revision', gatewayDrop],
  ['knative-serving-namespace', gatewayDrop],
  ['x-forwarded-for', forwardedFor],
  ['x-forwarded-proto', forwardedProto],
  ['x-request-id', requestId],
  ['te', te],
  ['forwarded', forwarded],
])

/** The hops behind the gateway all stand on this machine. */
const ownAddress = '127.0.0.1'

/** What of the client's own headers decides about the ones added. */
interface Seen {
  forwardedFor: string
  forwarded: boolean
  proto: string
  requestId: boolean
}

/** The whole head, ending in the empty line. */
export function requestText(incoming: Incoming, hop: OnwardHop): string {
  const { head, framing } = incoming
  const seen: Seen = { forwardedFor: '', forwarded: false, proto: '', requestId: false }
  let text = `${head.method} ${incoming.target} HTTP/1.1\r\nhost: ${incoming.host}\r\n`
  text += ownHeaders(incoming, hop, seen)
  text += hop.kind === 'gateway' ? gatewayHeaders(incoming, hop, seen) : passthroughHeaders(hop, seen)
  if (isUpgrade(incoming)) text += `connection: upgrade\r\nupgrade: ${head.upgrade}\r\n`
  return framing === framings.chunked ? `${text}transfer-encoding: chunked\r\n\r\n` : `${text}\r\n`
}

/** WebSockets pass; any other upgrade is dropped, as Istio has it. */
export function isUpgrade({ head }: Incoming): boolean {
  return head.upgrade !== '' && head.upgrade.toLowerCase() === 'websocket' && namesOption(head.connection, 'upgrade')
}

function ownHeaders({ head, peer }: Incoming, hop: OnwardHop, seen: Seen): string {
  const { headers } = head
  const gateway = hop.kind === 'gateway'
  const replaced = gateway && hop.destination.setText !== '' ? hop.destination.setHeaders : undefined
  const hopByHop = namedByConnection(head.connection)
  let text = ''
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (hopByHop?.has(name) || replaced?.has(name)) continue
    const rule = rules.get(name)
    if (rule === undefined || (rule === gatewayDrop && !gateway)) text += `${name}: ${value}\r\n`
    else if (rule !== drop && rule !== gatewayDrop) text += ruled(rule, name, value, { headers, peer, hop, seen })
  }
  return text
}

interface RuledContext {
  headers: readonly string[]
  peer: string
  hop: OnwardHop
  seen: Seen
}

function ruled(rule: number, name: string, value: string, { headers, peer, hop, seen }: RuledContext): string {
  const gateway = hop.kind === 'gateway'
  switch (rule) {
    case forwardedFor:
      if (seen.forwardedFor !== '') return ''
      seen.forwardedFor = gateway ? `${joinedValues(headers, name)},${peer}` : joinedValues(headers, name)
      return `x-forwarded-for: ${gateway ? behindGateway(seen.forwardedFor, hop.viaActivator) : seen.forwardedFor}\r\n`
    case forwardedProto:
      if (seen.proto !== '') return ''
      seen.proto = gateway ? 'http' : value
      return `x-forwarded-proto: ${seen.proto}\r\n`
    case requestId:
      if (seen.requestId) return ''
      seen.requestId = true
      return `x-request-id: ${gateway ? hop.requestId : value}\r\n`
    case te:
      return value.toLowerCase() === 'trailers' ? 'te: trailers\r\n' : ''
    default:
      seen.forwarded = true
      return `${name}: ${value}\r\n`
  }
}

function gatewayHeaders({ peer }: Incoming, hop: OnwardHop & { kind: 'gateway' }, seen: Seen): string {
  const { destination, viaActivator } = hop
  let text = ''
  if (seen.forwardedFor === '') text = `x-forwarded-for: ${behindGateway(peer, viaActivator)}\r\n`
  if (seen.proto === '') text += 'x-forwarded-proto: http\r\n'
  text += `x-envoy-external-address: ${peer}\r\n`
  if (!seen.requestId) text += `x-request-id: ${hop.requestId}\r\n`
  text += `x-envoy-decorator-operation: ${destination.operation}\r\nx-envoy-attempt-count: 1\r\n${destination.setText}`
  if (viaActivator) text += 'k-proxy-request: activator\r\n'
  return seen.forwarded ? text : `${text}${forwardedLine(seen.forwardedFor || peer, viaActivator)}`
}

let lastForwarded = { xff: '', viaActivator: false, line: '' }

/** Nearly all callers have one address: the line made last is most often the one wanted. */
function forwardedLine(xff: string, viaActivator: boolean): string {
  if (lastForwarded.xff !== xff || lastForwarded.viaActivator !== viaActivator) {
    lastForwarded = { xff, viaActivator, line: `forwarded: ${forwardedValue(xff, viaActivator)}\r\n` }
  }
  return lastForwarded.line
}

function passthroughHeaders(hop: OnwardHop, seen: Seen): string {
  const proto = seen.proto === '' ? 'x-forwarded-proto: http\r\n' : ''
  const id = seen.requestId ? '' : `x-request-id: ${hop.requestId}\r\n`
  return `${proto}${id}x-envoy-attempt-count: 1\r\n`
}

/** The queue-proxy, and before it the activator, each append the hop they were called by, as Go's proxies do. */
function behindGateway(xff: string, viaActivator: boolean): string {
  return viaActivator ? `${xff}, ${ownAddress}, ${ownAddress}` : `${xff}, ${ownAddress}`
}

/** RFC 7239 as the queue-proxy makes it of what reached it. */
function forwardedValue(xff: string, viaActivator: boolean): string {
  const nodes = xff.split(',').map(node => `for=${forwardedNode(node.trim())}`)
  nodes[0] = `${nodes[0]};proto=http`
  if (viaActivator) nodes.push(`for=${ownAddress}`)
  return nodes.join(', ')
}

function forwardedNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address
}

function joinedValues(headers: readonly string[], name: string): string {
  const values: string[] = []
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index] === name) values.push(headers[index + 1] ?? '')
  return values.join(',')
}

/** Names listed in `connection` other than its own words; undefined for none, the usual case. */
export function namedByConnection(connection: string): ReadonlySet<string> | undefined {
  if (connection === '' || connection === 'keep-alive' || connection === 'close' || connection === 'upgrade')
    return undefined
  return new Set(connection.split(',').map(one => one.trim()))
}

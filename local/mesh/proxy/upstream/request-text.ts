// The head of a request as bytes of the wire: as Envoy sends it, and as a function gets it behind Knative's hops.
import { framings } from '../../codec/framing.ts'
import { headerOf } from '../../codec/head.ts'
import { isUpgrade } from '../headers/request-headers.ts'
import type { Hop } from '../hop.ts'

/** The whole head, ending in the empty line. */
export function requestText(hop: Hop): string {
  const { headers } = hop
  let text = firstLines(hop, hop.host)
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return text + lastLines(hop)
}

/** The hops behind the gateway all stand on this machine. */
export const ownAddress = '127.0.0.1'

/**
 * The queue-proxy, and before it the activator, each append the hop they were called by, as Go's proxies do; what told
 * the activator its revision is gone, and a mapped host is the request's own again (Knative's K-Original-Host).
 */
export function functionRequestText(hop: Hop, viaActivator: boolean): string {
  const { headers } = hop
  let text = ''
  let { host } = hop
  let forwarded = false
  let xff: string | undefined
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    switch (name) {
      case 'knative-serving-revision':
      case 'knative-serving-namespace':
        break
      case 'k-original-host':
        host = value
        break
      case 'x-forwarded-for':
        text += `x-forwarded-for: ${xff === undefined ? behindGateway(value, viaActivator) : value}\r\n`
        xff ??= value
        break
      default:
        if (name === 'forwarded') forwarded = true
        text += `${name}: ${value}\r\n`
    }
  }
  if (xff === undefined) text += `x-forwarded-for: ${viaActivator ? `${ownAddress}, ${ownAddress}` : ownAddress}\r\n`
  if (viaActivator) text += 'k-proxy-request: activator\r\n'
  if (!forwarded) text += forwardedLine(xff ?? '', headerOf(headers, 'x-forwarded-proto') ?? 'http', viaActivator)
  return firstLines(hop, host) + text + lastLines(hop)
}

function firstLines({ incoming, target }: Hop, host: string): string {
  return `${incoming.head.method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`
}

function lastLines({ incoming }: Hop): string {
  const { head, framing } = incoming
  const upgrade = isUpgrade(incoming) ? `connection: upgrade\r\nupgrade: ${head.upgrade}\r\n` : ''
  if (framing === framings.chunked) return `${upgrade}transfer-encoding: chunked\r\n\r\n`
  const length = head.contentLength < 0 && !bodiless.has(head.method) ? 'content-length: 0\r\n' : ''
  return `${length}${upgrade}\r\n`
}

/** Methods whose requests say nothing of a body they do not have. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'CONNECT'])

let lastForwarded = { xff: '', proto: '', viaActivator: false, line: '' }

/** Nearly all callers have one address: the line made last is most often the one wanted. */
function forwardedLine(xff: string, proto: string, viaActivator: boolean): string {
  if (lastForwarded.xff !== xff || lastForwarded.viaActivator !== viaActivator || lastForwarded.proto !== proto) {
    const line = `forwarded: ${forwardedValue(xff, proto, viaActivator)}\r\n`
    lastForwarded = { xff, proto, viaActivator, line }
  }
  return lastForwarded.line
}

export function behindGateway(xff: string, viaActivator: boolean): string {
  return viaActivator ? `${xff}, ${ownAddress}, ${ownAddress}` : `${xff}, ${ownAddress}`
}

/** RFC 7239 as the queue-proxy makes it of what reached it; a caller's sidecar names nobody. */
export function forwardedValue(xff: string, proto: string, viaActivator: boolean): string {
  const nodes = xff === '' ? [] : xff.split(',').map(node => `for=${forwardedNode(node.trim())}`)
  if (viaActivator) nodes.push(`for=${ownAddress}`)
  nodes[0] = nodes[0] === undefined ? `proto=${proto}` : `${nodes[0]};proto=${proto}`
  return nodes.join(', ')
}

function forwardedNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address
}

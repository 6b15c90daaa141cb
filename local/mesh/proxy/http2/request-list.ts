// The head of a request as HTTP/2 has it: as Envoy sends it, and as a function gets it behind Knative's hops.
import { type HeaderList, headerOf } from '../../codec/head.ts'
import type { Hop } from '../hop.ts'
import { behindGateway, forwardedValue, ownAddress } from '../upstream/request-text.ts'

/** What HTTP/2 has no place for; rules may have set it. */
const ofConnections = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** Pseudo headers first. */
export function requestList(hop: Hop): HeaderList {
  const { headers } = hop
  const list = pseudoHeaders(hop, hop.host)
  for (let index = 0; index < headers.length; index += 2) add(list, headers[index] ?? '', headers[index + 1] ?? '')
  return list
}

/** The same that `functionRequestText` says in HTTP/1.1. */
export function functionRequestList(hop: Hop, viaActivator: boolean): HeaderList {
  const { headers } = hop
  const list = pseudoHeaders(hop, headerOf(headers, 'k-original-host') ?? hop.host)
  let forwarded = false
  let xff: string | undefined
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    switch (name) {
      case 'knative-serving-revision':
      case 'knative-serving-namespace':
      case 'k-original-host':
        break
      case 'x-forwarded-for':
        list.push(name, xff === undefined ? behindGateway(value, viaActivator) : value)
        xff ??= value
        break
      default:
        if (name === 'forwarded') forwarded = true
        add(list, name, value)
    }
  }
  if (xff === undefined) list.push('x-forwarded-for', viaActivator ? `${ownAddress}, ${ownAddress}` : ownAddress)
  if (viaActivator) list.push('k-proxy-request', 'activator')
  if (!forwarded) list.push('forwarded', forwardedValue(xff ?? '', schemeOf(hop), viaActivator))
  return list
}

function pseudoHeaders(hop: Hop, host: string): HeaderList {
  return [':method', hop.incoming.head.method, ':scheme', schemeOf(hop), ':authority', host, ':path', hop.target]
}

function schemeOf({ headers }: Hop): string {
  return headerOf(headers, 'x-forwarded-proto') ?? 'http'
}

function add(list: HeaderList, name: string, value: string): void {
  if (!ofConnections.has(name) && (name !== 'te' || value === 'trailers')) list.push(name, value)
}

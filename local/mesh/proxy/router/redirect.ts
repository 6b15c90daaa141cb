// Where a redirect sends the client (Envoy 1.37, source/common/router/config_impl.cc, newUri).
import { headerOf } from '../../codec/head.ts'
import type { RedirectAction } from '../../table/route.ts'
import type { Hop } from '../hop.ts'
import type { LocalReply } from '../local-reply.ts'

/** What a server with `httpsRedirect` answers to all of its hosts' requests. */
export const toHttps: RedirectAction = {
  kind: 'redirect',
  code: 301,
  scheme: 'https',
  authority: undefined,
  port: undefined,
  uri: undefined,
}

export function redirectReply(hop: Hop, action: RedirectAction): LocalReply {
  const headers = ['location', locationOf(hop, action)]
  return { status: action.code, body: '', flags: '-', details: 'direct_response', headers }
}

/** Always absolute. */
function locationOf(hop: Hop, action: RedirectAction): string {
  const scheme = action.scheme ?? hop.door.scheme
  const authority = action.authority ?? requestAuthority(hop, scheme, action.port !== undefined)
  const port = action.port === undefined ? '' : `:${action.port}`
  return `${scheme}://${authority}${port}${targetOf(hop.incoming.target, action.uri)}`
}

/** The client's own port stays unless another one is named, or it was the usual one of a scheme that is left. */
function requestAuthority({ incoming, headers }: Hop, scheme: string, newPort: boolean): string {
  const { host } = incoming
  const colon = host.lastIndexOf(':')
  if (colon < 0 || host.indexOf(']', colon) >= 0) return host
  const proto = headerOf(headers, 'x-forwarded-proto') ?? ''
  const leavesUsual = scheme !== proto && host.slice(colon + 1) === usualPorts[proto]
  return newPort || leavesUsual ? host.slice(0, colon) : host
}

const usualPorts: Record<string, string> = { http: '80', https: '443' }

/** A `uri` with a query of its own drops the request's. */
function targetOf(target: string, uri: string | undefined): string {
  if (uri === undefined) return target
  const path = uri.startsWith('/') ? uri : `/${uri}`
  const question = target.indexOf('?')
  return path.includes('?') || question < 0 ? path : path + target.slice(question)
}

// `redirect`: the answer sends the client elsewhere.
import type { HttpRedirect } from '../../../api/istio/types.ts'
import type { RedirectAction } from '../../table/route.ts'
import type { RoutingPlace } from './place.ts'
import { RejectedConfiguration } from './rejection.ts'

const envoysCodes = new Set([301, 302, 303, 307, 308])

/** Validation lets 300 and 304 pass; Istio then sends a route with no action, which Envoy does not take. */
export function compileRedirect(redirect: HttpRedirect, place: RoutingPlace): RedirectAction {
  const code = redirect.redirectCode || 301
  if (!envoysCodes.has(code)) {
    throw new RejectedConfiguration(`redirectCode ${code} is not yet supported, one of 301, 302, 303, 307, 308 is`)
  }
  return {
    kind: 'redirect',
    code,
    scheme: redirect.scheme || undefined,
    authority: redirect.authority || undefined,
    port: portOf(redirect, place),
    uri: redirect.uri ? absolute(redirect.uri) : undefined,
  }
}

function absolute(uri: string): string {
  return uri.startsWith('/') ? uri : `/${uri}`
}

/** Routes are made for one port, so "the request's port" is known; 80 and 443 are not written where they are the default. */
function portOf(redirect: HttpRedirect, place: RoutingPlace): number | undefined {
  const port = redirect.derivePort === 'FROM_REQUEST_PORT' ? place.port : redirect.port
  const scheme = redirect.scheme || (place.tls ? 'https' : 'http')
  const usual = { http: 80, https: 443 }[scheme]
  return port && port !== usual ? port : undefined
}

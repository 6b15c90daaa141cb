// Which rules a request meets, by the host it names.
import type { Route } from './route.ts'

export interface VirtualHost {
  /** As Envoy names it: `reviews.example.com:80`. */
  name: string
  routes: readonly Route[]
  /** `tls.httpsRedirect` of the Gateway's server: every request is sent to https first. */
  httpsRedirect: boolean
}

/** The best match alone decides: an exact host, then the longest wildcard, then `*`. Hosts are in lower case. */
export interface VirtualHosts {
  /** At a gateway without port; outbound in every form a client may write, with and without port. */
  exact: ReadonlyMap<string, VirtualHost>
  /** `*.wild.com` as `.wild.com`, longest first. */
  suffixes: readonly { suffix: string; host: VirtualHost }[]
  any: VirtualHost | undefined
}

export const noHosts: VirtualHosts = { exact: new Map(), suffixes: [], any: undefined }

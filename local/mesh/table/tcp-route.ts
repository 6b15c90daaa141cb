// Where connections go whose bytes the mesh does not read: `tls` and `tcp` rules, and services of such ports.
import type { AddressBlock } from '../security/address-block.ts'
import type { RouteOrigin } from './route.ts'

export interface TcpRoute {
  origin: RouteOrigin
  /** One of them takes a connection, drawn by weight. */
  clusters: readonly { cluster: string; weight: number }[]
  totalWeight: number
  /** False where the client already speaks the TLS that the cluster wants (AUTO_PASSTHROUGH). */
  originatesTls: boolean
}

/** What a client's hello has to say for a chain to take its connection. */
export interface NamedChain {
  /** Exact names, `*.suffix` or `*`, which clients without TLS meet too. */
  serverNames: readonly string[]
  /** One of them has to be offered (ALPN); empty asks for nothing. */
  applicationProtocols: readonly string[]
}

/** One way out of a captured caller. */
export interface TcpChain extends NamedChain {
  /** Where the caller wants to go; empty is anywhere. The narrowest block counts before any name. */
  subnets: readonly AddressBlock[]
  route: TcpRoute
}

/** What connections of one destination meet at a port. */
export interface TcpListener {
  /** What the first bytes are looked at for: whether they are HTTP, the name in a hello, or nothing at all. */
  looksFor: 'http' | 'name' | 'nothing'
  chains: readonly TcpChain[]
}

/** At one port of a captured caller. */
export interface TcpListeners {
  /** Services with an address of their own, by every name and address a caller may use, in lower case. */
  named: ReadonlyMap<string, TcpListener>
  /** All other destinations. */
  others: TcpListener
}

export const noListeners: TcpListeners = { named: new Map(), others: { looksFor: 'http', chains: [] } }
